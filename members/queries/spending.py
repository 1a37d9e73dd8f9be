"""How much of a book may pay for an order, by the plan in force where the order is placed."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from members.models import Book, Organization, Plan, Programme, SpendRule
from members.rules import spending
from members.rules.spending import Rule


class SpendRefused(ValueError):
    """These points cannot pay for the order. ``most``: how many could, in the book's unit."""

    def __init__(self, message: str, most: Decimal = Decimal(0)) -> None:
        super().__init__(message)
        self.most = most


@dataclass(frozen=True)
class Allowance:
    """How many points may pay for an order, and what they pay in its currency."""

    most: Decimal
    pays: Decimal


def most(
    *,
    book: Book,
    have: Decimal | None,
    order_amount: Decimal,
    currency: str,
    node: Organization,
    at: dt.datetime,
) -> Allowance:
    """``have``: how many the person can spend; None: only what the order allows."""
    rule = rule_for(book=book, currency=currency, node=node, at=at)
    if rule is None:
        return Allowance(Decimal(0), Decimal(0))
    return Allowance(*spending.most(rule=rule, order_amount=order_amount, have=have))


def check(
    *, book: Book, steps: int, order_amount: Decimal, currency: str, node: Organization, at: dt.datetime
) -> None:
    """Raises SpendRefused unless so many steps of the book may pay for such an order."""
    rule = rule_for(book=book, currency=currency, node=node, at=at)
    if rule is None:
        raise SpendRefused(
            _("Nothing of %(book)s pays for orders in %(currency)s here: no spending rule is in force.")
            % {"book": book.name, "currency": currency}
        )
    try:
        spending.check(rule=rule, points=book.shown(steps), order_amount=order_amount)
    except spending.Beyond as beyond:
        raise SpendRefused(_message(beyond, rule, book), beyond.most) from beyond


def rule_for(*, book: Book, currency: str, node: Organization, at: dt.datetime) -> Rule | None:
    """Of the version that rules then in the nearest programme above the node that has one."""
    plan = _plan(node, at)
    row = SpendRule.objects.filter(plan=plan, book=book, currency=currency).first() if plan else None
    if row is None:
        return None
    return Rule(unit_value=row.unit_value, most_share=row.most_share, at_least=row.at_least, step=row.step)


def _plan(node: Organization, at: dt.datetime) -> Plan | None:
    begun = Plan.objects.public().filter(cycle=Plan.Cycle.LONG, starts_at__lte=at)
    above = Programme.objects.filter(organization__in=_above(node)).exclude(closed_at__lte=at)
    found = begun.filter(programme__in=above).select_related("programme__organization")
    return max(found, key=lambda plan: (len(plan.programme.organization.path), plan.starts_at), default=None)


def _above(node: Organization) -> list[int]:
    return [int(part) for part in node.path.split("/") if part]


def _message(beyond: spending.Beyond, rule: Rule, book: Book) -> str:
    amounts = {"most": beyond.most, "least": rule.at_least, "step": rule.step}
    said = {name: f"{amount.normalize():f}" for name, amount in amounts.items()} | {"unit": book.unit}
    match beyond.bound:
        case spending.AT_LEAST:
            return _("At least %(least)s %(unit)s are used at once.") % said
        case spending.STEP:
            return _("Use a multiple of %(step)s %(unit)s.") % said
    return _("At most %(most)s %(unit)s may pay for this order.") % said
