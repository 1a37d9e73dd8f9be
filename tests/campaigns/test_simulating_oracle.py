"""What a simulation finds, beside a loop that asks the engine for each order by itself, as the page of a sample basket does."""

import random
from collections import Counter

import pytest
from django.utils import timezone

from campaigns.models import ActivityVersion
from campaigns.offers import pricing
from campaigns.offers.basket import Basket, Buyer, Line
from campaigns.queries import live, trying
from members.models import Order
from tests import factories
from tests.campaigns import offering
from tests.campaigns.simulated import NOW, at, found, sold

STORES = ("s1", "s2", "s3")
ABOVE = {"s1": ("s1", "d1", "b1", "g"), "s2": ("s2", "d1", "b1", "g"), "s3": ("s3", "d2", "b1", "g")}


def an_offer(drawn: random.Random) -> dict:
    """One of the sorts that fit a basket of these articles, with limits as they come."""
    goods = drawn.choice([{}, {"skus": ["A1"]}, {"skus": ["A2", "A3"]}])
    threshold = drawn.choice([{}, {"threshold": {"of": "amount", "least": drawn.choice([10_000, 30_000])}}])
    form = drawn.choice(
        [
            {"kind": "cash", "amount": drawn.choice([500, 2_500])}, {"kind": "percentage", "off": 1_000},
            {"kind": "per_piece", "amount": 300},
        ]
    )  # fmt: skip
    place = drawn.choice([{}, {"organizations": ["d1"]}, {"members": True}])
    limits = {"stack": drawn.randint(1, 3), **drawn.choice([{}, {"groups": ["one"]}, {"pool": "price"}])}
    return {
        "name": "x", "trigger": {"goods": goods, **threshold, **place}, "execution": "reduce", "form": form, "limits": limits,
    }  # fmt: skip


def by_hand(version: ActivityVersion, order: Order) -> tuple[int, int, Counter]:
    """Discount without the draft and with it, and what the draft's offers do."""
    lines = tuple(
        Line(number=each.line, sku=each.sku, quantity=1000, unit_price=int(each.unit_price * 100))
        for each in order.lines.order_by("line")
    )
    store, when = order.organization, timezone.localtime(NOW)
    buyer = Buyer() if order.account else None
    rules = live.rules(store=store, at=NOW)
    basket = Basket(
        lines=lines, currency="CNY", at=when, organizations=ABOVE[store.code], channel="pos", buyer=buyer
    )
    before = pricing.quote(basket, rules.compiled)
    tried = trying.price(
        version=version, store=store, lines=lines, currency="CNY", at=when, channel="pos", buyer=buyer
    )
    own = Counter({use.offer: use.discount for use in tried.quote.uses if use.offer in tried.own})
    return before.discount, tried.quote.discount, own


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_a_loop_finds(nodes, seed):
    drawn = random.Random(seed)
    pos = factories.channel(organization=nodes["g"], code="pos", kind="pos")
    for number in range(4):
        offering.published(organization=nodes["g"], code=f"OLD{number}", offers=(an_offer(drawn),))
    draft = offering.drafted(organization=nodes["b1"], code="NEW", offers=(an_offer(drawn), an_offer(drawn)))
    buyers = [factories.account(channel=pos) for _number in range(5)]
    for _number in range(20):
        prices = [f"{drawn.randint(10, 300)}.{drawn.randint(10, 99)}" for _line in range(drawn.randint(1, 4))]
        buyer = drawn.choice([None, *buyers])
        sold(buyer, *prices, store=nodes[drawn.choice(STORES)], at=at(drawn.randint(1, 31)), channel=pos)
    told = found(draft, size=drawn.randint(1, 25))
    expected = [by_hand(draft, order) for order in Order.objects.select_related("organization")]
    assert told["before"][0] == sum(before for before, _after, _own in expected)
    assert told["after"][0] == sum(after for _before, after, _own in expected)
    own = sum((each for _before, _after, each in expected), Counter())
    assert {code: row["discount"] for code, row in told["own"].items()} == {
        code: own[code] for code in ("NEW-1", "NEW-2")
    }
    assert told["touched"] == sum(bool(each) for _before, _after, each in expected)
