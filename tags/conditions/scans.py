"""One reading of the orders, the order lines or the events for all sources that ask for them.

Of each source a scan takes the columns that it ``needs`` of the rows that its ``term`` means. A source alone narrows the
reading; several are told apart by FILTER, so that ten million rows are read once however many tags ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tags.conditions.purchases import refunds_of
from tags.conditions.setting import Placed, Setting
from tags.conditions.sql import NOTHING, Sql, also, build, join
from tags.conditions.window import Window

OF_MEMBERS = """
SELECT a.member_id, {outer} FROM ({accounts}) s
JOIN members_account a ON a.id = s.account_id AND a.emptied_at IS NULL
GROUP BY a.member_id"""

ORDERS = """
SELECT o.account_id, {inner} FROM members_order o{refunds}
WHERE o.account_id IS NOT NULL AND NOT o.reward AND o.occurred_at <= {as_of}{terms}
GROUP BY o.account_id"""

LINES = """
SELECT q.account_id, {middle} FROM (
    SELECT o.account_id, o.occurred_at, {inner}
    FROM members_orderline l JOIN members_order o ON o.id = l.order_id{refunds}
    WHERE o.account_id IS NOT NULL AND NOT o.reward AND o.occurred_at <= {as_of}{terms}
    GROUP BY o.id) q
GROUP BY q.account_id"""

EVENTS = """
SELECT e.account_id, {inner} FROM members_event e
WHERE e.account_id IS NOT NULL AND e.name = ANY({names}) AND e.occurred_at <= {as_of}{terms}
GROUP BY e.account_id"""

WITH_UNMATCHED = """
SELECT * FROM ({matched}) m FULL JOIN (
    SELECT a.member_id, {sums} FROM members_return r
    JOIN members_account a ON a.id = r.account_id AND a.emptied_at IS NULL
    WHERE r.order_id IS NULL AND r.occurred_at <= {as_of}{only}
    GROUP BY a.member_id) u USING (member_id)"""

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
    taken = [
        (number, source, column)
        for number, source in enumerate(sources, start=1)
        for column in source.taken()
        if column != "unmatched"
    ]
    outer = [
        Sql(f"{OUTER[column].format(name=_name(number, column))} AS {_name(number, column)}")
        for number, _source, column in taken
    ]
    accounts = {"orders": _orders, "lines": _lines, "events": _events}[sources[0].scan]
    rows = build(OF_MEMBERS, outer=join(outer, ", "), accounts=accounts(sources, setting))
    if any("unmatched" in source.taken() for source in sources):
        rows = _with_unmatched(rows, sources, setting)
    kinds = {name: kind for source in sources for name, kind in source.COLUMNS}
    named = tuple(
        {column: _name(number, column) for column in source.taken()}
        for number, source in enumerate(sources, start=1)
    )
    typed = [(name, kinds[column]) for names in named for column, name in names.items()]
    columns = (("member_id", "bigint"), *typed)
    named_rows = build(
        "SELECT {names} FROM ({rows}) r", names=Sql(", ".join(name for name, _kind in columns)), rows=rows
    )
    return Reading(named_rows, columns, named)


def _name(number: int, column: str) -> str:
    return f"s{number}_{column}"


def _orders(sources: Sequence[object], setting: Setting) -> Sql:
    figures = {
        "orders": lambda _source: Sql("count(*)"),
        "amount": lambda source: source.purchases.amounts(),
        "first_at": lambda _source: Sql("min(o.occurred_at)"),
        "last_at": lambda _source: Sql("max(o.occurred_at)"),
    }
    return build(
        ORDERS,
        inner=_inner(sources, setting, figures),
        refunds=refunds_of([source.purchases for source in sources], setting),
        as_of=setting.as_of,
        terms=_narrowed(sources, setting, Sql("o.organization_id"), Sql("o.account_id")),
    )


def _lines(sources: Sequence[object], setting: Setting) -> Sql:
    inner, middle = [], []
    for number, source in enumerate(sources, start=1):
        term = source.term(setting)
        given = {"term": term, "number": Sql(str(number)), "sum": source.purchases.amounts()}
        inner.append(build("bool_or({term}) AS k{number}", **given))
        if "amount" in source.taken():
            inner.append(build("{sum} FILTER (WHERE {term}) AS a{number}", **given))
        whole = {
            "orders": f"count(*) FILTER (WHERE q.k{number})",
            "amount": f"sum(q.a{number})",
            "first_at": f"min(q.occurred_at) FILTER (WHERE q.k{number})",
            "last_at": f"max(q.occurred_at) FILTER (WHERE q.k{number})",
        }
        middle += [Sql(f"{whole[column]} AS {_name(number, column)}") for column in source.taken()]
    wanted = join([source.purchases.goods() for source in sources], " OR ")
    return build(
        LINES,
        middle=join(middle, ", "),
        inner=join(inner, ", "),
        refunds=refunds_of([source.purchases for source in sources], setting),
        as_of=setting.as_of,
        terms=also(
            [
                build("({wanted})", wanted=wanted),
                _since([source.purchases.window for source in sources], Sql("o.occurred_at"), setting),
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
    alone = sources[0].term(setting) if len(sources) == 1 else NOTHING
    return build(
        EVENTS,
        inner=_inner(sources, setting, figures),
        names=sorted({name for source in sources for name in source.names}),
        as_of=setting.as_of,
        terms=also(
            [
                alone,
                _since([source.window for source in sources], Sql("e.occurred_at"), setting),
                setting.seen_here(Sql("e.organization_id")),
                setting.only_accounts(Sql("e.account_id")),
            ]
        ),
    )


def _inner(sources: Sequence[object], setting: Setting, figures: dict) -> Sql:
    """The aggregates over rows; of several sources each with its filter."""
    found = []
    for number, source in enumerate(sources, start=1):
        only = NOTHING
        if len(sources) > 1:
            only = build(" FILTER (WHERE {term})", term=source.term(setting))
        for column in source.taken():
            if column in figures:
                name = Sql(_name(number, column))
                found.append(
                    build("{figure}{only} AS {name}", figure=figures[column](source), only=only, name=name)
                )
    return join(found, ", ")


def _narrowed(sources: Sequence[object], setting: Setting, place: Sql, account: Sql) -> Sql:
    alone = sources[0].term(setting) if len(sources) == 1 else NOTHING
    since = _since([source.purchases.window for source in sources], Sql("o.occurred_at"), setting)
    return also([alone, since, setting.sold_here(place), setting.only_accounts(account)])


def _since(windows: Sequence[Window], at: Sql, setting: Setting) -> Sql:
    """What happened before every one of the windows need not be read."""
    begin = [window.bounds(setting.as_of)[0] for window in windows]
    if None in begin:
        return NOTHING
    return build("{at} >= {since}", at=at, since=min(begin))


def _with_unmatched(rows: Sql, sources: Sequence[object], setting: Setting) -> Sql:
    """Returns whose sale was never seen lower the amount of those who have nothing else, too."""
    sums = [
        build(
            "-sum(r.amount) FILTER (WHERE {term}) AS {name}",
            term=source.purchases.unmatched_term(setting),
            name=Sql(_name(number, "unmatched")),
        )
        for number, source in enumerate(sources, start=1)
        if "unmatched" in source.taken()
    ]
    return build(
        WITH_UNMATCHED,
        matched=rows,
        sums=join(sums, ", "),
        as_of=setting.as_of,
        only=also([setting.sold_here(Sql("r.organization_id")), setting.only_accounts(Sql("r.account_id"))]),
    )
