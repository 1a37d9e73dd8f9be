"""Books, accounts and people for tests of the ledger, and what everything must always add up to."""

import datetime as dt
import itertools
from decimal import Decimal

from django.db import transaction

from members.actions import books, points
from members.models import Account, Book, Member
from members.queries import balances, proofs
from tests import factories

NOW = factories.NOW
DAY = dt.timedelta(days=1)
_keys = itertools.count(1)


def book(
    *, code: str = "points", organization=None, kind: str = "points", unit: str = "points", **policy
) -> Book:
    organization = organization or factories.organization()
    return books.create(
        organization=organization, code=code, name=code.title(), kind=kind, unit=unit, **policy
    )


def accounts(number: int, *, organization) -> list[Account]:
    channel = factories.channel(organization=organization)
    return [factories.account(channel=channel) for _ in range(number)]


def key() -> str:
    return f"key-{next(_keys)}"


def earn(account: Account, book: Book, amount, *, at: dt.datetime = NOW, **more):
    more = {"key": key(), "now": at} | more
    return points.earn(account=account, book=book, amount=amount, **more)


def spend(account: Account, book: Book, amount, *, at: dt.datetime = NOW, **more):
    more = {"key": key(), "now": at} | more
    return points.spend(account=account, book=book, amount=amount, **more)


def merge(*accounts: Account) -> None:
    """As a recomputation of the people does: locked in one order, and only the pointers move."""
    chosen = Account.objects.filter(pk__in=[each.pk for each in accounts])
    with transaction.atomic():
        list(chosen.order_by("pk").select_for_update(no_key=True))
        chosen.update(member=accounts[0].minted)


def split(*accounts: Account) -> None:
    for each in accounts:
        Account.objects.filter(pk=each.pk).update(member=each.minted)


def held(account: Account, book: Book, *, at: dt.datetime = NOW) -> balances.Balance | None:
    """The balance of the person whose account it is."""
    member = Member.objects.get(accounts=account)
    return next((each for each in balances.of(members=[member.pk], now=at) if each.book == book.pk), None)


def available(account: Account, book: Book, *, at: dt.datetime = NOW) -> Decimal:
    found = held(account, book, at=at)
    return found.available if found else Decimal(0)


def faults() -> list[proofs.Finding]:
    """What of the ledger does not add up."""
    return [each for each in proofs.findings() if each.count]
