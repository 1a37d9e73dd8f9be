"""Actions of customers, and what they earn, for tests of it."""

from members.actions import earning
from members.models import Account, EventCursor, Posting, Programme
from tests.identity import company
from tests.identity.company import NOW, accept, account, event
from tests.members.ledger import purses
from tests.members.ledger.purses import DAY, faults
from tests.members.plans import published

LONG_AGO = NOW - 1000 * DAY


def house() -> dict:
    """The company of `company.build` with a club of brand b1, its book and the accounts u1 and u2."""
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    accept(account("u1"), account("u2"))
    return {
        **nodes,
        "club": club,
        "book": purses.book(organization=nodes["b1"], expiry="months_after", expiry_months=12),
    }


def plan(house, *rules, starts_at=LONG_AGO, **more):
    return published(house["club"], rules=rules, starts_at=starts_at, **more)


def short(house, *rules, starts_at, ends_at, **more):
    return plan(house, *rules, starts_at=starts_at, ends_at=ends_at, cycle="short", **more)


def follow(now=NOW) -> None:
    while earning.follow(now=now):
        pass
    assert faults() == []


def again() -> None:
    """The log is read from its beginning: nothing may come of it."""
    before = Posting.objects.count()
    EventCursor.objects.filter(reader=earning.READER).update(tx=0, event_id=0)
    follow()
    assert Posting.objects.count() == before


def holder(external_id="u1") -> Account:
    return Account.objects.get(external_id=external_id)


def earned(house, external_id="u1"):
    """What the account itself has, whoever the person is."""
    follow()
    return sum(Posting.objects.filter(account=holder(external_id)).values_list("amount", flat=True))


def signed(on, who="u1", *, hour=10, **more):
    return event("sign_in", who, occurred_at=company.day(on, hour), **more)
