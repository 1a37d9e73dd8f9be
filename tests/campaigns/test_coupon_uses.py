"""What tills do with coupons: hold, free, redeem, give back; gifts; service vouchers."""

import pytest

from campaigns.actions import coupon_uses, coupons, vouchers
from campaigns.models import Coupon
from campaigns.offers import pricing
from campaigns.queries import coupons as read
from campaigns.queries import live
from identity.queries import lookup
from members.actions import postings, tickets
from members.models import Event, EventCursor, Ticket
from tests import factories
from tests.campaigns import making, offering
from tests.campaigns.offering import DAY, NOW, author
from tests.campaigns.vouchers import brought, claim, standing, state, template
from tests.connections import at_once
from tests.members.ledger.purses import accounts, merge


def of(kind, found) -> int:
    return sum(isinstance(each, kind) for each in found)


def redeem(coupon, store, channel, *, order="SO-1", account=None, **more):
    told = {
        "codes": [coupon.code], "organization": store, "channel": channel, "order_key": order, "now": NOW,
        "account": account or coupon.account,
    }  # fmt: skip
    return coupon_uses.redeem(**(told | more))


@pytest.mark.requirement("CMP-006")
def test_a_till_looks_a_member_up_by_phone_sees_his_coupon_and_redeems_it_once(nodes, app):
    his = making.reachable(channel=app, phone="+8613988776655")
    coupons.claim_code(code=brought(template(organization=nodes["g"]), "C1")[0].code, account=his, now=NOW)
    asked = lookup.asked(kind="phone", value="+8613988776655", namespace="", channel=app.code)
    member = lookup.carrier(**asked, node=nodes["g"])
    [seen] = read.usable(member=member, store=nodes["s1"], now=NOW)
    assert seen.code == "C1"
    till = factories.channel(organization=nodes["s1"], code="till")
    [used] = redeem(seen, nodes["s1"], till, account=his, staff="Li Lei")
    assert (used.state, used.organization, used.staff, used.redeemed_at) == (
        "redeemed",
        nodes["s1"],
        "Li Lei",
        NOW,
    )
    with pytest.raises(coupon_uses.NotUsable, match="The coupon C1 was used on 2026-01-15"):
        redeem(seen, nodes["s1"], till, account=his, order="SO-2")
    assert list(read.usable(member=member, store=nodes["s1"], now=NOW)) == []


@pytest.mark.requirement("CMP-021")
def test_claimed_in_the_mini_program_and_redeemed_at_the_till_both_channels_stand(nodes):
    mini = factories.channel(organization=nodes["g"], code="mini")
    till = factories.channel(organization=nodes["s1"], code="till")
    ours, account = template(organization=nodes["g"]), factories.account(channel=mini)
    coupon = claim(ours, account, channel=mini)
    redeem(coupon, nodes["s1"], till)
    claim(ours, factories.account(channel=mini), channel=mini)
    assert read.flows(template=ours) == [read.Flow("mini", "till", 1), read.Flow("mini", "", 1)]
    told = Event.objects.filter(name__startswith="coupon.", account=account).order_by("id")
    assert [(each.name, each.channel.code) for each in told] == [
        ("coupon.claimed", "mini"), ("coupon.redeemed", "till"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_tills_with_one_last_coupon_one_gets_it():
    tree = factories.tree()
    till, [account] = factories.channel(organization=tree["s1"]), accounts(1, organization=tree["g"])
    coupon = claim(template(organization=tree["g"]), account)
    found = at_once(
        *(
            lambda order=order: redeem(coupon, tree["s1"], till, order=order)
            for order in ("SO-1", "SO-2", "SO-3")
        )
    )
    assert (of(list, found), of(coupon_uses.NotUsable, found)) == (1, 2)
    coupon.refresh_from_db()
    assert Event.objects.filter(name="coupon.redeemed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_baskets_with_the_same_coupons_in_another_order_do_not_wait_for_ever():
    tree = factories.tree()
    ours, [account] = template(organization=tree["g"], per_person=None), accounts(1, organization=tree["g"])
    codes = [claim(ours, account).code for _ in range(6)]

    def hold(order, codes):
        return coupon_uses.hold(codes=codes, held_by=order, now=NOW, store=tree["s1"], account=account)

    for round_ in range(3):
        found = at_once(
            lambda round_=round_: hold(f"a{round_}", codes),
            lambda round_=round_: hold(f"b{round_}", codes[::-1]),
        )
        assert (of(list, found), of(coupon_uses.NotUsable, found)) == (1, 1)
        for order in (f"a{round_}", f"b{round_}"):
            coupon_uses.free(held_by=order, now=NOW)
    assert set(Coupon.objects.values_list("state", flat=True)) == {"claimed"}


def test_what_an_order_holds_is_its_own_until_it_frees_or_redeems_it(nodes, app):
    account = factories.account(channel=app)
    coupon = claim(template(organization=nodes["g"], valid_until=NOW + DAY), account)
    told = {"codes": [coupon.code], "now": NOW, "store": nodes["s1"], "account": account}
    assert coupon_uses.hold(held_by="s1/1", **told) == coupon_uses.hold(held_by="s1/1", **told)
    with pytest.raises(coupon_uses.NotUsable, match="at a till just now"):
        coupon_uses.hold(held_by="s1/2", **told)
    assert coupon_uses.free(held_by="s1/2", now=NOW) == []
    [freed] = coupon_uses.free(held_by="s1/1", now=NOW)
    assert (freed.state, freed.held_by) == ("claimed", "")
    coupon_uses.hold(held_by="s1/1", **told)
    [used] = redeem(coupon, nodes["s1"], app, held_by="s1/1", now=NOW + 2 * DAY)
    assert used.state == "redeemed"


def test_redeeming_again_for_the_same_order_is_the_same_and_a_return_gives_it_back(nodes, app):
    coupon = claim(template(organization=nodes["g"]), factories.account(channel=app))
    assert redeem(coupon, nodes["s1"], app) == redeem(coupon, nodes["s1"], app)
    [back] = coupon_uses.give_back(codes=[coupon.code], now=NOW)
    assert (back.state, back.order_key, back.redeemed_at) == ("claimed", "", None)
    assert coupon_uses.give_back(codes=[coupon.code], now=NOW)[0].state == "claimed"
    names = Event.objects.filter(name__startswith="coupon.").order_by("id").values_list("name", flat=True)
    assert list(names) == ["coupon.claimed", "coupon.redeemed", "coupon.given_back"]


def test_it_is_used_by_its_person_where_and_while_it_is_good(nodes, app):
    ours = template(organization=nodes["b1"], valid_from=NOW, valid_until=NOW + DAY)
    his, mate, other = (factories.account(channel=app) for _ in range(3))
    coupon = claim(ours, his)
    merge(his, mate)
    faults = {
        "somebody else's": {"account": other},
        "is for B1": {"organization": nodes["s4"]},
        "is over": {"now": NOW + DAY},
        "cannot be used yet": {"now": NOW - DAY},
    }
    for message, change in faults.items():
        with pytest.raises(coupon_uses.NotUsable, match=message):
            redeem(coupon, **({"store": nodes["s1"], "channel": app} | change))
    with pytest.raises(coupons.Unknown):
        redeem(Coupon(code="NONE"), nodes["s1"], app)
    assert redeem(coupon, nodes["s1"], app, account=mate)[0].account == his


def test_a_guest_may_use_a_printed_code_and_no_claimed_one(nodes, app):
    ours = template(organization=nodes["g"])
    [printed] = brought(ours, "P1")
    claimed = claim(ours, factories.account(channel=app))
    told = {"now": NOW, "store": nodes["s1"]}
    coupon_uses.hold(codes=["P1"], held_by="s1/1", **told)
    coupon_uses.free(held_by="s1/1", now=NOW)
    assert state(printed) == "made"
    assert redeem(printed, nodes["s1"], app)[0].account is None
    with pytest.raises(coupon_uses.NotUsable, match="somebody else's"):
        coupon_uses.hold(codes=[claimed.code], held_by="s1/2", **told)


@pytest.mark.requirement("CMP-036")
def test_a_gift_voucher_takes_a_gift_of_ten_and_none_of_none(nodes, app):
    ours = template(organization=nodes["g"], kind="gift", stock=10, per_person=None)
    account = factories.account(channel=app)
    coupon = claim(ours, account)
    rules = live.rules(store=nodes["s1"], at=NOW)
    basket = offering.basket(coupons=read.for_basket(member=account.member, store=nodes["s1"], now=NOW))
    [gift] = pricing.quote(basket, rules.compiled).gifts
    assert (gift.sku, gift.quantity, gift.price) == ("G1", 1000, 0)
    redeem(coupon, nodes["s1"], app)
    assert 10 - standing(ours)[1] == 9
    for number in range(9):
        redeem(claim(ours, account), nodes["s1"], app, order=f"SO-{number + 2}")
    late = claim(ours, account)
    with pytest.raises(coupon_uses.OutOfStock, match="no gift is left"):
        redeem(late, nodes["s1"], app, order="SO-99")
    assert (standing(ours)[1], state(late)) == (10, "claimed")
    coupon_uses.give_back(codes=[coupon.code], now=NOW)
    assert redeem(late, nodes["s1"], app, order="SO-99")[0].state == "redeemed"


@pytest.mark.django_db(transaction=True)
def test_the_last_gift_is_set_aside_for_one_till():
    tree = factories.tree()
    ours, people = template(organization=tree["g"], kind="gift", stock=2), accounts(5, organization=tree["g"])
    held = {account: claim(ours, account) for account in people}

    def hold(account):
        told = {"held_by": f"s1/{account.pk}", "now": NOW, "store": tree["s1"], "account": account}
        return coupon_uses.hold(codes=[held[account].code], **told)

    found = at_once(*(lambda account=account: hold(account) for account in people))
    assert (of(list, found), of(coupon_uses.OutOfStock, found)) == (2, 3)
    for account in people:
        coupon_uses.free(held_by=f"s1/{account.pk}", now=NOW)
    assert standing(ours)[1] == 0


def followed() -> None:
    """To the end of the log, with what following itself tells."""
    while vouchers.follow(now=NOW):
        pass


@pytest.mark.django_db(transaction=True)
def test_the_reader_of_the_log_stands_behind_all_it_has_seen_whatever_that_was(nodes, app):
    claim(template(organization=nodes["g"]), factories.account(channel=app))
    assert (vouchers.follow(now=NOW), vouchers.follow(now=NOW)) == (1, 0)
    assert EventCursor.objects.get(reader="vouchers").event_id == Event.objects.latest("id").pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("CMP-037")
def test_a_service_voucher_opens_a_ticket_and_is_free_again_when_that_is_cancelled(nodes, app):
    account = factories.account(channel=app)
    coupon = claim(template(organization=nodes["g"], kind="service", name="AC cleaning"), account)
    told = {"code": coupon.code, "account": account, "channel": app, "organization": nodes["s1"], "now": NOW}
    ticket = vouchers.redeem(external_id="T-1", **told)
    assert (ticket.kind, ticket.state, state(coupon), coupon.ticket) == ("care", "filed", "redeemed", ticket)
    assert vouchers.redeem(external_id="T-1", **told) == ticket
    with pytest.raises(coupon_uses.NotUsable, match="was used on"):
        vouchers.redeem(external_id="T-2", **told)
    tickets.cancel(ticket=ticket, reason="no longer needed", now=NOW)
    followed()
    assert (state(coupon), coupon.ticket) == ("claimed", None)
    with pytest.raises(coupon_uses.NotUsable, match="was opened without it"):
        vouchers.redeem(external_id="T-1", **told)
    assert vouchers.redeem(external_id="T-2", **told).state == "filed"
    assert Ticket.objects.count() == 2


def test_a_service_voucher_is_nothing_for_a_basket_and_a_coupon_nothing_for_a_ticket(nodes, app):
    his, other = (factories.account(channel=app) for _ in range(2))
    service = claim(template(organization=nodes["g"], kind="service"), his)
    coupon = claim(template(organization=nodes["g"]), his)
    with pytest.raises(coupon_uses.NotUsable, match="by opening a service ticket"):
        redeem(service, nodes["s1"], app)
    told = {"account": his, "channel": app, "external_id": "T-1", "organization": nodes["s1"], "now": NOW}
    with pytest.raises(coupon_uses.NotUsable, match="is for no service"):
        vouchers.redeem(code=coupon.code, **told)
    with pytest.raises(coupon_uses.NotUsable, match="not this customer's"):
        vouchers.redeem(code=service.code, **(told | {"account": other}))
    tickets.file(
        channel=app, external_id="T-1", kind="care", account=his, organization=nodes["s1"], now=NOW, by=author()
    )  # fmt: skip
    with pytest.raises(postings.KeyReused):
        vouchers.redeem(code=service.code, **(told | {"text": "another"}))
    assert [each.code for each in read.for_basket(member=his.member, store=nodes["s1"], now=NOW)] == [
        coupon.code
    ]
