"""Books and what orders earn in them."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Book, EarningRule, Organization, Programme, Wallet


class Refused(ValueError):
    """The rule cannot be made so. The message says why."""


@transaction.atomic
def create(*, organization: Organization, code: str, name: str, kind: str, unit: str, **policy) -> Book:
    """A new book with its wallets of the house. ``policy``: scale, expiry, expiry_months, pending_days, …"""
    book = Book(organization=organization, code=code, name=name, kind=kind, unit=unit, **policy)
    book.full_clean()
    book.save()
    complete(book=book)
    return book


def complete(*, book: Book) -> None:
    """Give a book that was just made its wallets of the house: where its value comes from and where it goes."""
    Wallet.objects.bulk_create(
        Wallet(book=book, role=role, below_zero=book.below_zero) for role in Wallet.Role.values
    )


@transaction.atomic
def add_rule(
    *, programme: Programme, book: Book, currency: str, rate: Decimal, starts_at: dt.datetime, now: dt.datetime,
    rounding: str = EarningRule.Rounding.DOWN,
) -> EarningRule:  # fmt: skip
    """What orders placed from ``starts_at`` on earn. Only the first rule of a programme and book may begin in the past:
    a later one would change what customers have earned already. Raises Refused."""
    locked = Programme.objects.select_for_update().get(pk=programme.pk)
    rule = EarningRule(
        programme=locked, book=book, currency=currency, rate=rate, rounding=rounding, starts_at=starts_at
    )
    check_rule(rule=rule, now=now)
    rule.full_clean()
    rule.save()
    return rule


def check_rule(*, rule: EarningRule, now: dt.datetime) -> None:
    """Raises Refused."""
    if not rule.programme.organization.path.startswith(rule.book.organization.path):
        raise Refused(
            _("The book %(book)s belongs to another organization than the programme.") % {"book": rule.book}
        )
    same = EarningRule.objects.filter(programme=rule.programme, book=rule.book, currency=rule.currency)
    if rule.starts_at < now and same.exists():
        raise Refused(
            _("Orders have earned by a rule already: a new one begins in the future, not on %(day)s.")
            % {"day": rule.starts_at.date()}
        )
