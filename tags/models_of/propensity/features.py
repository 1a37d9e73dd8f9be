"""What was known of buyers at a moment, in numbers; and whether they bought in the days after it.

Only what had happened by the end of the cut-off day goes into the features: an order given back later still counts. All
windows end at that day. One row a member who had bought by then.
"""

import dataclasses
import datetime as dt

import numpy as np

from tags.conditions import moments
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.window import Window
from tags.models_of.learning import Columns

NAMES = (
    "recency", "tenure", "orders", "spent", "orders_30", "spent_30", "orders_90", "spent_90",
    "orders_180", "spent_180", "orders_365", "spent_365",
)  # fmt: skip
EVENTS = ("events_30", "events_90")

# Accounts first, so that orders need no member: fewer rows to join.
ROWS = """
SELECT a.member_id, {today}::date - (max(s.last_at) AT TIME ZONE {zone})::date AS recency,
       {today}::date - (min(s.first_at) AT TIME ZONE {zone})::date AS tenure,
       sum(s.orders) AS orders, sum(s.spent) AS spent, sum(s.o30) AS orders_30, sum(s.s30) AS spent_30,
       sum(s.o90) AS orders_90, sum(s.s90) AS spent_90, sum(s.o180) AS orders_180, sum(s.s180) AS spent_180,
       sum(s.o365) AS orders_365, sum(s.s365) AS spent_365{events}
FROM (
    SELECT b.account_id, min(b.occurred_at) AS first_at, max(b.occurred_at) AS last_at,
           count(*) AS orders, sum(b.kept) AS spent,
           count(*) FILTER (WHERE b.occurred_at >= {d30}) AS o30, sum(b.kept) FILTER (WHERE b.occurred_at >= {d30}) AS s30,
           count(*) FILTER (WHERE b.occurred_at >= {d90}) AS o90, sum(b.kept) FILTER (WHERE b.occurred_at >= {d90}) AS s90,
           count(*) FILTER (WHERE b.occurred_at >= {d180}) AS o180, sum(b.kept) FILTER (WHERE b.occurred_at >= {d180}) AS s180,
           count(*) FILTER (WHERE b.occurred_at >= {d365}) AS o365, sum(b.kept) FILTER (WHERE b.occurred_at >= {d365}) AS s365
    FROM (SELECT p.account_id, p.occurred_at, p.amount - coalesce(p.refunded, 0) AS kept FROM ({purchases}) p) b
    GROUP BY b.account_id
) s{happened} JOIN members_account a ON a.id = {account} AND a.emptied_at IS NULL
WHERE {here} GROUP BY a.member_id HAVING sum(s.orders) > 0{active}"""

# Events of an account that never bought count too: its member may have bought through another.
HAPPENED = """
FULL JOIN (SELECT e.account_id, count(*) AS e90, count(*) FILTER (WHERE e.occurred_at >= {d30}) AS e30
           FROM members_event e
           WHERE e.name = ANY({names}) AND e.occurred_at >= {d90} AND e.occurred_at <= {as_of}{terms}
           GROUP BY e.account_id) v ON v.account_id = s.account_id"""
COUNTED = Sql(", coalesce(sum(v.e30), 0) AS events_30, coalesce(sum(v.e90), 0) AS events_90")
ACTIVE = " AND {today}::date - (max(s.last_at) AT TIME ZONE {zone})::date <= {days}"

# The order of a hash is as good as chance, and the same in every run.
FOLLOWED = """
WITH f AS MATERIALIZED (SELECT * FROM ({rows}) r ORDER BY hashint8extended(r.member_id, 0) LIMIT {most}),
     b AS MATERIALIZED (SELECT DISTINCT a.member_id FROM ({purchases}) p
                        JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL)
SELECT f.*, (f.member_id IN (SELECT b.member_id FROM b))::int AS bought, {period}::int AS period FROM f"""


@dataclasses.dataclass(frozen=True)
class Known:
    """``events``: names whose number counts too; ``active_days``: only who bought in so many days, if given."""

    events: tuple[str, ...] = ()
    active_days: int | None = None

    def names(self) -> tuple[str, ...]:
        return NAMES + (EVENTS if self.events else ())

    def rows(self, setting: Setting) -> Sql:
        """(member_id, …names) as known at ``setting.as_of``."""
        today, zone = moments.day_of(setting.as_of), str(moments.zone())
        since = {f"d{days}": moments.start_of(today - dt.timedelta(days=days)) for days in (30, 90, 180, 365)}
        known = setting.known_here()
        active = build(ACTIVE, today=today, zone=zone, days=self.active_days) if self.active_days else Sql()
        return build(
            ROWS,
            today=today,
            zone=zone,
            purchases=Purchases().sql(setting),
            events=COUNTED if self.events else Sql(),
            account=Sql("coalesce(s.account_id, v.account_id)" if self.events else "s.account_id"),
            happened=self._happened(setting, since) if self.events else Sql(),
            here=build("a.member_id IN ({known})", known=known) if known else Sql("TRUE"),
            active=active,
            **since,
        )

    def _happened(self, setting: Setting, since: dict[str, dt.datetime]) -> Sql:
        terms = [setting.seen_here(Sql("e.organization_id")), setting.only_accounts(Sql("e.account_id"))]
        return build(HAPPENED, names=list(self.events), as_of=setting.as_of, terms=also(terms), **since)

    def followed(self, setting: Setting, *, horizon: int, most: int) -> Sql:
        """The same as known two horizons ago (period 0) and one horizon ago (period 1), and who bought in the days that
        followed; of at most so many members each."""
        periods = [self._followed(setting, horizon, period, most) for period in (0, 1)]
        return build("({earlier}) UNION ALL ({later})", earlier=periods[0], later=periods[1])

    def _followed(self, setting: Setting, horizon: int, period: int, most: int) -> Sql:
        cut = moments.day_of(setting.as_of) - dt.timedelta(days=horizon * (2 - period))
        then = dataclasses.replace(setting, as_of=moments.moment(cut), prepared={})
        after = Window(first=cut + moments.DAY, last=cut + dt.timedelta(days=horizon))
        return build(
            FOLLOWED,
            rows=self.rows(then),
            purchases=Purchases(window=after).sql(dataclasses.replace(setting, prepared={})),
            period=period,
            most=most,
        )


def matrix(columns: Columns, names: tuple[str, ...]) -> np.ndarray:
    """Logarithms of the features, one row a member, and of two made of them: the mean days between orders, and how often
    these have passed since the last. Amounts below zero (more given back than paid) count as nothing."""
    plain = [np.maximum(np.nan_to_num(columns[name]), 0) for name in names]
    recency, tenure, orders = (columns[name] for name in ("recency", "tenure", "orders"))
    gap = np.where(orders > 1, (tenure - recency) / np.maximum(orders - 1, 1), tenure)
    return np.log1p(np.stack([*plain, gap, recency / (gap + 1)], axis=1))
