"""What a basket says of the birthday without naming it gives what the birthday itself would give."""

import datetime as dt

import pytest

from campaigns.offers import calendar, compiling, pricing
from campaigns.offers.basket import Buyer
from campaigns.offers.offer import Offer
from campaigns.offers.reading import from_builtins
from tests.campaigns import offering

KINDS = ("day", "week", "month")
DAYS = [
    dt.date(2026, 2, 28),
    dt.date(2026, 3, 1),
    dt.date(2026, 12, 31),
    dt.date(2027, 1, 2),
    dt.date(2028, 2, 29),
]


def offer(kind: str) -> Offer:
    told = offering.off(threshold=0, amount=100, birthday=kind)
    return from_builtins(told | {"code": kind, "activity": "A", "version": 1, "currency": "CNY"}, Offer)


RULES = compiling.compile([offer(kind) for kind in KINDS])


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("birthday", [(2, 29), (2, 28), (3, 1), (12, 28), (1, 1), (6, 15)])
def test_occasions_stand_for_the_birthday(on, birthday):
    at = dt.datetime.combine(on, dt.time(12), tzinfo=offering.SHANGHAI)
    occasions = frozenset(kind for kind in KINDS if calendar.is_birthday(birthday, on, kind))
    named, kept = (
        pricing.quote(offering.basket(at=at, buyer=buyer), RULES)
        for buyer in (Buyer(birthday=birthday), Buyer(occasions=occasions))
    )
    assert named == kept
    assert {use.offer for use in kept.uses} == occasions


def test_without_either_it_is_nobodys_birthday():
    quote = pricing.quote(offering.basket(buyer=Buyer()), RULES)
    assert {verdict.reason for verdict in quote.verdicts} == {"birthday"}
