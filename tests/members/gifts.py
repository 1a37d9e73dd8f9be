"""Gift cards, and what is done with them, for tests."""

from members.actions import gift_cards
from members.models import Book, Event, Organization
from tests.members.ledger.purses import NOW, book, key


def money(brand: Organization) -> Book:
    """A book of gift cards in CNY whose value lasts a year."""
    return book(
        code="gift", kind="gift_card", unit="CNY", scale=2, organization=brand, expiry="months_after",
        expiry_months=12,
    )  # fmt: skip


def issue(money, amount=200, **more):
    return gift_cards.issue(**{"book": money, "amount": amount, "key": key(), "now": NOW} | more)


def give(code, giver, to=None):
    return gift_cards.give(code=code, giver=giver, to=to, now=NOW)


def activate(code, account, **more):
    return gift_cards.activate(**{"code": code, "account": account, "key": key(), "now": NOW} | more)


def spend(code, amount, place, **more):
    given = {"code": code, "amount": amount, "key": key(), "organization": place, "now": NOW}
    return gift_cards.spend(**given | more)


def told(account):
    return list(Event.objects.filter(account=account).order_by("id").values_list("name", flat=True))
