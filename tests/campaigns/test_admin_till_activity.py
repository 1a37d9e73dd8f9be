"""The desk of the tills: each store's day, what is stuck, whether an operation happened; each dealer his own."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import selling
from tests.campaigns.till.pricing import clock
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
MAY = "campaigns.view_tillorder"


@pytest.fixture
def till_at():
    return "g"


@pytest.fixture
def desk(client, nodes):
    """What somebody of a node sees."""

    def look(code: str, **asked):
        client.force_login(factories.staff(organization=nodes[code], permissions=MAY))
        return client.get(reverse("admin:till_activity"), asked)

    return look


def stores(page) -> dict[str, tuple]:
    return {
        row["store"].code: (row["store"].sales, row["sums"], row["store"].held, row["store"].open)
        for row in page.context["stores"]
    }


def test_each_store_tells_its_day(cashier, desk, monkeypatch, nodes):
    selling.sell(cashier, "300.00", number="Y1", cash="300.00")
    clock(monkeypatch, NOW + 24 * 60 * MINUTE)
    selling.sell(cashier, "100.00", number="N1", cash="100.00")
    selling.sell(cashier, "0.50", number="N2", cash="0.50")
    selling.hold(cashier, "70.00", number="N3")
    selling.put(cashier, "80.00", number="N4")
    selling.sell(cashier, "9.00", number="N5", store="s4", cash="9.00")

    assert stores(desk("g")) == {"s1": (2, ["100.50 CNY"], 1, 1), "s4": (1, ["9.00 CNY"], 0, 0)}
    assert stores(desk("d1")) == {"s1": (2, ["100.50 CNY"], 1, 1)}


def test_what_is_held_for_too_long_is_told_with_what_it_keeps_from_others(
    cashier, desk, monkeypatch, nodes, pos
):
    account = factories.account(channel=pos)
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    purses.earn(account, book, 100)
    coupon = vouchers.claim(
        vouchers.template(
            organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000) | {"limits": {"stack": 2}}
        ),
        account,
    )
    money = pots.budget(organization=nodes["g"], amount=100)
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off() | {"shares": {money: 10_000}},))
    selling.hold(
        cashier, "300.00", number="LONG", seconds=86_400, oneid=account.member.oneid, coupons=[coupon.code],
        pays=[{"book": "card", "amount": "20.00"}],
    )  # fmt: skip
    selling.hold(cashier, "50.00", number="OVER", seconds=60)
    clock(monkeypatch, NOW + 20 * MINUTE)
    selling.hold(cashier, "50.00", number="FRESH")

    clock(monkeypatch, NOW + 31 * MINUTE)
    page = desk("d1")

    assert [(sale.number, over) for sale, _held, over in page.context["stuck"]] == [
        ("OVER", True),
        ("LONG", False),
    ]
    assert page.context["stuck"][1][1] == [
        f"coupon {coupon.template.name} (••••••{coupon.code[-4:]})",
        "the customer's 20.00 CNY (Card)",
        f"50.00 CNY of the budget “{money.name}” for “5000 off”",
    ]
    text = page.content.decode()
    assert coupon.code not in text
    assert account.member.oneid not in text
    assert desk("d2").context["stuck"] == []


def test_an_operation_is_found_by_its_key_by_those_whose_sale_it_is(cashier, desk):
    selling.sell(cashier, "300.00", cash="300.00", key="till-7:812")

    page = desk("d1", key="till-7:812").content.decode()
    assert "It happened:" in page
    assert "300.00" in page
    assert "sale N1" in page
    for code, key in (("d2", "till-7:812"), ("d1", "till-7:813"), ("d1", "\x00")):
        assert "It happened:" not in desk(code, key=key).content.decode()
    assert "Nothing happened under the key till-7:813" in desk("d1", key="till-7:813").content.decode()


def test_a_sale_is_found_by_its_number_at_ones_own_stores(cashier, desk):
    selling.put(cashier, "1.00", number="N9", store="s4")

    assert "/tillorder/" in desk("g", sale="N9")["Location"]
    assert "No till of your stores knows a sale N9" in desk("d1", sale="N9").content.decode()


@pytest.mark.parametrize(
    ("said", "told"),
    [(8, "at least 8 minutes fast"), (-3, "at least 3 minutes slow"), (0.5, ""), (None, "")],
)
def test_a_till_whose_clock_is_off_is_told(cashier, desk, said, told):
    more = {} if said is None else {"at": (NOW + said * MINUTE).isoformat()}
    selling.sell(cashier, "1.00", cash="1.00", **more)

    assert [row["clock"] for row in desk("s1").context["stores"]] == [told]


def test_without_the_permission_or_a_place_there_is_nothing(client, nodes):
    for who in ({"organization": nodes["g"]}, {"permissions": MAY}):
        client.force_login(factories.staff(**who))
        assert client.get(reverse("admin:till_activity")).status_code == 403


def test_the_desk_costs_the_same_whatever_the_number_of_stores(cashier, client, nodes):
    client.force_login(factories.staff(organization=nodes["g"], permissions=MAY))

    def asked(*stores) -> int:
        for store in stores:
            selling.hold(cashier, "5.00", number=store, store=store, seconds=60)
        client.get(reverse("admin:till_activity"))
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("admin:till_activity"))
        return len(found)

    assert asked("s1") == asked("s2", "s3", "s4")
