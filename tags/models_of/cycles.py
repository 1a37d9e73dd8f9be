"""State of a customer by purchase cycles: silence is measured in the buyer's own mean interval, not in days.

Up to once his cycle since the last purchase he is active, up to twice silent, up to three times dormant, then lost. The
cycle is his own where he bought on at least three days (two intervals); else that of the category of his last purchase
(given, or learned from everybody who bought it again); else the mean of all buyers who have one; else the fixed windows
rule. New is a first purchase of the last 30 days; returned is who bought again after more than twice his cycle. Who never
bought is a prospect: everybody has exactly one state. NES model; Chinese practice names the four 活跃, 沉默, 沉睡, 流失.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading
from tags.conditions.faults import Fault
from tags.conditions.purchases import BOUGHT
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.models_of import bands, everyone, states
from tags.models_of.learning import Columns, Fitted
from tags.models_of.rhythm import Rhythm

CODE = "state_by_cycle"
VERSION = "1"
SHAPE = "one"
SORT = "group"
FORMULA = gettext_noop(
    "Days since the last purchase, divided by the buyer's own mean interval, else by that of the category bought last:"
    " up to 1 active, up to 2 silent, up to 3 dormant, then lost. After the NES model of customer states."
)
VALUES = tuple(
    ("silent", gettext_noop("Silent"), "沉默") if code == "low_active" else (code, english, chinese)
    for code, english, chinese in states.VALUES
)
MULTIPLES = (Decimal(1), Decimal(2), Decimal(3))
OWN_FROM = 3
NEW_DAYS = 30
ENOUGH = 30  # intervals, before a category's mean is believed
SAMPLED = 100_000  # members; of more, the cycles of categories are learned from a regular sample

ROWS = """
SELECT t.member_id,
       CASE WHEN t.days IS NULL THEN 'prospect'
            WHEN t.age <= t.near AND t.before > t.low THEN 'returned'
            WHEN t.days = 1 AND t.age <= {new_days} THEN 'new'
            WHEN t.age <= t.near THEN 'active'
            WHEN t.age <= t.low THEN 'silent'
            WHEN t.age <= t.far THEN 'dormant'
            ELSE 'lost' END::text AS code
FROM (SELECT c.*, coalesce(c.cycle * {active}::float8, {near}) AS near, coalesce(c.cycle * {silent}::float8, {low}) AS low,
             coalesce(c.cycle * {dormant}::float8, {far}) AS far
      FROM (SELECT e.member_id, s.days, {today}::date - s.last_day AS age, s.last_day - s.day_before AS before,
                   coalesce(CASE WHEN s.days >= {own_from} THEN s.cycle END{category}, {all}::float8) AS cycle
            FROM ({everyone}) e LEFT JOIN {rhythm} s ON s.member_id = e.member_id{last}) c) t"""

# What he bought last, by its dearest line: only for buyers without a cycle of their own.
LAST = """
LEFT JOIN LATERAL (
    SELECT l.category FROM members_account a JOIN members_order o ON o.account_id = a.id
    JOIN members_orderline l ON l.order_id = o.id
    WHERE s.days < {own_from} AND a.member_id = e.member_id AND a.emptied_at IS NULL AND o.status = ANY({statuses})
      AND NOT o.reward AND o.occurred_at <= {as_of}{here}
    ORDER BY o.occurred_at DESC, l.amount DESC, l.line LIMIT 1
) b ON s.days < {own_from}
LEFT JOIN (SELECT * FROM unnest({names}::text[], {cycles}::float8[]) AS g (category, cycle)) given
       ON given.category = b.category
LEFT JOIN (SELECT * FROM unnest({keys}::int[], {learned}::float8[]) AS g (key, cycle)) learned
       ON learned.key = hashtext(b.category)"""

LEARNED = """
SELECT hashtext(g.category)::float8 AS category, count(*)::float8 AS intervals, avg((g.day - g.before)::float8) AS cycle
FROM (SELECT d.category, d.day, lag(d.day) OVER (PARTITION BY d.member_id, d.category ORDER BY d.day) AS before
      FROM (SELECT a.member_id, l.category, (o.occurred_at AT TIME ZONE {zone})::date AS day
            FROM members_account a JOIN members_order o ON o.account_id = a.id
            JOIN members_orderline l ON l.order_id = o.id
            WHERE a.member_id % (SELECT 1 + max(id) / {sampled} FROM members_member) = 0 AND a.emptied_at IS NULL
              AND o.status = ANY({statuses}) AND NOT o.reward AND o.occurred_at <= {as_of} AND l.category <> ''{here}
            GROUP BY 1, 2, 3) d) g
WHERE g.before IS NOT NULL GROUP BY 1
UNION ALL
SELECT NULL, count(*)::float8, avg(s.cycle) FROM {rhythm} s WHERE s.days >= {own_from}"""


@dataclass(frozen=True)
class Cycles:
    """``multiples`` of the cycle end active, silent and dormant. ``given``: (category, days) that rule what is learned.
    ``windows``: days where no cycle is known."""

    multiples: tuple[Decimal, ...] = MULTIPLES
    given: tuple[tuple[str, int], ...] = ()
    own_from: int = OWN_FROM
    new_days: int = NEW_DAYS
    windows: tuple[int, int, int] = states.WINDOWS

    def signals(self) -> set[str]:
        return {"orders", "orders.category"}

    def sources(self) -> tuple:
        return (Rhythm(),)

    def learns(self, setting: Setting) -> Sql:
        """(category, intervals, cycle): one row a category by the hash of its name, and one without it: all buyers."""
        return build(
            LEARNED,
            sampled=SAMPLED,
            statuses=list(BOUGHT),
            as_of=setting.as_of,
            zone=str(moments.zone()),
            here=also([setting.sold_here(Sql("o.organization_id"))]),
            rhythm=setting.table(Rhythm()),
            own_from=self.own_from,
        )

    def fitted(self, columns: Columns, *, as_of: object) -> Fitted:
        """Cycles of the categories with at least 30 intervals, and the mean of all buyers who have a cycle."""
        keys, intervals, cycles = (columns[name] for name in ("category", "intervals", "cycle"))
        everybody = np.isnan(keys)
        known = ~everybody & (intervals >= ENOUGH)
        found = {str(int(key)): float(cycle) for key, cycle in zip(keys[known], cycles[known], strict=True)}
        buyers = int(intervals[everybody].sum())
        mean = float(cycles[everybody][0]) if buyers >= ENOUGH else None
        return Fitted({"categories": found, "all": mean}, members=buyers)

    def told(self, _fitted: Mapping | None = None) -> dict[str, str]:
        near, low, far = (f"{each.normalize():f}" for each in self.multiples)
        return {
            "prospect": _("no purchase"),
            "new": _("first purchase in the last %(days)d days") % {"days": self.new_days},
            "active": _("last purchase up to %(times)s cycles ago") % {"times": near},
            "returned": _("bought again after more than %(times)s cycles") % {"times": low},
            "silent": _("last purchase above %(from)s, up to %(to)s cycles ago") % {"from": near, "to": low},
            "dormant": _("last purchase above %(from)s, up to %(to)s cycles ago") % {"from": low, "to": far},
            "lost": _("last purchase more than %(times)s cycles ago") % {"times": far},
        }

    def rows(self, setting: Setting, fitted: Mapping | None = None) -> Sql:
        learned = (fitted or {}).get("categories", {})
        by_category = bool(self.given or learned)
        active, silent, dormant = self.multiples
        near, low, far = self.windows
        return build(
            ROWS,
            active=active, silent=silent, dormant=dormant, near=near, low=low, far=far,
            today=moments.day_of(setting.as_of),
            own_from=self.own_from,
            new_days=self.new_days,
            category=Sql(", given.cycle, learned.cycle") if by_category else Sql(),
            all=(fitted or {}).get("all"),
            everyone=everyone.of(setting),
            rhythm=setting.table(Rhythm()),
            last=self._last(setting, learned) if by_category else Sql(),
        )  # fmt: skip

    def _last(self, setting: Setting, learned: Mapping[str, float]) -> Sql:
        return build(
            LAST,
            own_from=self.own_from,
            statuses=list(BOUGHT),
            as_of=setting.as_of,
            here=also([setting.sold_here(Sql("o.organization_id"))]),
            names=[name for name, _days in self.given],
            cycles=[float(days) for _name, days in self.given],
            keys=[int(key) for key in learned],
            learned=list(learned.values()),
        )


def parse(parameters: object, place: str = "parameters") -> Cycles:
    """``{"multiples": [1, 2, 3], "cycles": {"refrigerator": 2920}, "own_from": 3, "new_days": 30, "windows": […]}``."""
    fields = reading.mapping(
        parameters, place, optional=["multiples", "cycles", "own_from", "new_days", "windows"]
    )
    at = functools.partial(reading.inside, place)
    return Cycles(
        multiples=bands.parse(fields.get("multiples", [1, 2, 3]), at("multiples"), count=3, least=Decimal(0)),
        given=_given(fields.get("cycles", {}), at("cycles")),
        own_from=reading.integer(fields.get("own_from", OWN_FROM), at("own_from"), least=2, most=100),
        new_days=reading.integer(
            fields.get("new_days", NEW_DAYS), at("new_days"), least=1, most=states.MOST_DAYS
        ),
        windows=states.windows(fields.get("windows", list(states.WINDOWS)), at("windows")),
    )


def _given(value: object, place: str) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, dict) or len(value) > reading.LONGEST_LIST:
        raise Fault(place, _("these are no cycles"), _('Write days by category: {"refrigerator": 2920}.'))
    return tuple(
        (reading.text(name, place), reading.integer(days, f"{place}.{name}", least=1, most=states.MOST_DAYS))
        for name, days in value.items()
    )
