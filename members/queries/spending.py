"""How much of a book may pay for an order, by the plan in force where the order is placed."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from members import sets
from members.models import Book, Organization
from members.rules import spending
from members.rules.spending import Rule

# Of the version that rules then in the nearest programme above the node that has one.
RULE = """
SELECT r.unit_value, r.most_share, r.at_least, r.step FROM (
    SELECT p.id FROM members_plan p JOIN members_programme g ON g.id = p.programme_id
        JOIN members_organization o ON o.id = g.organization_id
    WHERE p.cycle = 'long' AND p.state <> 'draft' AND p.starts_at <= %(at)s AND (g.closed_at IS NULL OR g.closed_at > %(at)s)
      AND %(path)s LIKE o.path || '%%'
    ORDER BY length(o.path) DESC, p.starts_at DESC LIMIT 1
) p JOIN members_spendrule r ON r.plan_id = p.id AND r.book_id = %(book)s AND r.currency = %(currency)s
"""


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
) -> Rule:
    """The rule by which so many steps of the book may pay for such an order. Raises SpendRefused."""
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
    return rule


def rule_for(*, book: Book, currency: str, node: Organization, at: dt.datetime) -> Rule | None:
    """None: nothing of this book pays for orders in this currency there."""
    rows = sets.named(RULE, book=book.pk, currency=currency, path=node.path, at=at)
    if not rows:
        return None
    unit_value, most_share, at_least, step = rows[0]
    return Rule(unit_value=unit_value, most_share=most_share, at_least=at_least, step=step)


def _message(beyond: spending.Beyond, rule: Rule, book: Book) -> str:
    amounts = {"most": beyond.most, "least": rule.at_least, "step": rule.step}
    said = {name: f"{amount.normalize():f}" for name, amount in amounts.items()} | {"unit": book.unit}
    match beyond.bound:
        case spending.AT_LEAST:
            return _("At least %(least)s %(unit)s are used at once.") % said
        case spending.STEP:
            return _("Use a multiple of %(step)s %(unit)s.") % said
    return _("At most %(most)s %(unit)s may pay for this order.") % said
