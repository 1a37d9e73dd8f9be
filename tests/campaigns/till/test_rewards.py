"""What a sale brings: given with it, promised only if it can be given, set aside while it is held."""

from decimal import Decimal

import pytest

from campaigns.models import Coupon, Packet, Reward, TillOrder
from members.models import Event, Membership, Order, Posting
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import selling
from tests.campaigns.till.pricing import quote
from tests.campaigns.till.rewards import ARTICLE, POINTS, giving, published, sold, states
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db


@pytest.fixture
def packets(nodes):
    return purses.book(code="red", organization=nodes["g"], kind="red_packet", unit="CNY", scale=2)


@pytest.mark.requirement("CMP-038")
def test_50_points_are_an_entry_of_the_activity_and_draw_50_fen(cashier, nodes, account, club):
    money = pots.budget(organization=nodes["g"], amount=100)
    published(nodes["g"], giving(POINTS, shares={money: 10_000}))
    [told] = sold(cashier, account=account)
    assert told == {
        "offer": "SUMMER-1", "kind": "points", "what": "club", "amount": "50", "state": "given", "when": "now",
    }  # fmt: skip
    posting = Reward.objects.get().posting
    assert (posting.verb, posting.amount, posting.reason, posting.account) == ("earn", 50, "SUMMER", account)
    assert purses.available(account, club) == 50
    assert pots.standing(money) == (10_000, 0, 50, 9_950)


@pytest.mark.requirement("CMP-030")
def test_from_300_on_a_gift_is_a_line_of_one_piece_at_price_0(cashier, nodes):
    published(nodes["g"], giving(ARTICLE))
    assert quote(cashier, "320.00")["gifts"] == [
        {"offer": "SUMMER-1", "sku": "G1", "quantity": "1", "amount": "0.00", "choices": ["G1"]}
    ]
    [told] = sold(cashier, "320.00", pay="320.00")
    assert (told["state"], told["what"], told["amount"], told["order"]) == ("given", "G1", "1", "N1#gift")
    line = Order.objects.get(external_id="N1#gift").lines.get()
    assert (line.sku, line.quantity, line.unit_price, line.amount) == ("G1", 1, 0, 0)
    assert sold(cashier, "299.99", pay="299.99", number="N2") == []


@pytest.mark.requirement("CMP-039")
def test_goods_as_a_reward_are_an_order_of_nothing_that_no_measure_of_purchases_counts(
    cashier, nodes, account
):
    published(nodes["g"], giving(ARTICLE))
    sold(cashier, account=account)
    gift = Order.objects.get(external_id="N1#gift")
    assert (gift.amount, gift.reward, gift.status, gift.account) == (0, True, "paid", account)
    assert gift.attribution == {"order": "N1", "activities": ["SUMMER"]}
    assert list(Order.objects.bought()) == [Order.objects.get(external_id="N1")]
    assert Event.objects.filter(name="order.paid").count() == Membership.objects.count() == 1


def test_goods_go_to_guests_and_what_needs_somebody_does_not(cashier, nodes, club, packets):
    vouchers.template(organization=nodes["g"], code="FIFTY")
    forms = (
        ARTICLE, POINTS, {"kind": "cash", "amount": 500}, {"kind": "packet", "least": 1, "most": 9},
        {"kind": "multiplier", "book": "club", "times": 20_000, "worth": 100},
        {"kind": "voucher", "template": "FIFTY", "worth": 5_000},
    )  # fmt: skip
    published(nodes["g"], *(giving(form) for form in forms))
    assert [each["kind"] for each in sold(cashier)] == ["goods"]
    refused = [
        each
        for each in quote(cashier, "300.00", explain=True)["offers"]
        if each["offer"][:6] == "SUMMER" and each["state"] == "refused"
    ]
    assert {each["reason"] for each in refused} == {"guest"}
    assert len(refused) == 5


def test_a_coupon_is_issued_and_its_code_told(cashier, nodes, account):
    template = vouchers.template(organization=nodes["g"], code="FIFTY", quota=10, per_person=None)
    published(nodes["g"], giving({"kind": "voucher", "template": "FIFTY", "count": 2, "worth": 5_000}))
    [told] = sold(cashier, account=account)
    codes = set(Coupon.objects.values_list("code", flat=True))
    assert (told["state"], told["amount"], set(told["coupons"])) == ("given", "2", codes)
    assert len(codes) == 2
    assert set(Coupon.objects.values_list("account", "state")) == {(account.pk, "claimed")}
    assert vouchers.standing(template) == (2, 0)
    assert Event.objects.filter(name="coupon.granted").count() == 2


def test_coupons_that_are_used_up_are_not_promised(cashier, nodes, account, pos):
    template = vouchers.template(organization=nodes["g"], code="FIFTY", quota=3, per_person=None)
    published(nodes["g"], giving({"kind": "voucher", "template": "FIFTY", "count": 2, "worth": 5_000}))
    assert len(sold(cashier, account=account)) == 1
    asked = {"oneid": account.member.oneid, "explain": True}
    told = quote(cashier, "300.00", **asked)
    assert (told["rewards"], told["offers"][0]["reason"]) == ([], "no_budget")
    assert sold(cashier, account=account, number="N2") == []
    assert vouchers.standing(template) == (2, 0)


def test_whoever_has_as_many_coupons_as_one_may_have_is_promised_no_more(cashier, nodes, account, pos):
    vouchers.template(organization=nodes["g"], code="FIFTY", per_person=1)
    published(nodes["g"], giving({"kind": "voucher", "template": "FIFTY", "worth": 5_000}))
    mate = factories.account(channel=pos, member=account.member)
    assert [len(sold(cashier, account=account, number=number)) for number in ("N1", "N2")] == [1, 0]
    assert Coupon.objects.get().account in (account, mate)


def test_fixed_red_packets_go_into_the_nearest_book_of_red_packets(cashier, nodes, account, packets):
    near = purses.book(code="near", organization=nodes["s1"], kind="red_packet", unit="CNY", scale=2)
    published(nodes["g"], giving({"kind": "cash", "amount": 888}))
    [told] = sold(cashier, account=account)
    assert (told["kind"], told["what"], told["amount"], told["state"]) == ("cash", "near", "8.88", "given")
    assert purses.available(account, near) == Decimal("8.88")


def test_without_a_book_for_them_red_packets_are_not_promised(cashier, nodes, account):
    purses.book(code="usd", organization=nodes["g"], kind="red_packet", unit="USD", scale=2)
    purses.book(code="far", organization=nodes["b2"], kind="red_packet", unit="CNY", scale=2)
    published(nodes["g"], giving({"kind": "cash", "amount": 888}))
    assert sold(cashier, account=account) == []


def test_a_random_packet_lies_between_its_bounds_and_is_told(cashier, nodes, account, packets):
    published(nodes["g"], giving({"kind": "packet", "least": 100, "most": 200}))
    [told] = sold(cashier, account=account)
    assert Decimal(1) <= Decimal(told["amount"]) <= Decimal(2)
    assert purses.available(account, packets) == Decimal(told["amount"])


@pytest.mark.requirement("CMP-034")
def test_a_hundred_packets_from_a_budget_of_200_are_drawn_to_the_cent(cashier, nodes, account, packets):
    money = pots.budget(organization=nodes["g"], amount=200)
    form = {"kind": "packet", "least": 1, "most": 20_000, "total": 20_000, "count": 100}
    published(nodes["g"], giving(form, shares={money: 10_000}, limits={"every": True}))
    amounts = list(Packet.objects.values_list("amount", flat=True))
    assert (len(amounts), sum(amounts), min(amounts) >= 1) == (100, 20_000, True)
    [told] = sold(cashier, "11700.00", pay="11700.00", account=account)
    assert Packet.objects.filter(reward=None).count() == 61
    for number in range(61):
        [told] = sold(cashier, account=account, number=f"M{number}")
    assert told["state"] == "given"
    assert purses.available(account, packets) == Decimal(200)
    assert pots.standing(money) == (20_000, 0, 20_000, 0)
    assert sold(cashier, account=account, number="LAST") == []


def test_several_rewards_of_one_sale_are_given_together(cashier, nodes, account, club, packets):
    published(nodes["g"], giving(POINTS), giving({"kind": "cash", "amount": 500}), giving(ARTICLE))
    assert {each["kind"]: each["state"] for each in sold(cashier, account=account)} == {
        "points": "given", "cash": "given", "goods": "given",
    }  # fmt: skip
    assert (purses.available(account, club), Posting.objects.filter(verb="earn").count()) == (50, 2)
    assert purses.faults() == []


def test_what_a_held_sale_will_bring_is_set_aside_and_comes_free_again(cashier, nodes, account, packets):
    template = vouchers.template(organization=nodes["g"], code="FIFTY", quota=1)
    form = {"kind": "packet", "least": 1, "most": 200, "total": 200, "count": 1}
    published(nodes["g"], giving({"kind": "voucher", "template": "FIFTY", "worth": 5_000}), giving(form))
    told = selling.hold(cashier, "300.00", oneid=account.member.oneid)
    assert len(told["quote"]["rewards"]) == 2
    assert (vouchers.standing(template), Packet.objects.filter(reward=None).count()) == ((1, 0), 0)
    assert {state for state, *_more in states()} == {"held"}
    assert quote(cashier, "300.00", oneid=account.member.oneid)["rewards"] == []
    cashier.post(selling.address("cancel"), {"key": "x"})
    assert (vouchers.standing(template), Packet.objects.filter(reward=None).count()) == ((0, 0), 1)
    assert not Reward.objects.exists()
    assert len(sold(cashier, account=account, number="N2")) == 2


def test_what_is_held_is_given_whatever_is_used_up_meanwhile(cashier, nodes, account, club):
    vouchers.template(organization=nodes["g"], code="FIFTY", quota=1)
    version = published(
        nodes["g"], giving(POINTS), giving({"kind": "voucher", "template": "FIFTY", "worth": 5_000})
    )
    selling.hold(cashier, "300.00", oneid=account.member.oneid)
    offering.activities.stop(version=version, reason="wrong", by=offering.author(), now=NOW)
    body = {"key": "c", "payments": [{"method": "cash", "amount": "300.00"}]}
    told = cashier.post(selling.address("commit"), body).json()
    assert [each["state"] for each in told["rewards"]] == ["given", "given"]
    assert TillOrder.objects.get().state == "committed"


def test_a_sale_without_rewards_asks_nothing_more(cashier, nodes, account, django_assert_max_num_queries):
    published(nodes["g"], off())
    selling.sell(cashier, "300.00", cash="250.00", oneid=account.member.oneid)
    with django_assert_max_num_queries(40) as asked:
        selling.sell(cashier, "300.00", cash="250.00", number="N2", oneid=account.member.oneid)
    assert not any("campaigns_reward" in each["sql"] or "campaigns_packet" in each["sql"] for each in asked)
