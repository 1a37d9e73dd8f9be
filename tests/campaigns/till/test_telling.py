"""What a cashier reads of a price that the till made itself."""

import pytest

from campaigns.till import telling
from tests.campaigns.offers import making


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (making.POINTS | {"book": "club", "amount": 1_250, "digits": 2}, "points 12.5 club"),
        (making.POINTS, "points 50 points"),
        ({"kind": "multiplier", "book": "club", "times": 20_000, "worth": 10}, "multiplier 2 club"),
        ({"kind": "cash", "amount": 800}, "cash 8.00"),
        ({"kind": "voucher", "template": "T1", "of": "consumption", "count": 2, "worth": 9}, "voucher 2 T1"),
    ],
)
def test_what_is_given_is_told_in_its_own_unit(form: dict, said: str):
    offer = making.offer("A-1", form, execution="add")
    quote = making.quote(making.basket(30_000, buyer={}), offer)
    told = telling.offline(
        quote, {offer.code: offer}, currency="CNY", language="en", explain=False, digest=""
    )
    assert told.rewards == [said]
