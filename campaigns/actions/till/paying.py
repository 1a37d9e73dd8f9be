"""What a customer pays with out of what he has: points by the plan's spending rule, stored value and gift cards at par."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from campaigns.offers import currencies
from members.actions import holds
from members.ledger import amounts
from members.models import Book, Organization
from members.queries import acting, spending

AT_PAR = {
    Book.Kind.STORED_VALUE_PRINCIPAL,
    Book.Kind.STORED_VALUE_BONUS,
    Book.Kind.GIFT_CARD,
    Book.Kind.RED_PACKET,
}


class Pay(NamedTuple):
    """So much of a book, in its unit."""

    book: str
    amount: Decimal


class Paid(NamedTuple):
    """``minor`` units of the sale's currency are paid by ``part``."""

    part: holds.Part
    minor: int


class Unfit(ValueError):
    """These books cannot pay for this sale. ``book`` says which."""

    def __init__(self, book: str, message: str) -> None:
        super().__init__(message)
        self.book = book


def parts(
    *, pays: Sequence[Pay], total: Decimal, currency: str, store: Organization, node: Organization, at: dt.datetime
) -> list[Paid]:  # fmt: skip
    """What each part pays. Raises Unfit, spending.SpendRefused, acting.UnknownBook, amounts.Unfit."""
    found = []
    for book_code, amount in pays:
        book = acting.book(code=book_code, node=node)
        steps = amounts.positive(amount, scale=book.scale)
        worth = _worth(book, steps, total, currency, store, at)
        minor = worth.scaleb(currencies.digits(currency))
        if minor != int(minor):
            raise Unfit(
                book.code,
                _("%(amount)s of %(book)s pay a part of a cent.") % {"amount": amount, "book": book.name},
            )
        found.append(Paid(holds.Part(book, book.shown(steps)), int(minor)))
    if sum((Decimal(paid.minor) for paid in found), Decimal()) > total.scaleb(currencies.digits(currency)):
        raise Unfit(found[-1].part.book.code, _("More is paid than the sale costs."))
    return found


def _worth(
    book: Book, steps: int, total: Decimal, currency: str, store: Organization, at: dt.datetime
) -> Decimal:
    if book.kind in AT_PAR:
        if book.unit != currency:
            told = {"book": book.name, "unit": book.unit, "currency": currency}
            raise Unfit(book.code, _("%(book)s is in %(unit)s, the sale in %(currency)s.") % told)
        return book.shown(steps)
    if book.kind != Book.Kind.POINTS:
        raise Unfit(book.code, _("%(book)s pays for nothing.") % {"book": book.name})
    rule = spending.check(book=book, steps=steps, order_amount=total, currency=currency, node=store, at=at)
    return book.shown(steps) * rule.unit_value
