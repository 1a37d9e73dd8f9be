"""A sale at a till, told from the first line to the last operation; freed where it is stuck."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from campaigns.actions.till import freeing, told_returns
from campaigns.models import OfferUse, TillOrder
from config import roles
from members.models import Order
from tests import factories, statements
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import returns, selling
from tests.campaigns.till.pricing import clock, till
from tests.connections import at_once
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
LIST = "admin:campaigns_tillorder_changelist"


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["g"], code="pos", kind="pos", name="Tills")


@pytest.fixture
def cashier(pos, nodes, monkeypatch):
    clock(monkeypatch, NOW)
    return till(pos, organization=nodes["g"])


@pytest.fixture
def manager(client, nodes):
    roles.create()
    found = factories.staff(organization=nodes["d1"], role="store manager")
    client.force_login(found)
    return found


@pytest.fixture
def account(pos):
    return factories.account(channel=pos)


def page(number: str = "N1", name: str = "change") -> str:
    return reverse(f"admin:campaigns_tillorder_{name}", args=[TillOrder.objects.get(number=number).pk])


def test_a_sale_is_told_whole(client, manager, cashier, account, nodes, monkeypatch):
    money = pots.budget(organization=nodes["g"], amount=100)
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    points = off() | {"execution": "add", "form": {"kind": "points", "book": "club", "amount": 50, "worth": 50}, "name": "Fifty points"}  # fmt: skip
    summer = offering.published(
        organization=nodes["g"],
        code="SUMMER",
        offers=(
            off() | {"shares": {money: 10_000}, "name": "Summer"},
            points,
            off(threshold=90_000) | {"name": "Too far"},
        ),
    )
    template = vouchers.template(
        organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000) | {"limits": {"stack": 2}}
    )
    coupon = vouchers.claim(template, account)
    asked = {"oneid": account.member.oneid, "coupons": [coupon.code]}
    selling.hold(cashier, "200.00", "100.00", **asked)
    clock(monkeypatch, NOW + MINUTE)
    offering.activities.stop(version=summer, reason="wrong", by=offering.approver(), now=NOW + MINUTE)
    cashier.post(selling.address("commit"), {"key": "c-1", "cashier": "Li", "payments": [{"method": "cash", "amount": "240.00"}]})  # fmt: skip

    told = client.get(page())

    text, seen = told.content.decode(), told.context
    assert [line["net"] for line in seen["priced"]["lines"]] == ["160.00 CNY", "80.00 CNY"]
    assert {row["name"]: str(row["state"]) for row in seen["priced"]["verdicts"]} == {
        "Summer": "applied", "Fifty points": "applied", "Too far": "nearly", "1000 off": "applied",
    }  # fmt: skip
    assert "600.00 more" in text
    assert [(each["method"], each["amount"]) for each in seen["payments"]] == [("cash", "240.00 CNY")]
    assert [(each["code"], each["coupon"].state) for each in seen["coupons"]] == [
        (f"••••••{coupon.code[-4:]}", "redeemed")
    ]
    assert [(each["amount"], each["reward"].state) for each in seen["rewards"]] == [("50", "given")]
    assert seen["proof"].number == 1
    assert [(str(each["verb"]), each["total"]) for each in seen["operations"]] == [
        ("held", "240.00 CNY"),
        ("sold", "240.00 CNY"),
    ]
    assert [(each["use"].offer, each["use"].times) for each in seen["uses"]] == [
        (each.offer, 1) for each in OfferUse.objects.order_by("id")
    ]
    assert coupon.code not in text
    assert "served by Li" in text
    assert [(each["what"], each["offer"]) for each in seen["rewards"]] == [(book.name, "Fifty points")]
    assert [each["name"] for each in seen["uses"]] == ["Summer", "Fifty points", "1000 off"]


def test_what_came_back_is_told_line_by_line(client, manager, cashier, nodes):
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))
    selling.sell(cashier, "200.00", "100.00", cash="250.00")
    returns.taken(cashier, {2: "1"}, cashier="Mei", reason="faulty")

    seen = client.get(page()).context

    assert [(each["back"].number, each["total"], each["lines"]) for each in seen["returns"]] == [
        ("R1", "83.33 CNY", ["1 × S2: 83.33 CNY"])
    ]
    assert [(each["verb"], each["total"]) for each in seen["operations"]] == [
        ("sold", "250.00 CNY"), ("taken back", "83.33 CNY"),
    ]  # fmt: skip


def test_what_only_a_file_told_of_is_told_with_what_it_leaves_to_do(client, manager, cashier, nodes):
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))
    selling.sell(cashier, "200.00", "100.00", cash="250.00")
    sale = TillOrder.objects.get()
    assert b"told-returns" not in client.get(page()).content
    order = Order.objects.get()
    returned = factories.returned(order=order, amount="83.33")
    returned.lines.create(position=1, line=2, sku="S2", quantity=1, refund="83.33")
    told_returns.note(orders={(sale.channel_id, sale.number)}, now=NOW)
    [seen] = client.get(page()).context["told_returns"]
    assert (seen["told"].number, seen["told"].undone_at) == (returned.external_id, None)
    assert (seen["lines"], seen["value"]) == ([], False)
    told_returns.undo_due(now=NOW)
    [seen] = client.get(page()).context["told_returns"]
    assert (seen["told"].undone_at, seen["lines"]) == (NOW, ["1 × S2"])


def test_a_basket_that_is_only_kept_shows_its_lines(client, manager, cashier):
    selling.put(cashier, "12.50", "3.00")
    seen = client.get(page()).context
    assert [(line["sku"], line["list"]) for line in seen["asked"]] == [
        ("S1", "12.50 CNY"),
        ("S2", "3.00 CNY"),
    ]
    assert seen["priced"] == {}


def test_amounts_have_the_digits_of_their_currency(client, manager, cashier):
    selling.sell(cashier, "1280", cash="1280", currency="JPY")
    selling.put(cashier, "1299.5", number="N2")
    selling.sell(cashier, "1299.5", cash="1299.50", number="N3")

    seen = client.get(page()).context
    assert (seen["total"], seen["payments"][0]["amount"]) == ("1,280 JPY", "1,280 JPY")
    assert seen["operations"][0]["total"] == "1,280 JPY"
    assert client.get(page("N2")).context["asked"][0]["list"] == "1,299.50 CNY"
    assert [sale.number for sale in client.get(reverse(LIST)).context["cl"].result_list] == ["N3", "N2", "N1"]
    assert "1,280 JPY" in client.get(reverse(LIST)).content.decode()
    assert "1,280 JPY" in client.get(reverse("admin:till_activity")).content.decode()


def test_value_that_pays_is_told_by_the_name_of_its_book(client, manager, cashier, account, nodes):
    card = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    purses.earn(account, card, 100)
    pays = [{"book": "card", "amount": "20.00"}]
    selling.hold(cashier, "50.00", oneid=account.member.oneid, pays=pays)

    paid = client.get(page()).context["payments"]
    assert [(each["method"], each["amount"], each["waits"]) for each in paid] == [
        (card.name, "20.00 CNY", True)
    ]
    cashier.post(selling.address("commit"), {"key": "c-1", "payments": [{"method": "cash", "amount": "30.00"}]})  # fmt: skip
    assert {each["method"] for each in client.get(page()).context["payments"]} == {card.name, "cash"}


def test_a_sale_costs_the_same_whatever_it_used_and_brought(client, manager, cashier, nodes, account):
    purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    points = {"execution": "add", "form": {"kind": "points", "book": "club", "amount": 50, "worth": 50}}
    selling.sell(cashier, "400.00", cash="400.00", number="N0", oneid=account.member.oneid)
    offering.published(organization=nodes["g"], code="ONE", offers=(off(), off() | points))
    selling.sell(cashier, "400.00", cash="350.00", number="N1", oneid=account.member.oneid)
    more = tuple(off() | points | {"name": f"More {each}"} for each in range(4))
    offering.published(organization=nodes["g"], code="MORE", offers=more)
    selling.sell(cashier, "400.00", "9.00", cash="359.00", number="N2", oneid=account.member.oneid)

    assert _statements(client, page("N2")) <= _statements(client, page("N1")) <= 40


def _statements(client, address: str) -> int:
    with statements.counted() as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_a_guests_sale_says_so(client, manager, cashier):
    selling.sell(cashier, "1.00", cash="1.00")
    assert "a guest" in client.get(page()).content.decode()


def test_what_is_stuck_is_freed_with_a_reason_and_stays_sellable(client, manager, cashier, account, nodes):
    coupon = vouchers.claim(
        vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000)), account
    )
    money = pots.budget(organization=nodes["g"], amount=100)
    capped = off() | {"shares": {money: 10_000}, "limits": {"stack": 2}}
    offering.published(organization=nodes["g"], code="SUMMER", offers=(capped,))
    selling.hold(cashier, "310.00", oneid=account.member.oneid, coupons=[coupon.code], seconds=86_400)
    assert vouchers.state(coupon) == "held"

    client.post(page(name="free"), {"reason": "  "})
    assert TillOrder.objects.get().state == "held"
    shown = client.post(page(name="free"), {"reason": "till broke down"}, follow=True).content.decode()

    assert "What it held is free" in shown
    assert TillOrder.objects.get().state == "open"
    assert vouchers.state(coupon) == "claimed"
    assert pots.standing(money)[1] == 0
    assert not OfferUse.objects.filter(returned_at=None).exists()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (manager, "freed what it held: till broke down")
    assert "holds nothing any more" in client.post(page(name="free"), {"reason": "again"}, follow=True).content.decode()  # fmt: skip
    again = {"oneid": account.member.oneid, "coupons": [coupon.code]}
    assert selling.sell(cashier, "310.00", cash="250.00", **again)["state"] == "committed"


def test_only_who_may_frees(client, cashier, nodes):
    selling.hold(cashier, "1.00")
    client.force_login(factories.staff(organization=nodes["s1"], permissions="campaigns.view_tillorder"))
    assert "Free what it holds" not in client.get(page()).content.decode()
    assert client.post(page(name="free"), {"reason": "x"}).status_code == 403
    both = "campaigns.view_tillorder campaigns.release_tillorder"
    client.force_login(factories.staff(organization=nodes["s1"], permissions=both))
    assert "Free what it holds" in client.get(page()).content.decode()
    client.force_login(factories.staff(organization=nodes["s1"]))
    for address in (page(), reverse(LIST)):
        assert client.get(address).status_code == 403
    assert client.get(page(name="free")).status_code == 405


def test_another_dealers_sales_are_not_seen(client, manager, cashier, account):
    selling.hold(cashier, "1.00", number="N1", store="s1", oneid=account.member.oneid)
    selling.hold(cashier, "1.00", number="N4", store="s4")

    assert [sale.number for sale in client.get(reverse(LIST)).context["cl"].result_list] == ["N1"]
    assert list(client.get(reverse(LIST), {"q": "N4"}).context["cl"].result_list) == []
    assert [sale.number for sale in client.get(reverse(LIST), {"q": "N1"}).context["cl"].result_list] == [
        "N1"
    ]
    assert client.get(page("N4")).status_code == 404
    assert client.get(page("N4", "history")).status_code == 404
    assert client.post(page("N4", "free"), {"reason": "x"}).status_code == 404
    assert account.member.oneid not in client.get(page("N1")).content.decode()
    assert "not known at your organization" in client.get(page("N1")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_freed_while_its_till_commits_one_of_both_happens(monkeypatch):
    nodes = factories.tree()
    clock(monkeypatch, NOW)
    cashier = till(
        factories.channel(organization=nodes["g"], code="pos", kind="pos"), organization=nodes["g"]
    )
    selling.hold(cashier, "5.00")
    sale = TillOrder.objects.select_related("store", "channel").get()
    body = {"key": "c-1", "payments": [{"method": "cash", "amount": "5.00"}]}

    found = at_once(
        lambda: freeing.free(sale=sale, now=NOW),
        lambda: cashier.post(selling.address("commit"), body).status_code,
    )

    sale.refresh_from_db()
    assert (sale.state, found[0] is None, found[1]) in [("open", True, 409), ("committed", False, 200)]


def test_the_members_page_shows_his_coupons_and_what_tills_sold_him(client, manager, cashier, account, nodes):
    template = vouchers.template(organization=nodes["g"], code="TEN", name="Ten off", per_person=2, **_ten())
    coupon, left = (vouchers.claim(template, account) for _each in range(2))
    whose = {"oneid": account.member.oneid, "coupons": [coupon.code]}
    selling.sell(cashier, "100.00", cash="90.00", **whose)
    selling.hold(cashier, "5.00", number="N4", store="s4", oneid=account.member.oneid)
    member = reverse("admin:members_member_change", args=[account.member.oneid])

    orders, rights = (client.get(member, {"tab": tab}).content.decode() for tab in ("orders", "rights"))

    assert "Ten off −10.00 CNY" in orders
    assert "N4" not in orders
    assert "Ten off" in rights
    assert f"••••••{left.code[-4:]}" in rights
    assert coupon.code not in rights
    assert "used for N1" in rights
    used = client.get(reverse("admin:campaigns_coupon_change", args=[coupon.pk])).content.decode()
    assert reverse("admin:campaigns_tillorder_change", args=[TillOrder.objects.get(number="N1").pk]) in used
    client.force_login(factories.staff(organization=nodes["d1"], permissions="members.view_member"))
    for tab in ("orders", "rights"):
        answer = client.get(member, {"tab": tab})
        shown = answer.content.decode()
        assert answer.status_code == 200
        assert "−10.00 CNY" not in shown
        assert "Ten off" not in shown


def _ten() -> dict:
    return {
        name: value
        for name, value in off(threshold=0, amount=1_000).items()
        if name not in ("name", "limits")
    } | {"limits": {"stack": 2}}
