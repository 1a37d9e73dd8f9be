"""Cards that customers get, use, give on and delete, as WeChat and malls tell it."""

import itertools

import pytest

from campaigns.models import Coupon, ToldCoupon
from members.models import Event
from members.models.event import SettledBefore
from tests.campaigns.telling import brought, card, everything, known, owned, read, sale, verdicts
from tests.campaigns.vouchers import standing, state, template
from tests.identity import company
from tests.identity.company import accept, take_back
from tests.members.ledger.purses import merge

GOT, USED = card("user_get_card", "a1", on=16), card("user_consume_card", "a1", on=18)
GIVEN, FRIEND = card("user_gifting_card", "a1", on=17), card("user_get_card", "a2", on=19)
DELETED = card("user_del_card", "a1", on=20)


@pytest.fixture
def nodes(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return company.build()


@pytest.fixture
def people(nodes):
    return known("a1", channel="app"), known("a2", channel="app")


@pytest.fixture
def coupon(nodes, people):
    return brought(template(organization=nodes["b1"]), "C1")[0]


def tell(*records) -> None:
    for each in records:
        accept(each)
        read()


@pytest.mark.requirement("IDN-024")
def test_a_card_that_is_got_and_then_used_is_claimed_and_then_redeemed(people, coupon):
    tell(GOT)
    assert (state(coupon), coupon.account, coupon.claim_channel.code) == ("claimed", people[0], "app")
    tell(USED)
    assert (state(coupon), coupon.channel.code) == ("redeemed", "app")
    told = Event.objects.filter(name__startswith="coupon.").order_by("id").values_list("name", flat=True)
    assert list(told) == ["coupon.claimed", "coupon.redeemed"]


@pytest.mark.requirement("IDN-024")
def test_a_card_that_is_deleted_is_withdrawn(people, coupon):
    tell(GOT, DELETED)
    assert (state(coupon), coupon.reason) == ("withdrawn", "deleted")


@pytest.mark.requirement("IDN-024")
@pytest.mark.parametrize("told", list(itertools.permutations([GOT, GIVEN, FRIEND])))
def test_a_card_given_to_a_friend_is_the_friends_in_any_order(nodes, people, told):
    coupon = owned(template(organization=nodes["b1"]), people[0])
    tell(*told)
    assert (state(coupon), coupon.account) == ("claimed", people[1])
    assert {each[1] for each in verdicts()} == {"honoured"}
    tell(card("user_consume_card", "a2", on=21))
    assert state(coupon) == "redeemed"


def test_a_card_is_got_by_nobody_else_unless_it_was_given(people, coupon):
    tell(GOT, FRIEND)
    assert (state(coupon), coupon.account) == ("claimed", people[0])
    assert verdicts() == [("got", "honoured", ""), ("got", "refused", "others")]


@pytest.mark.parametrize("told", list(itertools.permutations([GOT, USED, DELETED])))
def test_in_any_order_of_arrival_it_ends_redeemed_by_its_customer(people, coupon, told):
    tell(*told)
    assert (state(coupon), coupon.account, coupon.reason) == ("redeemed", people[0], "")
    assert {each[1:] for each in verdicts()} == {("honoured", "")}


def test_told_again_nothing_changes(people, coupon):
    tell(GOT, USED)
    before = everything()
    tell(GOT, USED, GOT)
    read(again=True)
    assert everything() == before


def test_an_event_that_waits_for_its_account_counts_once_that_comes(nodes):
    ours = template(organization=nodes["b1"])
    [coupon] = brought(ours, "C1")
    tell(GOT)
    assert (state(coupon), verdicts()) == ("made", [("got", "waiting", "account")])
    known("a1", channel="app")
    read()
    assert (state(coupon), verdicts()) == ("claimed", [("got", "honoured", "")])


def test_a_card_under_a_code_of_the_channels_own_is_a_coupon_of_the_named_template(nodes, people):
    ours = template(organization=nodes["b1"], code="CARD-1", quota=1)
    tell(card("user_get_card", "a1", on=16, card="CARD-1"))
    made = ours.coupons.get()
    assert (made.code, made.state, made.account, standing(ours)[0]) == ("C1", "claimed", people[0], 1)
    tell(
        card("user_get_card", "a2", on=17, code="C2", card="CARD-1"),
        card("user_get_card", "a2", on=18, code="C3"),
    )
    assert verdicts() == [("got", "honoured", ""), ("got", "refused", "quota"), ("got", "refused", "unknown")]
    assert Coupon.objects.count() == 1


def test_no_more_cards_than_one_may_have(nodes, people, coupon):
    merge(*people)
    brought(coupon.template, "C2")
    tell(GOT, card("user_get_card", "a2", on=19, code="C2"))
    assert verdicts() == [("got", "honoured", ""), ("got", "refused", "enough")]


def test_a_card_used_at_a_till_and_the_order_of_that_till_tell_of_one_use(nodes, people, coupon):
    tell(GOT, USED, sale("SO-1", "a1", channel="app", on=18))
    assert (state(coupon), coupon.order_key) == ("redeemed", "")
    assert {each[1:] for each in verdicts()} == {("honoured", "")}
    tell(sale("SO-1", "a1", channel="app", on=19, status="cancelled"))
    assert state(coupon) == "claimed"
    read(again=True)
    assert state(coupon) == "claimed"


def test_undoing_an_import_of_cards_takes_back_what_they_did(nodes, people, coupon):
    before = everything()[0]
    run = company.brought(GOT, USED)
    read()
    assert state(coupon) == "redeemed"
    take_back(run)
    read()
    assert (everything()[0], verdicts()) == (before, [])
    tell(GOT)
    assert state(coupon) == "claimed"


@pytest.mark.parametrize("undone", [(USED,), (DELETED,), (GIVEN, FRIEND)])
def test_undoing_one_of_them_leaves_the_card_as_it_was(people, coupon, undone):
    tell(GOT)
    coupon.refresh_from_db()
    before = coupon.__dict__ | {"_state": None}
    run = company.brought(*undone)
    read()
    coupon.refresh_from_db()
    assert coupon.__dict__ | {"_state": None} != before
    take_back(run)
    read()
    coupon.refresh_from_db()
    assert coupon.__dict__ | {"_state": None} == before


def test_undoing_a_card_of_the_channels_own_ends_it_and_it_may_come_again(nodes, people):
    ours = template(organization=nodes["b1"], code="CARD-1")
    told = card("user_get_card", "a1", on=16, card="CARD-1")
    run = company.brought(told)
    read()
    take_back(run)
    read()
    made = ours.coupons.get()
    assert (made.state, made.reason) == ("withdrawn", "undone")
    tell(told)
    assert (state(made), made.account) == ("claimed", people[0])


def test_what_the_coupon_outlived_stays_with_a_reason(nodes, people, coupon):
    run = company.brought(GOT)
    read()
    tell(USED)
    take_back(run)
    read()
    assert state(coupon) == "redeemed"
    assert ToldCoupon.objects.get(kind="got").reason == "late"
