"""Rows of facts as several models read them: whose, when and where are said once.

What is read belongs to the node of the setting as in conditions: orders sold there or below, events of its branch; and
whom nobody knows there is left out.
"""

from django.utils.translation import gettext as _

from members.actions.profiles import UNUSUAL
from tags.conditions import reading
from tags.conditions.faults import Fault
from tags.conditions.purchases import (
    BOUGHT,
    KEPT,
    LINE_REFUNDS,
    LINE_REFUNDS_OF_FEW,
    REFUNDS,
    REFUNDS_OF_FEW,
    UNSOLD,
)
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.window import Window

YEAR, HALF_A_YEAR = Window(days=365), Window(days=180)

EVENTS = """
SELECT a.member_id, {columns}
FROM members_event e JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
WHERE e.name = ANY({names}){when}{terms}"""

ORDERS = """
SELECT a.member_id, {columns}
FROM members_order o JOIN members_account a ON a.id = o.account_id AND a.emptied_at IS NULL{joined}
WHERE NOT o.reward AND o.status = ANY({bought}) AND o.amount < {unusual} AND {kept}{when}{terms}"""


def events(setting: Setting, *, names: tuple, window: Window, columns: Sql, more: Sql = Sql()) -> Sql:  # noqa: B008
    """(member_id, ``columns`` of ``e``), a row an event. ``more``: a further term."""
    return build(
        EVENTS,
        columns=columns,
        names=list(names),
        when=window.terms(Sql("e.occurred_at"), setting.as_of),
        terms=also(
            [
                more,
                setting.seen_here(Sql("e.organization_id")),
                setting.only_accounts(Sql("e.account_id")),
                known(setting, Sql("a.member_id")),
            ]
        ),
    )


def orders(setting: Setting, *, window: Window, columns: Sql, more: Sql = Sql()) -> Sql:  # noqa: B008
    """(member_id, ``columns`` of ``o``), a row an order that was kept: refunds have not reached what its goods cost."""
    return _bought(setting, Sql(), Sql(), window, columns, more)


def lines(setting: Setting, *, window: Window, columns: Sql, more: Sql = Sql()) -> Sql:  # noqa: B008
    """(member_id, ``columns`` of ``o`` and ``l``), a row a line that was kept, in an order that was."""
    refunds = build(LINE_REFUNDS if setting.members is None else LINE_REFUNDS_OF_FEW, as_of=setting.as_of)
    return _bought(
        setting, Sql(" JOIN members_orderline l ON l.order_id = o.id"), refunds, window, columns, more
    )


def _bought(setting: Setting, goods: Sql, of_lines: Sql, window: Window, columns: Sql, more: Sql) -> Sql:
    refunds = build(REFUNDS if setting.members is None else REFUNDS_OF_FEW, as_of=setting.as_of)
    return build(
        ORDERS,
        columns=columns,
        joined=build("{goods}{refunds}{of_lines}", goods=goods, refunds=refunds, of_lines=of_lines),
        bought=list(BOUGHT),
        unusual=UNUSUAL,
        kept=build("{kept} AND {unsold}", kept=KEPT, unsold=UNSOLD) if of_lines else KEPT,
        when=window.terms(Sql("o.occurred_at"), setting.as_of),
        terms=also(
            [
                more,
                setting.sold_here(Sql("o.organization_id")),
                setting.only_accounts(Sql("o.account_id")),
                known(setting, Sql("a.member_id")),
            ]
        ),
    )


def known(setting: Setting, column: Sql) -> Sql:
    """A term that keeps those who are known at the node; nothing for the group."""
    here = setting.known_here()
    return build("{column} IN ({here})", column=column, here=here) if here else Sql()


def only(setting: Setting, column: Sql) -> Sql:
    """`` AND …``: the members asked for, known at the node."""
    return also([setting.only(column), known(setting, column)])


def texts(fields: dict, name: str, place: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
    """A field of parameters that is a text or a list of texts."""
    return (
        reading.many(fields[name], reading.inside(place, name), reading.text) if name in fields else default
    )


def number(fields: dict, name: str, place: str, *, default: int, least: int = 1, most: int = 100_000) -> int:
    return reading.integer(fields.get(name, default), reading.inside(place, name), least=least, most=most)


def share(fields: dict, name: str, place: str, *, default: str) -> float:
    """A part of a whole, above 0 and at most 1."""
    at = reading.inside(place, name)
    found = reading.decimal(fields.get(name, default), at)
    if not 0 < found <= 1:
        raise Fault(at, _("this is no part of a whole"), _("Choose one above 0 and at most 1, such as 0.5."))
    return float(found)
