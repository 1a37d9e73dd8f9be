"""GET of a sale: how it stands, and the points that come of it by the plans, with their day."""

import pytest

from campaigns.models import TillOperation
from members.actions import earning
from members.models import Order, Posting, Programme
from tests import factories, statements
from tests.campaigns.counter import problem
from tests.campaigns.offering import DAY, NOW
from tests.campaigns.till import selling
from tests.campaigns.till.pricing import clock, till
from tests.members import plans
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(nodes):
    """A point for each yuan, to be spent after a week; growth at once."""
    club = purses.book(code="club", organization=nodes["g"], pending_days=7)
    growth = purses.book(code="growth", organization=nodes["g"], kind="growth", unit="growth")
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    return plans.published(programme, rules=[plans.rule(club, 1), plans.rule(growth, 2)], starts_at=NOW - DAY)


def asked(cashier, number: str = "N1", store: str = "s1"):
    return cashier.get(selling.address(number=number, store=store))


def sold(cashier, account=None, **more) -> dict:
    oneid = account.member.oneid if account else ""
    return selling.sell(cashier, "100.40", cash="100.40", oneid=oneid, **more)


def settled() -> int:
    """As the worker does, of all orders; how many postings."""
    return earning.settle(keys=set(Order.objects.values_list("channel_id", "external_id")), now=NOW)


def points(told: dict) -> list[tuple]:
    return [(each["book"], each["amount"], each["given"], each.get("ready_at")) for each in told["points"]]


def test_a_sale_tells_the_points_to_come_with_their_day_and_then_that_they_are_given(cashier, account, plan):
    committed = sold(cashier, account)
    now, later = "2026-01-15T20:00:00+08:00", "2026-01-22T20:00:00+08:00"
    told = asked(cashier).json()
    assert points(told) == [("club", "100", "0", later), ("growth", "200", "0", now)]
    assert (told["state"], told["total"], told["committed_at"]) == ("committed", "100.40", now)
    assert told["proof"] == committed["proof"]
    assert settled() == 2
    assert points(asked(cashier).json()) == [("club", "100", "100", later), ("growth", "200", "200", now)]
    assert Posting.objects.count() == 2


def test_what_comes_back_lessens_them(cashier, account, plan):
    selling.sell(cashier, "60.00", "40.00", cash="100.00", oneid=account.member.oneid)
    assert settled() == 2
    body = {"key": "r1", "number": "R1", "lines": [{"line": 2, "quantity": "1"}]}
    assert cashier.post(selling.address("returns"), body).status_code == 200
    assert [each[:3] for each in points(asked(cashier).json())] == [
        ("club", "60", "100"), ("growth", "120", "200"),
    ]  # fmt: skip


def test_what_waits_for_the_goods_has_days_and_no_day(cashier, account, nodes):
    club = purses.book(code="club", organization=nodes["g"], pending_days=3, waits_from="completed")
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    plans.published(programme, rules=[plans.rule(club, 1)], starts_at=NOW - DAY)
    sold(cashier, account)
    [told] = asked(cashier).json()["points"]
    assert (told["days"], "ready_at" in told) == (3, False)
    Order.objects.update(status="completed", version_at=NOW + DAY)
    [told] = asked(cashier).json()["points"]
    assert (told.get("days", 0), told["ready_at"]) == (0, "2026-01-19T20:00:00+08:00")


def test_a_guest_gets_none_and_an_open_or_held_sale_has_none(cashier, account, plan, monkeypatch):
    sold(cashier)
    assert "points" not in asked(cashier).json()
    selling.put(cashier, "10.00", number="N2", oneid=account.member.oneid)
    assert (asked(cashier, "N2").json()["state"], "points" in asked(cashier, "N2").json()) == ("open", False)
    selling.hold(cashier, "10.00", number="N3", oneid=account.member.oneid)
    held = asked(cashier, "N3").json()
    assert (held["state"], held["held_until"], held["total"]) == (
        "held", "2026-01-15T20:15:00+08:00", "10.00",
    )  # fmt: skip
    clock(monkeypatch, NOW + DAY)
    over = asked(cashier, "N3").json()
    assert (over["state"], "held_until" in over) == ("open", False)


def test_it_is_asked_where_the_sale_is(cashier, account, plan, nodes, pos):
    sold(cashier, account)
    assert problem(asked(cashier, "N9")) == (404, "order-unknown")
    assert problem(asked(cashier, store="s4")) == (400, "invalid")
    above = till(pos, organization=nodes["g"])
    assert asked(above).json() == asked(cashier).json()
    assert problem(asked(above, store="s2")) == (404, "order-unknown")
    other = till(
        factories.channel(organization=nodes["s1"], code="pos-2", kind="pos"), organization=nodes["s1"]
    )
    assert problem(asked(other)) == (404, "order-unknown")


def test_asking_writes_nothing_and_takes_as_many_statements_for_many_lines(cashier, account, plan):
    counts = []
    for number, lines in (("N1", 1), ("N2", 5)):
        selling.sell(
            cashier, *["10.00"] * lines, cash=f"{lines}0.00", number=number, oneid=account.member.oneid
        )
        with statements.counted() as sent:
            assert asked(cashier, number).status_code == 200
        counts.append(len(sent))
        assert not [each for each in sent if each.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert counts[0] == counts[1]
    assert TillOperation.objects.count() == 2
