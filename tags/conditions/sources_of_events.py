"""Sources about events and what they say of themselves, and about one event that follows another. One row a member."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from tags.conditions import moments, properties
from tags.conditions.comparison import Comparison
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Happened, Source
from tags.conditions.sql import Sql, also, build, join
from tags.conditions.window import Window

TOLD = """
SELECT a.member_id, count(*) AS events, {figures},
       min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at
FROM members_event e JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
WHERE e.occurred_at <= {as_of} AND {terms}
GROUP BY a.member_id"""

# A step is a column of flags; several steps may be of the same events.
EVENTS = """
SELECT a.member_id, e.occurred_at AS at, {flags}
FROM members_event e JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
WHERE e.name = ANY({names}) AND ({any}){terms}"""
ORDERS = """
SELECT a.member_id, p.occurred_at AS at, {flags}
FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL"""

# ``begun``: when the latest chain began that comes to this step. A chain that began later is never the worse one.
CHAINS = """
SELECT c.member_id, max(c.begun{last}) AS begun_at, max(c.at) AS done_at
FROM ({steps}) c WHERE c.at <= c.begun{last} + {within}::interval
GROUP BY c.member_id"""
STEP = """
SELECT f.*, CASE WHEN f.k{number} THEN max(f.begun{before}) OVER (
    PARTITION BY f.member_id ORDER BY f.at GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS begun{number}
FROM ({facts}) f"""

WITHOUT = """
SELECT f.member_id, max(f.at) FILTER (WHERE f.at < {over}) AS over_at, min(f.at) FILTER (WHERE f.at >= {over}) AS waiting_at,
       bool_or(f.next_at <= f.at + {within}::interval) IS TRUE AS followed, min(f.at) AS first_at
FROM (SELECT f.*, min(f.at) FILTER (WHERE f.k2) OVER (
          PARTITION BY f.member_id ORDER BY f.at RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
      FROM ({facts}) f) f
WHERE f.k1{when}
GROUP BY f.member_id"""


@dataclass(frozen=True)
class Told(Source):
    """A property of events: how many different ones, their sum, least, greatest and mean; and how many events (``part``)
    have certain properties."""

    happened: Happened
    name: str = ""
    part: tuple[tuple[str, Comparison], ...] = ()

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("events", "bigint"), ("different", "bigint"), ("total", "numeric"),
        ("least", "numeric"), ("greatest", "numeric"), ("mean", "numeric"), ("part", "bigint"),
        ("first_at", "timestamptz"), ("last_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("told", self)

    def rows(self, setting: Setting) -> Sql:
        return build(
            TOLD,
            figures=join([self._of_property(), self._share(setting)], ", "),
            as_of=setting.as_of,
            terms=join(
                [
                    self.happened.term(setting),
                    setting.seen_here(Sql("e.organization_id")),
                    setting.only_accounts(Sql("e.account_id")),
                ],
                " AND ",
            ),
        )

    def _of_property(self) -> Sql:
        if not self.name:
            return Sql(
                "NULL::bigint AS different, NULL::numeric AS total, NULL::numeric AS least,"
                " NULL::numeric AS greatest, NULL::numeric AS mean"
            )
        text = properties.value(Sql("e.properties"), self.name)
        return build(
            "count(DISTINCT {text}) AS different, sum({number}) AS total, min({number}) AS least,"
            " max({number}) AS greatest, avg({number}) AS mean",
            text=text,
            number=properties.number(text),
        )

    def _share(self, setting: Setting) -> Sql:
        tests = [properties.term(Sql("e.properties"), key, test, setting) for key, test in self.part]
        if not tests:
            return Sql("NULL::bigint AS part")
        return build("count(*) FILTER (WHERE {tests}) AS part", tests=join(tests, " AND "))


@dataclass(frozen=True)
class Step:
    """Events, or a purchase (``happened`` is None)."""

    happened: Happened | None

    def flag(self, setting: Setting) -> Sql:
        return build("({term}) IS TRUE", term=self.happened.term(setting))


def facts(steps: tuple[Step, ...], window: Window, setting: Setting) -> Sql:
    """Rows (member_id, at, k1, k2, …): what happened inside the window, and which steps it is."""
    told = [(number, step) for number, step in enumerate(steps, start=1) if step.happened]
    parts = []
    if told:
        parts.append(_events(steps, told, window, setting))
    if len(told) < len(steps):
        flags = [f"{'FALSE' if step.happened else 'TRUE'} AS k{n}" for n, step in enumerate(steps, start=1)]
        parts.append(
            build(ORDERS, flags=Sql(", ".join(flags)), purchases=Purchases(window=window).sql(setting))
        )
    return join(parts, " UNION ALL ")


def _events(steps: tuple[Step, ...], told: list, window: Window, setting: Setting) -> Sql:
    flags = [step.flag(setting) if step.happened else Sql("FALSE") for step in steps]
    return build(
        EVENTS,
        flags=join(
            [build("{flag} AS {k}", flag=flag, k=Sql(f"k{n}")) for n, flag in enumerate(flags, start=1)], ", "
        ),
        names=sorted({name for _number, step in told for name in step.happened.names}),
        any=join([step.flag(setting) for _number, step in told], " OR "),
        terms=build(
            "{when}{terms}",
            when=window.terms(Sql("e.occurred_at"), setting.as_of),
            terms=also(
                [setting.seen_here(Sql("e.organization_id")), setting.only_accounts(Sql("e.account_id"))]
            ),
        ),
    )


@dataclass(frozen=True)
class Chain(Source):
    """Steps one after the other, each strictly later than the one before, the last at most ``within`` after the first, all
    inside the window. ``begun_at``: when the latest such chain began."""

    steps: tuple[Step, ...]
    within: dt.timedelta
    window: Window

    COLUMNS: ClassVar = (("member_id", "bigint"), ("begun_at", "timestamptz"), ("done_at", "timestamptz"))

    @property
    def key(self) -> tuple:
        return ("chain", self)

    def rows(self, setting: Setting) -> Sql:
        steps = build(
            "SELECT f.*, CASE WHEN f.k1 THEN f.at END AS begun1 FROM ({facts}) f",
            facts=facts(self.steps, self.window, setting),
        )
        for number in range(2, len(self.steps) + 1):
            steps = build(STEP, facts=steps, number=Sql(str(number)), before=Sql(str(number - 1)))
        return build(CHAINS, steps=steps, last=Sql(str(len(self.steps))), within=self.within)


@dataclass(frozen=True)
class Unfollowed(Source):
    """The first step inside the window, and whether the second came at the same time or at most ``within`` later, ever.

    ``over_at``: the last first step whose time to be followed is over; ``waiting_at``: the earliest whose is not."""

    step: Step
    by: Step
    within: dt.timedelta
    window: Window

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("over_at", "timestamptz"), ("waiting_at", "timestamptz"), ("followed", "boolean"),
        ("first_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("unfollowed", self)

    def rows(self, setting: Setting) -> Sql:
        since, _until = self.window.bounds(setting.as_of)
        known = Window(first=moments.day_of(since)) if since else Window()
        return build(
            WITHOUT,
            over=setting.as_of - self.within,
            within=self.within,
            facts=facts((self.step, self.by), known, setting),
            when=self.window.terms(Sql("f.at"), setting.as_of),
        )
