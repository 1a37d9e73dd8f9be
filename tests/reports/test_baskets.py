"""What is bought and looked at together."""

import csv
import datetime as dt
import gzip
import json
import os
from pathlib import Path

import pytest
from pyroaring import BitMap

from members.models import OrderLine
from reports.queries import alongside, baskets
from tests import factories
from tests.factories import NOW

START = NOW - dt.timedelta(days=90)
GROCERIES = Path(os.environ.get("NINEFOLD_DATA", "/none")) / "groceries"


@pytest.fixture
def shop(nodes):
    return factories.channel(organization=nodes["s1"], code="shop")


def basket(shop, *skus, account=None, **fields):
    order = factories.order(account=account, channel=shop, sku=skus[0], **fields)
    for line, sku in enumerate(skus[1:], start=2):
        OrderLine.objects.create(order=order, line=line, sku=sku, quantity=1, unit_price=1, amount=1)
    return order


def found(node, **fields):
    return baskets.report(node=node, as_of=NOW, start=START, **fields)


@pytest.mark.requirement("REP-044")
def test_coffee_and_cake(shop, nodes):
    """80 baskets: 32 with coffee, 25 with cake, 16 with both."""
    for skus, times in ((("coffee", "cake"), 16), (("coffee",), 16), (("cake",), 9), (("tea",), 39)):
        for _each in range(times):
            basket(shop, *skus)
    report = found(nodes["g"], support=0.1, confidence=0.3)
    rule = next(each for each in report.rules if each.first == ("coffee",))
    assert (rule.then, rule.count) == ("cake", 16)
    assert (rule.support, rule.confidence, rule.lift) == pytest.approx((0.2, 0.5, 1.6))
    assert {(each.first, each.then) for each in report.rules} == {
        (("coffee",), "cake"),
        (("cake",), "coffee"),
    }
    assert [each.then for each in found(nodes["g"], support=0.1, confidence=0.6).rules] == ["coffee"]
    assert found(nodes["g"], support=0.21).rules == []


def test_baskets_end_where_the_node_does_and_what_was_cancelled_is_none(shop, nodes):
    for _each in range(4):
        basket(shop, "A", "B")
        basket(factories.channel(organization=nodes["s4"]), "A", "C")
        basket(shop, "A", "D", status="cancelled")
        basket(shop, "A", "E", at=START - dt.timedelta(days=1))
        basket(shop, "A", "F", at=NOW + dt.timedelta(days=1))
    assert {rule.then for rule in found(nodes["d1"]).rules} == {"A", "B"}
    assert {rule.then for rule in found(nodes["g"]).rules} == {"A", "B", "C"}
    assert found(nodes["d2"]).baskets == 0
    assert found(nodes["d2"]).tables()[0].rows == []


def test_sets_of_four_are_found_and_none_of_five():
    held = {item: BitMap(range(10)) for item in range(5)}
    counts = baskets.frequent(held, least=10)
    assert {len(items) for items in counts} == {1, 2, 3, 4}
    assert len(counts) == 5 + 10 + 10 + 5
    assert set(counts.values()) == {10}


@pytest.mark.skipif(not GROCERIES.is_dir(), reason="NINEFOLD_DATA names no folder with the groceries")
def test_the_463_rules_of_the_groceries():
    known = json.loads((GROCERIES / "reference.json").read_text())["apriori_s0.006_c0.25_minlen2"]
    with gzip.open(GROCERIES / "groceries.csv.gz", "rt", newline="") as lines:
        rows = [(int(row["basket_id"]), row["item"]) for row in csv.DictReader(lines)]
    held = {}
    for number, item in rows:
        held.setdefault(item, BitMap()).add(number)
    total = len({number for number, _item in rows})
    counts = baskets.frequent(held, least=baskets.fewest(total, 0.006))
    rules = baskets.rules(counts, total=total, confidence=0.25)
    assert len(rules) == known["rules"] == 463
    for ours, theirs in zip(rules, known["top10_lift"], strict=False):
        assert (sorted(ours.first), ours.then, ours.count) == (theirs["if"], theirs["then"], theirs["count"])
        assert (ours.confidence, ours.lift) == pytest.approx((theirs["confidence"], theirs["lift"]), abs=1e-7)


def beside(node, sku="P1", **fields):
    return alongside.report(node=node, as_of=NOW, start=START, text=sku, **fields)


def buyers(shop, count):
    return [factories.account(channel=shop) for _each in range(count)]


def views(account, *skus, minutes=1, at=NOW - dt.timedelta(days=1), **properties):
    for number, sku in enumerate(skus):
        when = at + dt.timedelta(minutes=minutes * number)
        factories.event(account=account, name="product_view", at=when, sku=sku, **properties)


TEN = [("P1", "P2")] * 4 + [("P1", "P3")] * 2 + [("P1",), ("P2",), ("P3",), ("P4", "P3")]


@pytest.mark.requirement("REP-045")
def test_for_p1_the_first_also_bought_is_p2_with_four_buyers(shop, nodes):
    for account, skus in zip(buyers(shop, 10), TEN, strict=True):
        basket(shop, *skus, account=account)
    bought = beside(nodes["g"]).bought
    assert [(each.sku, each.together) for each in bought] == [("P2", 4), ("P3", 2)]
    assert bought[0].share == pytest.approx(4 / 7)
    assert bought[0].lift == pytest.approx(4 * 10 / (7 * 5))


@pytest.mark.requirement("REP-046")
def test_for_p1_the_first_also_viewed_is_p3_with_six_viewers_and_the_bought_list_differs(shop, nodes):
    accounts = buyers(shop, 10)
    for account, skus in zip(accounts, TEN, strict=True):
        basket(shop, *skus, account=account)
    for account in accounts[:6]:
        views(account, "P1", "P3", "P1", "P3")
    for account in accounts[:2]:
        views(account, "P2", "P1", at=NOW - dt.timedelta(days=3))
    for account in accounts:
        views(account, "P1", "P9", minutes=31, at=NOW - dt.timedelta(days=5))
    found = beside(nodes["g"])
    assert [(each.sku, each.together) for each in found.viewed] == [("P3", 6), ("P2", 2)]
    assert found.viewed[0].sku != found.bought[0].sku


def test_a_session_that_the_channel_names_is_one_however_long_it_is_silent(shop, nodes):
    for account in buyers(shop, 2):
        views(account, "P1", "P2", minutes=90, session=f"s-{account.pk}")
        views(account, "P1", session="a", at=NOW - dt.timedelta(hours=9))
        views(account, "P3", session="b", at=NOW - dt.timedelta(hours=9))
    assert [each.sku for each in beside(nodes["g"]).viewed] == ["P2"]


def test_a_person_counts_once_and_a_sale_of_nobody_is_one_buyer(shop, nodes):
    one, two = buyers(shop, 2)
    two.member = one.member
    two.save()
    for account in (one, two, two):
        basket(shop, "P1", account=account)
        basket(shop, "P2", account=account)
    assert beside(nodes["g"]).bought == []
    basket(shop, "P1", "P2")
    assert [each.together for each in beside(nodes["g"]).bought] == [2]


def test_an_article_is_found_by_part_of_its_name(shop, nodes):
    for account, skus in zip(buyers(shop, 10), TEN, strict=True):
        basket(shop, *skus, account=account)
    OrderLine.objects.filter(sku="P2").update(name="Green tea, 100 g")
    found = beside(nodes["g"], sku="green TEA")
    assert (found.sku, found.name, found.matches) == ("P2", "Green tea, 100 g", [("P2", "Green tea, 100 g")])
    assert [each.sku for each in found.bought] == ["P1"]


def test_of_an_article_that_nobody_knows_there_is_nothing(shop, nodes):
    found = beside(nodes["g"], sku="?")
    assert (found.bought, found.viewed) == ([], [])
    assert [table.rows for table in found.tables()] == [[], []]
