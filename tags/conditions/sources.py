"""What leaves measure before they compare: one row a member. Leaves that measure alike share one source, and a run over
many tags reads each source once (``Setting.prepared``).
"""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from tags.conditions import moments
from tags.conditions.comparison import Comparison
from tags.conditions.leaves.where import ChannelFilter, PlaceFilter
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.window import Window

BY_ORDERS = """
SELECT a.member_id, sum(s.orders)::bigint AS orders, sum(s.amount) AS amount, NULL::numeric AS unmatched,
       (min(s.first_at) AT TIME ZONE {zone})::date AS first_day,
       (max(s.last_at) AT TIME ZONE {zone})::date AS last_day, NULL::bigint AS days
FROM (SELECT p.account_id, count(*) AS orders, sum(p.amount) - coalesce(sum(p.refunded), 0) AS amount,
             min(p.occurred_at) AS first_at, max(p.occurred_at) AS last_at
      FROM ({purchases}) p GROUP BY p.account_id) s
JOIN members_account a ON a.id = s.account_id AND a.emptied_at IS NULL
GROUP BY a.member_id"""

BY_DAYS = """
SELECT s.member_id, sum(s.orders)::bigint AS orders, sum(s.amount) AS amount, NULL::numeric AS unmatched,
       min(s.day) AS first_day, max(s.day) AS last_day, count(*) AS days
FROM (SELECT a.member_id, (p.occurred_at AT TIME ZONE {zone})::date AS day, count(*) AS orders,
             sum(p.amount) - coalesce(sum(p.refunded), 0) AS amount
      FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL
      GROUP BY a.member_id, 2) s
GROUP BY s.member_id"""

WITH_UNMATCHED = """
SELECT member_id, coalesce(b.orders, 0) AS orders, b.amount, u.amount AS unmatched, b.first_day, b.last_day, b.days
FROM ({bought}) b FULL JOIN ({unmatched}) u USING (member_id)"""

EVENTS = """
SELECT a.member_id{count}
FROM members_event e JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
WHERE e.name = ANY({names}){when}{terms}"""

NUMBER = "CASE WHEN {text} ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,10}})?$' THEN ({text})::numeric END"
NUMERIC = ("<", "<=", ">", ">=", "between")

# Of several orders at the same moment any one may be the first.
FIRST = """
SELECT DISTINCT ON (f.member_id) f.member_id, o.channel_id, o.organization_id, o.occurred_at
FROM (SELECT a.member_id, min(p.occurred_at) AS first_at
      FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL
      GROUP BY a.member_id) f
JOIN members_account a ON a.member_id = f.member_id AND a.emptied_at IS NULL
JOIN members_order o ON o.account_id = a.id AND o.occurred_at = f.first_at
ORDER BY f.member_id, o.id"""


@dataclass(frozen=True)
class Bought:
    """Number and amount of purchases, first and last day; if asked for, how many days, and returns without a sale
    (which lower the amount; a member who has nothing else has no orders)."""

    purchases: Purchases
    days: bool = False
    unmatched: bool = False

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("orders", "bigint"), ("amount", "numeric"), ("unmatched", "numeric"),
        ("first_day", "date"), ("last_day", "date"), ("days", "bigint"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("bought", self.purchases)

    def and_also(self, other: "Bought") -> "Bought":
        """One that serves both."""
        return dataclasses.replace(
            self, days=self.days or other.days, unmatched=self.unmatched or other.unmatched
        )

    def rows(self, setting: Setting) -> Sql:
        bought = build(
            BY_DAYS if self.days else BY_ORDERS,
            purchases=self.purchases.sql(setting),
            zone=str(moments.zone()),
        )
        unmatched = self.purchases.unmatched(setting) if self.unmatched else Sql()
        return build(WITH_UNMATCHED, bought=bought, unmatched=unmatched) if unmatched else bought

    def anyone(self, setting: Setting) -> Sql:
        """Just the members with a purchase, perhaps repeated: cheaper than counting."""
        return build(
            "SELECT a.member_id FROM ({rows}) p"
            " JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL",
            rows=self.purchases.sql(setting),
        )


@dataclass(frozen=True)
class Happened:
    """How many events of these names."""

    names: tuple[str, ...]
    window: Window
    channel: ChannelFilter
    place: PlaceFilter
    touchpoints: tuple[str, ...]
    properties: tuple[tuple[str, Comparison], ...]

    COLUMNS: ClassVar = (("member_id", "bigint"), ("events", "bigint"))

    @property
    def key(self) -> tuple:
        return ("happened", self)

    def and_also(self, _other: "Happened") -> "Happened":
        return self

    def rows(self, setting: Setting) -> Sql:
        counted = self._rows(setting, Sql(", count(*) AS events"))
        return build("{counted} GROUP BY a.member_id", counted=counted)

    def anyone(self, setting: Setting) -> Sql:
        return self._rows(setting, Sql())

    def _rows(self, setting: Setting, count: Sql) -> Sql:
        return build(
            EVENTS,
            count=count,
            names=list(self.names),
            when=self.window.terms(Sql("e.occurred_at"), setting.as_of),
            terms=also(self._terms(setting)),
        )

    def _terms(self, setting: Setting) -> list[Sql]:
        return [
            self.channel.sql(Sql("e.channel_id"), setting.catalogue),
            self.place.sql(Sql("e.organization_id"), setting.catalogue),
            build("e.touchpoint = ANY({names})", names=list(self.touchpoints)) if self.touchpoints else Sql(),
            *(_property(key, test, setting) for key, test in self.properties),
            setting.seen_here(Sql("e.organization_id")),
            setting.only_accounts(Sql("e.account_id")),
        ]


def _property(key: str, test: Comparison, setting: Setting) -> Sql:
    text = build("(e.properties ->> {key}::text)", key=key)
    if test.op == "known":
        return build("{text} IS NOT NULL", text=text)
    return test.sql(build(NUMBER, text=text) if test.op in NUMERIC else text, setting.as_of)


@dataclass(frozen=True)
class First:
    """The first purchase that was not given back: channel, place and time."""

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("channel_id", "bigint"), ("organization_id", "bigint"), ("occurred_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("first",)

    def and_also(self, _other: "First") -> "First":
        return self

    def rows(self, setting: Setting) -> Sql:
        return build(FIRST, purchases=Purchases().sql(setting))
