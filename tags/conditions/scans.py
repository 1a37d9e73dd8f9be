"""One reading of the orders, the order lines or the events for all sources that ask for them.

Of each source a scan takes the columns that it ``needs`` of the rows that its ``tests`` mean. What all of them ask narrows the
reading; by what is left they are told apart with FILTER, so that ten million rows are read once however many tags ask. For all of them
together one column, ``leaves_at``, tells when the first of these facts leaves the next window of days that it is in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tags.conditions import turning
from tags.conditions.purchases import refunds_of
from tags.conditions.setting import Placed, Setting
from tags.conditions.sql import NOTHING, Sql, also, build, join

OF_MEMBERS = """
SELECT a.member_id, {outer} FROM ({accounts}) s
JOIN members_account a ON a.id = s.account_id AND a.emptied_at IS NULL
GROUP BY a.member_id"""

ORDERS = """
SELECT o.account_id, {inner} FROM members_order o{refunds}
WHERE o.account_id IS NOT NULL AND NOT o.reward{terms}
GROUP BY o.account_id"""

LINES = """
SELECT q.account_id, {middle} FROM (
    SELECT o.account_id, o.occurred_at, {inner}
    FROM members_orderline l JOIN members_order o ON o.id = l.order_id{refunds}
    WHERE o.account_id IS NOT NULL AND NOT o.reward{terms}
    GROUP BY o.id) q
GROUP BY q.account_id"""

EVENTS = """
SELECT e.account_id, {inner} FROM members_event e
WHERE e.account_id IS NOT NULL AND e.name = ANY({names}){terms}
GROUP BY e.account_id"""

WITH_UNMATCHED = """
SELECT * FROM ({matched}) m FULL JOIN (
    SELECT a.member_id, {sums}{leaving} FROM members_return r
    JOIN members_account a ON a.id = r.account_id AND a.emptied_at IS NULL
    WHERE r.order_id IS NULL AND r.occurred_at <= {as_of}{only}
    GROUP BY a.member_id) u USING (member_id)"""

OF_UNMATCHED = {"unmatched": "-sum(r.amount)", "unmatched_at": "min(r.occurred_at)"}
LEAST = "least(leaves_at, unmatched_leaves_at) AS leaves_at"

# How the accounts of one person add up.
OUTER = {
    "orders": "sum(s.{name})::bigint", "events": "sum(s.{name})::bigint", "amount": "sum(s.{name})",
    "first_at": "min(s.{name})", "last_at": "max(s.{name})",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What a scan read of some sources: the SELECT, the types of its columns, and where each source finds its own."""

    rows: Sql
    columns: tuple[tuple[str, str], ...]
    named: tuple[dict[str, str], ...]

    def placed(self, table: Sql) -> list[Placed]:
        """Where the sources' columns are once the rows are held in a table."""
        return [Placed(table, names) for names in self.named]


def read(sources: Sequence[object], setting: Setting) -> Reading:
    """One row a member for all of these sources, which share one scan."""
    outer = [
        Sql(f"{OUTER[column].format(name=_name(number, column))} AS {_name(number, column)}")
        for number, source in enumerate(sources, start=1)
        for column in source.taken()
        if column in OUTER
    ]
    if _days(sources):
        outer.append(Sql("min(s.leaves_at) AS leaves_at"))
    accounts = {"orders": _orders, "lines": _lines, "events": _events}[sources[0].scan]
    rows = build(OF_MEMBERS, outer=join(outer, ", "), accounts=accounts(sources, setting))
    unmatched = any(column in source.taken() for source in sources for column in OF_UNMATCHED)
    if unmatched:
        rows = _with_unmatched(rows, sources, setting)
    kinds = {name: kind for source in sources for name, kind in source.COLUMNS}
    named = tuple(
        {column: _name(number, column) for column in source.taken()}
        for number, source in enumerate(sources, start=1)
    )
    typed = {name: kinds[column] for names in named for column, name in names.items()}
    wanted = ", ".join(LEAST if unmatched and name == "leaves_at" else name for name in typed)
    named_rows = build("SELECT member_id, {wanted} FROM ({rows}) r", wanted=Sql(wanted), rows=rows)
    return Reading(named_rows, (("member_id", "bigint"), *typed.items()), named)


def _name(number: int, column: str) -> str:
    return column if column == "leaves_at" else f"s{number}_{column}"


def _days(sources: Sequence[object]) -> set[int]:
    """How many days the windows of these sources have, if their ends matter."""
    return {source.window.days for source in sources if "leaves_at" in source.taken()}


def _leaving(sources: Sequence[object], at: Sql, setting: Setting, name: str = "leaves_at") -> Sql:
    """When the first of the facts leaves the next window of days that it is in (``turning.Turn``, by day)."""
    aged = turning.aged(at, [days + 1 for days in _days(sources)], setting.as_of)
    return build(", min({aged}) AS {name}", aged=aged, name=Sql(name)) if aged else NOTHING


def _orders(sources: Sequence[object], setting: Setting) -> Sql:
    figures = {
        "orders": lambda _source: Sql("count(*)"),
        "amount": lambda source: source.purchases.amounts(),
        "first_at": lambda _source: Sql("min(o.occurred_at)"),
        "last_at": lambda _source: Sql("max(o.occurred_at)"),
    }
    common, own = _told_apart(sources, setting)
    return build(
        ORDERS,
        inner=_inner(sources, own, figures, leaving=_leaving(sources, Sql("o.occurred_at"), setting)),
        refunds=refunds_of([source.purchases for source in sources], setting),
        terms=also(
            [
                *common,
                _since(sources, Sql("o.occurred_at"), setting),
                setting.sold_here(Sql("o.organization_id")),
                setting.only_accounts(Sql("o.account_id")),
            ]
        ),
    )


def _lines(sources: Sequence[object], setting: Setting) -> Sql:
    inner, middle = [], []
    common, own = _told_apart(sources, setting)
    for number, (source, term) in enumerate(zip(sources, own, strict=True), start=1):
        given = {"term": term or Sql("TRUE"), "number": Sql(str(number)), "sum": source.purchases.amounts()}
        inner.append(build("bool_or({term}) AS k{number}", **given))
        if "amount" in source.taken():
            inner.append(build("{sum} FILTER (WHERE {term}) AS a{number}", **given))
        whole = {
            "orders": f"count(*) FILTER (WHERE q.k{number})",
            "amount": f"sum(q.a{number})",
            "first_at": f"min(q.occurred_at) FILTER (WHERE q.k{number})",
            "last_at": f"max(q.occurred_at) FILTER (WHERE q.k{number})",
        }
        middle += [
            Sql(f"{whole[column]} AS {_name(number, column)}") for column in source.taken() if column in whole
        ]
    wanted = join([source.purchases.goods() for source in sources], " OR ")
    leaving = _leaving(sources, Sql("q.occurred_at"), setting)
    return build(
        LINES,
        middle=build("{middle}{leaving}", middle=join(middle, ", "), leaving=leaving),
        inner=join(inner, ", "),
        refunds=refunds_of([source.purchases for source in sources], setting),
        terms=also(
            [
                *common,
                build("({wanted})", wanted=wanted),
                _since(sources, Sql("o.occurred_at"), setting),
                setting.sold_here(Sql("o.organization_id")),
                setting.only_accounts(Sql("o.account_id")),
            ]
        ),
    )


def _events(sources: Sequence[object], setting: Setting) -> Sql:
    figures = {
        "events": lambda _source: Sql("count(*)"),
        "first_at": lambda _source: Sql("min(e.occurred_at)"),
        "last_at": lambda _source: Sql("max(e.occurred_at)"),
    }
    common, own = _told_apart(sources, setting)
    return build(
        EVENTS,
        inner=_inner(sources, own, figures, leaving=_leaving(sources, Sql("e.occurred_at"), setting)),
        names=sorted({name for source in sources for name in source.names}),
        terms=also(
            [
                *common,
                _since(sources, Sql("e.occurred_at"), setting),
                setting.seen_here(Sql("e.organization_id")),
                setting.only_accounts(Sql("e.account_id")),
            ]
        ),
    )


def _told_apart(sources: Sequence[object], setting: Setting) -> tuple[list[Sql], list[Sql]]:
    """What all sources ask of a row, and what each asks besides; nothing where that is nothing."""
    tests = [[test for test in source.tests(setting) if test] for source in sources]
    common = [test for test in tests[0] if all(test in others for others in tests)]
    return common, [join((test for test in each if test not in common), " AND ") for each in tests]


def _inner(sources: Sequence[object], own: Sequence[Sql], figures: dict, *, leaving: Sql) -> Sql:
    """The aggregates over rows, each with its filter."""
    found = []
    for number, (source, term) in enumerate(zip(sources, own, strict=True), start=1):
        only = build(" FILTER (WHERE {term})", term=term) if term else NOTHING
        for column in source.taken():
            if column in figures:
                name = Sql(_name(number, column))
                found.append(
                    build("{figure}{only} AS {name}", figure=figures[column](source), only=only, name=name)
                )
    return build("{found}{leaving}", found=join(found, ", "), leaving=leaving)


def _since(sources: Sequence[object], at: Sql, setting: Setting) -> Sql:
    """What happened before every one of the windows need not be read."""
    begin = [source.window.bounds(setting.as_of)[0] for source in sources]
    if None in begin:
        return NOTHING
    return build("{at} >= {since}", at=at, since=min(begin))


def _with_unmatched(rows: Sql, sources: Sequence[object], setting: Setting) -> Sql:
    """Returns whose sale was never seen lower the amount of those who have nothing else, too."""
    sums = [
        build(
            "{figure} FILTER (WHERE {term}) AS {name}",
            figure=Sql(figure),
            term=source.purchases.unmatched_term(setting),
            name=Sql(_name(number, column)),
        )
        for number, source in enumerate(sources, start=1)
        for column, figure in OF_UNMATCHED.items()
        if column in source.taken()
    ]
    return build(
        WITH_UNMATCHED,
        matched=rows,
        sums=join(sums, ", "),
        leaving=_leaving(sources, Sql("r.occurred_at"), setting, name="unmatched_leaves_at"),
        as_of=setting.as_of,
        only=also([setting.sold_here(Sql("r.organization_id")), setting.only_accounts(Sql("r.account_id"))]),
    )
