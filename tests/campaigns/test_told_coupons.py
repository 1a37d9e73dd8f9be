"""Codes that imported orders name."""

import itertools

import pytest
from django.db import IntegrityError, transaction

from campaigns.actions import coupon_uses, coupons, told_coupons
from campaigns.models import Coupon, ToldCoupon
from config import privacy
from members.models import Channel, Event, Member, Order
from members.models.event import SettledBefore
from tests.campaigns.offering import DAY, NOW, author
from tests.campaigns.telling import brought, everything, known, owned, read, sale, verdicts
from tests.campaigns.vouchers import standing, state, template
from tests.connections import at_once
from tests.identity import company
from tests.identity.company import accept, returned, take_back
from tests.killing import killed_before
from tests.members.ledger.purses import merge, split

PAID, COMPLETED = sale(), sale(on=21, status="completed")
CANCELLED = sale(on=22, status="cancelled")


@pytest.fixture
def nodes(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return company.build()


@pytest.fixture
def buyer(nodes):
    return known("t1")


@pytest.mark.requirement("CMP-007")
def test_a_code_that_an_imported_order_names_is_redeemed_through_the_orders_channel(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"]), buyer)
    accept(sale())
    read()
    assert state(coupon) == "redeemed"
    order = Order.objects.get()
    assert (coupon.channel.code, coupon.order_key, coupon.redeemed_at) == ("tmall", "T-1", order.occurred_at)
    assert coupon.organization == order.organization
    assert verdicts() == [("order", "honoured", "")]
    told = Event.objects.get(name="coupon.redeemed")
    assert (told.account, told.channel.code, told.properties["order"]) == (buyer, "tmall", "T-1")


def test_imported_again_nothing_changes(nodes, buyer):
    owned(template(organization=nodes["b1"]), buyer)
    accept(sale())
    read()
    before = everything()
    accept(sale(), COMPLETED, sale())
    read(again=True)
    assert everything() == before


def test_an_order_that_is_not_paid_yet_uses_nothing_up(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"]), buyer)
    accept(sale(on=19, status="created"))
    read()
    assert (state(coupon), verdicts()) == ("claimed", [("order", "waiting", "unpaid")])
    accept(PAID)
    read()
    assert (state(coupon), verdicts()) == ("redeemed", [("order", "honoured", "")])


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"coupons": ["NOBODYHASIT"]}, "unknown"), ({"account": "t2"}, "others"), ({"account": None}, "others"),
        ({"number": "T-2"}, "used"), ({"on": 40}, "over"), ({"on": 10}, "early"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_leaves_the_coupon_and_says_why(nodes, buyer, told, reason):
    coupon = owned(template(organization=nodes["b1"], valid_until=NOW + 10 * DAY), buyer)
    known("t2")
    if reason == "used":
        accept(sale(on=19))
        read()
    coupon.refresh_from_db()
    before = coupon.__dict__ | {"_state": None}
    accept(sale(**told))
    read()
    coupon.refresh_from_db()
    assert coupon.__dict__ | {"_state": None} == before
    finding = ToldCoupon.objects.get(state="refused")
    assert finding.reason == reason


def test_what_is_for_another_place_or_opens_a_ticket_is_no_part_of_an_order(nodes, buyer):
    elsewhere = owned(template(organization=nodes["s1"]), buyer)
    service = owned(template(organization=nodes["b1"], kind="service", per_person=None), buyer, "C2")
    accept(sale(coupons=["C1", "C2"]))
    read()
    assert (state(elsewhere), state(service)) == ("claimed", "claimed")
    assert sorted(verdicts()) == [("order", "refused", "place"), ("order", "refused", "service")]


def test_a_coupon_that_expired_after_the_order_was_good_then(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"], valid_until=NOW + 10 * DAY), buyer)
    coupons.expire(now=NOW + 10 * DAY)
    assert state(coupon) == "expired"
    accept(PAID)
    read()
    assert (state(coupon), coupon.ended_at) == ("redeemed", None)


def test_a_gift_without_stock_is_a_finding(nodes, buyer):
    gift = template(organization=nodes["b1"], kind="gift", stock=0)
    coupon = owned(gift, buyer)
    accept(PAID)
    read()
    assert (state(coupon), verdicts()) == ("claimed", [("order", "refused", "stock")])
    assert standing(gift)[1] == 0


@pytest.mark.parametrize(
    ("later", "reason"), [(CANCELLED, "cancelled"), (returned("R-1", "T-1", channel="tmall", on=23), "returned")]
)  # fmt: skip
def test_a_cancelled_or_returned_order_gives_the_coupon_back_if_its_template_says_so(
    nodes, buyer, later, reason
):
    back = owned(template(organization=nodes["b1"]), buyer)
    kept = owned(template(organization=nodes["b1"], returnable=False), buyer, "C2")
    both = {"coupons": ["C1", "C2"]} if "coupons" in later else {}
    accept(sale(coupons=["C1", "C2"]))
    read()
    accept(later | both)
    read()
    assert (state(back), state(kept)) == ("claimed", "redeemed")
    assert sorted(verdicts()) == [("order", "back", reason), ("order", "honoured", "")]
    before = everything()
    accept(later | both)
    read(again=True)
    assert everything() == before


def test_goods_that_come_back_in_part_leave_the_coupon_used(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"]), buyer)
    lines = [{"line": n, "sku": f"S{n}", "quantity": "1", "unit_price": "50"} for n in (1, 2)]
    accept(sale(lines=lines), returned("R-1", "T-1", channel="tmall", on=23, refund="50.00"))
    read()
    assert state(coupon) == "redeemed"
    other = [{"line": 2, "quantity": "1", "refund": "50.00"}]
    accept(returned("R-2", "T-1", channel="tmall", on=24) | {"lines": other})
    read()
    assert state(coupon) == "claimed"


def test_an_order_that_stands_again_uses_its_coupon_again(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"]), buyer)
    for each in (PAID, CANCELLED, sale(on=23)):
        accept(each)
        read()
    assert (state(coupon), verdicts()) == ("redeemed", [("order", "honoured", "")])


@pytest.mark.parametrize(
    "told", list(itertools.permutations([PAID, COMPLETED, returned("R-1", "T-1", channel="tmall", on=23)]))
)
def test_in_any_order_of_arrival_the_end_is_the_same(nodes, buyer, told):
    coupon = owned(template(organization=nodes["b1"]), buyer)
    for each in told:
        accept(each)
        read()
    assert (state(coupon), verdicts()) == ("claimed", [("order", "back", "returned")])


def test_an_order_may_come_before_its_coupon_and_before_its_customer(nodes):
    accept(sale())
    read()
    assert verdicts() == [("order", "waiting", "account")]
    ours = template(organization=nodes["b1"], claim_from=NOW - 20 * DAY)
    brought(ours, "C1")
    read(again=True)
    known("t1")
    read(again=True)
    assert verdicts() == [("order", "honoured", "")]
    assert ours.coupons.get().state == "redeemed"


def test_a_guest_uses_a_printed_code_and_an_unknown_one_is_looked_at_again(nodes):
    accept(sale(account=None))
    read()
    assert verdicts() == [("order", "refused", "unknown")]
    [coupon] = brought(template(organization=nodes["b1"]), "c-1")
    read(again=True)
    assert (state(coupon), coupon.account, verdicts()) == ("redeemed", None, [("order", "honoured", "")])


def test_undoing_the_import_gives_the_coupon_back(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"], returnable=False), buyer)
    run = company.brought(PAID)
    read()
    assert state(coupon) == "redeemed"
    take_back(run)
    read()
    assert (state(coupon), verdicts()) == ("claimed", [])
    accept(PAID)
    read()
    assert state(coupon) == "redeemed"


def test_undoing_an_import_of_guests_gives_the_codes_back(nodes):
    [coupon] = brought(template(organization=nodes["b1"]), "C1")
    run = company.brought(sale(account=None))
    read()
    assert state(coupon) == "redeemed"
    take_back(run)
    read(again=True)
    assert (state(coupon), verdicts()) == ("made", [])


def test_who_turns_out_to_be_one_person_is_honoured_and_parting_moves_nothing(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"]), other := known("m1", channel="mall"))
    accept(PAID)
    read()
    assert verdicts() == [("order", "refused", "others")]
    merge(other, buyer)
    read(again=True)
    assert state(coupon) == "redeemed"
    before = everything()
    split(other, buyer)
    accept(COMPLETED)
    read(again=True)
    assert everything() == before
    assert coupon.account == other


def test_what_a_till_redeemed_and_gave_back_is_not_used_again(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"]), buyer)
    till = {"organization": nodes["b1"], "channel": Channel.objects.get(code="tmall"), "now": NOW}
    coupon_uses.redeem(codes=["C1"], order_key="T-1", account=buyer, **till)
    accept(PAID)
    read()
    assert verdicts() == [("order", "honoured", "")]
    coupon_uses.give_back(codes=["C1"], now=NOW)
    accept(COMPLETED)
    read(again=True)
    assert (state(coupon), verdicts()) == ("claimed", [("order", "back", "elsewhere")])


def test_an_erased_person_leaves_the_coupon_with_its_order_and_nothing_told(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"]), buyer)
    accept(PAID)
    read()
    privacy.hang_up_all()
    company.erase(Member.objects.get(accounts=buyer))
    read(again=True)
    assert (state(coupon), ToldCoupon.objects.count()) == ("redeemed", 0)


@pytest.mark.django_db(transaction=True)
def test_a_till_and_an_import_at_once_use_the_coupon_once():
    nodes = company.build()
    buyer = known("t1")
    coupon = owned(template(organization=nodes["b1"]), buyer)
    accept(PAID)
    pos = Channel.objects.get(code="pos")
    till = {
        "organization": nodes["s1"],
        "channel": pos,
        "order_key": "SO-1",
        "account": buyer,
        "now": NOW + DAY,
    }
    _read, sold = at_once(
        lambda: told_coupons.follow(now=company.NOW), lambda: coupon_uses.redeem(codes=["C1"], **till)
    )
    read()
    assert state(coupon) == "redeemed"
    assert Event.objects.filter(name="coupon.redeemed").count() == 1
    if isinstance(sold, coupon_uses.NotUsable):
        assert (coupon.channel.code, verdicts()) == ("tmall", [("order", "honoured", "")])
    else:
        assert (coupon.channel.code, verdicts()) == ("pos", [("order", "refused", "used")])


@pytest.mark.django_db(transaction=True)
def test_killed_before_any_statement_it_is_redeemed_once():
    nodes = company.build()
    coupon = owned(template(organization=nodes["b1"]), known("t1"))
    accept(PAID)
    number = 1
    while killed_before(number, lambda: told_coupons.follow(now=company.NOW)):
        assert (state(coupon), ToldCoupon.objects.count()) in (("claimed", 0), ("redeemed", 1))
        number += 1
    assert number > 8
    assert (state(coupon), verdicts()) == ("redeemed", [("order", "honoured", "")])
    assert Event.objects.filter(name="coupon.redeemed").count() == 1


def test_the_database_refuses_a_verdict_without_its_reason(nodes, buyer):
    accept(PAID)
    read()
    with pytest.raises(IntegrityError, match="told_coupon_why_not"), transaction.atomic():
        ToldCoupon.objects.update(state="refused", reason="")
    with pytest.raises(IntegrityError, match="told_coupon_honoured_by_one"), transaction.atomic():
        ToldCoupon.objects.update(state="honoured", reason="", coupon=None)


def test_the_database_lets_nothing_rise_that_ended_before(nodes, buyer):
    coupon = owned(template(organization=nodes["b1"], valid_until=NOW + DAY), buyer)
    coupons.expire(now=NOW + DAY)
    used = {"state": "redeemed", "ended_at": None, "organization": nodes["b1"], "redeemed_at": NOW + DAY}
    with pytest.raises(IntegrityError, match="cannot become"), transaction.atomic():
        Coupon.objects.filter(pk=coupon.pk).update(**used)
    other = owned(template(organization=nodes["b1"]), buyer, "C2")
    coupons.withdraw(coupon=other, reason="a mistake", by=author(), now=NOW)
    with pytest.raises(IntegrityError, match="cannot become"), transaction.atomic():
        Coupon.objects.filter(pk=other.pk).update(state="claimed", ended_at=None, reason="")
