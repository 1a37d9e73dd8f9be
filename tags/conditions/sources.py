"""What leaves measure before they compare: one row a member. Leaves that measure alike share one source, and a run over
many tags reads each source once (``Setting.prepared``), several of them in one pass (``tags.conditions.scans``).
"""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from tags.conditions import moments, scans
from tags.conditions.comparison import Comparison
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join, one_of
from tags.conditions.where import ChannelFilter, PlaceFilter
from tags.conditions.window import Window

BY_DAYS = """
SELECT s.member_id, count(*) AS days, sum(s.orders)::bigint AS orders, sum(s.amount) AS amount,
       min(s.first_at) AS first_at, max(s.last_at) AS last_at
FROM (SELECT a.member_id, (p.occurred_at AT TIME ZONE {zone})::date AS day, count(*) AS orders,
             sum(p.amount) - coalesce(sum(p.refunded), 0) AS amount,
             min(p.occurred_at) AS first_at, max(p.occurred_at) AS last_at
      FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL
      GROUP BY a.member_id, 2) s
GROUP BY s.member_id"""

EVENTS = """
SELECT a.member_id FROM members_event e JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
WHERE e.occurred_at <= {as_of} AND {terms}"""

NUMBER = "CASE WHEN {text} ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,10}})?$' THEN ({text})::numeric END"
NUMERIC = ("<", "<=", ">", ">=", "between")

# Of several orders at the same moment any one may be the first.
FIRST = """
SELECT DISTINCT ON (f.member_id) f.member_id, o.channel_id, o.organization_id, o.occurred_at
FROM (SELECT a.member_id, min(p.occurred_at) AS first_at
      FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL
      GROUP BY a.member_id) f
JOIN members_account a ON a.member_id = f.member_id AND a.emptied_at IS NULL
JOIN ({purchases}) o ON o.account_id = a.id AND o.occurred_at = f.first_at
ORDER BY f.member_id, o.id"""


UNMATCHED = ("unmatched", "unmatched_at")


class Source:
    """One row a member, read by ``rows(setting)``; those with the same ``key`` are read once."""

    COLUMNS: ClassVar

    def taken(self) -> list[str]:
        """The columns that are read, in their order; the member's apart."""
        return [name for name, _kind in self.COLUMNS if name != "member_id"]

    def columns(self, before: Sql) -> dict[str, Sql]:
        """Name → how to call the column; one that is not read is NULL."""
        taken = self.taken()
        return {
            name: Sql(before.text + name) if name in taken else Sql(f"NULL::{kind}")
            for name, kind in self.COLUMNS
        }

    def and_also(self, _other: "Source") -> "Source":
        """One that serves both."""
        return self


class Scanned(Source):
    """A source that shares the reading of a table with others: ``scan``, ``tests``, ``window`` and ``needs`` say how."""

    needs: tuple[str, ...]

    def taken(self) -> list[str]:
        return [name for name, _kind in self.COLUMNS if name in self.needs]

    def and_also(self, other: "Scanned") -> "Scanned":
        return dataclasses.replace(self, needs=tuple(dict.fromkeys((*self.needs, *other.needs))))

    def rows(self, setting: Setting) -> Sql:
        reading = scans.read([self], setting)
        (held,) = reading.placed(build("({rows}) scan", rows=reading.rows))
        return build("SELECT * FROM {view} s", view=held.view())


@dataclass(frozen=True)
class Bought(Scanned):
    """Purchases: how many, for how much, first and last; returns without a sale, the amount and the first (they lower the
    amount; a member who has nothing else has no orders). ``needs``: the columns that are wanted."""

    purchases: Purchases
    needs: tuple[str, ...] = ("orders", "amount", "first_at", "last_at")

    COLUMNS: ClassVar = (
        ("orders", "bigint"), ("amount", "numeric"), ("unmatched", "numeric"),
        ("first_at", "timestamptz"), ("last_at", "timestamptz"), ("leaves_at", "timestamptz"),
        ("unmatched_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("bought", self.purchases)

    @property
    def scan(self) -> str:
        return "lines" if self.purchases.by_line else "orders"

    @property
    def window(self) -> Window:
        return self.purchases.window

    def tests(self, setting: Setting) -> list[Sql]:
        return self.purchases.tests(setting)

    def taken(self) -> list[str]:
        return [name for name in super().taken() if name not in UNMATCHED or self.purchases.plain]

    def anyone(self, setting: Setting) -> Sql:
        """Just the members with a purchase, perhaps repeated: cheaper than counting."""
        return build(
            "SELECT a.member_id FROM ({rows}) p"
            " JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL",
            rows=self.purchases.sql(setting),
        )


@dataclass(frozen=True)
class BoughtByDay(Source):
    """On how many days something was bought: several orders of one day are one."""

    purchases: Purchases

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("days", "bigint"), ("orders", "bigint"), ("amount", "numeric"),
        ("first_at", "timestamptz"), ("last_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("bought by day", self.purchases)

    def rows(self, setting: Setting) -> Sql:
        return build(BY_DAYS, purchases=self.purchases.sql(setting), zone=str(moments.zone()))


@dataclass(frozen=True)
class Happened(Scanned):
    """How many events of these names, the first and the last."""

    names: tuple[str, ...]
    window: Window
    channel: ChannelFilter
    place: PlaceFilter
    touchpoints: tuple[str, ...]
    properties: tuple[tuple[str, Comparison], ...]
    needs: tuple[str, ...] = ("events", "first_at", "last_at")

    COLUMNS: ClassVar = (
        ("events", "bigint"), ("first_at", "timestamptz"), ("last_at", "timestamptz"), ("leaves_at", "timestamptz"),
    )  # fmt: skip
    scan: ClassVar = "events"

    @property
    def key(self) -> tuple:
        return ("happened", dataclasses.replace(self, needs=()))

    def term(self, setting: Setting) -> Sql:
        """Which events ``e`` are meant, wherever they were seen."""
        return join(self.tests(setting), " AND ")

    def anyone(self, setting: Setting) -> Sql:
        return build(
            EVENTS,
            as_of=setting.as_of,
            terms=join(
                [
                    *self.tests(setting),
                    setting.seen_here(Sql("e.organization_id")),
                    setting.only_accounts(Sql("e.account_id")),
                ],
                " AND ",
            ),
        )

    def tests(self, setting: Setting) -> list[Sql]:
        """The parts of ``term``."""
        return [
            one_of(Sql("e.name"), self.names),
            *self.window.tests(Sql("e.occurred_at"), setting.as_of),
            self.channel.sql(Sql("e.channel_id"), setting.catalogue),
            self.place.sql(Sql("e.organization_id"), setting.catalogue),
            one_of(Sql("e.touchpoint"), self.touchpoints) if self.touchpoints else Sql(),
            *(_property(key, test, setting) for key, test in self.properties),
        ]


def _property(key: str, test: Comparison, setting: Setting) -> Sql:
    text = build("(e.properties ->> {key}::text)", key=key)
    if test.op == "known":
        return build("{text} IS NOT NULL", text=text)
    return test.sql(build(NUMBER, text=text) if test.op in NUMERIC else text, setting.as_of)


@dataclass(frozen=True)
class First(Source):
    """The first purchase that was not given back: channel, place and time."""

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("channel_id", "bigint"), ("organization_id", "bigint"), ("occurred_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("first",)

    def rows(self, setting: Setting) -> Sql:
        return build(FIRST, purchases=Purchases().sql(setting))
