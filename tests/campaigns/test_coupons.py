"""Coupons: opened by two people, claimed within quota and window, given, handed out by code, withdrawn, over."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from campaigns.actions import coupon_templates, coupon_uses, coupons
from campaigns.models import Coupon, CouponCounter, CouponTemplate
from campaigns.queries import coupons as read
from campaigns.queries import live
from members.models import AccessRecord, Event
from tests import factories
from tests.campaigns import vouchers
from tests.campaigns.offering import DAY, NOW, approver, author, off, staff
from tests.campaigns.pots import budget
from tests.campaigns.vouchers import brought, claim, standing, state, template
from tests.connections import at_once
from tests.members.ledger.purses import accounts, merge, split

HOUR = dt.timedelta(hours=1)


def of(kind, found) -> int:
    return sum(isinstance(each, kind) for each in found)


@pytest.mark.requirement("MEM-030")
def test_of_a_quota_of_100_each_member_gets_one_and_the_101st_none(nodes):
    ours = template(organization=nodes["g"], quota=100, per_person=1)
    people = accounts(101, organization=nodes["g"])
    for account in people[:100]:
        claim(ours, account)
    with pytest.raises(coupons.Enough, match="1 for each person"):
        claim(ours, people[0])
    with pytest.raises(coupons.UsedUp, match="all have been given, 0 are left"):
        claim(ours, people[100])
    assert standing(ours) == (100, 0)
    assert Coupon.objects.filter(template=ours, state="claimed").values("account").distinct().count() == 100


@pytest.mark.requirement("MEM-030")
@pytest.mark.parametrize(
    ("hours", "refused"), [(-1, "can be claimed from"), (0, ""), (23, ""), (24, "any more")]
)
def test_coupons_are_claimed_within_their_window(nodes, hours, refused):
    ours = template(organization=nodes["g"], claim_from=NOW, claim_until=NOW + DAY)
    [account] = accounts(1, organization=nodes["g"])
    if refused:
        with pytest.raises(coupons.NotNow, match=refused):
            claim(ours, account, now=NOW + hours * HOUR)
    else:
        assert claim(ours, account, now=NOW + hours * HOUR).state == "claimed"


@pytest.mark.django_db(transaction=True)
def test_the_last_coupons_are_given_once_however_many_ask():
    group = factories.organization()
    ours = template(organization=group, quota=3)
    found = at_once(
        *(lambda account=account: claim(ours, account) for account in accounts(8, organization=group))
    )
    assert (of(Coupon, found), of(coupons.UsedUp, found)) == (3, 5)
    assert standing(ours) == (3, 0) == (Coupon.objects.count(), 0)


@pytest.mark.django_db(transaction=True)
def test_a_person_gets_one_however_many_of_his_accounts_ask_at_once():
    group = factories.organization()
    ours, his = template(organization=group), accounts(4, organization=group)
    merge(*his)
    found = at_once(*(lambda account=account: claim(ours, account) for account in his))
    assert (of(Coupon, found), of(coupons.Enough, found)) == (1, 3)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_one_claim():
    group = factories.organization()
    ours, [account] = template(organization=group, per_person=None), accounts(1, organization=group)
    found = at_once(*(lambda: claim(ours, account, key="mini-1") for _ in range(4)))
    assert len({each.pk for each in found}) == 1
    assert standing(ours)[0] == 1


@pytest.mark.django_db(transaction=True)
def test_a_printed_code_is_for_the_first_who_brings_it():
    group = factories.organization()
    [coupon] = brought(template(organization=group), "C1")
    people = accounts(4, organization=group)
    found = at_once(
        *(
            lambda account=account: coupons.claim_code(code="c-1", account=account, now=NOW)
            for account in people
        )
    )
    assert (of(Coupon, found), of(coupons.NotYours, found)) == (1, 3)
    coupon.refresh_from_db()
    assert coupon.account in people


@pytest.mark.requirement("CMP-019")
def test_a_coupon_code_bound_to_a_member_is_refused_to_another(nodes):
    ours = template(organization=nodes["g"])
    his, other = accounts(2, organization=nodes["g"])
    [sent] = coupons.grant(template=ours, accounts=[his], key="card", by=author(), now=NOW)
    code = Coupon.objects.get(pk=sent).code
    with pytest.raises(coupons.NotYours, match=f"The coupon {code} is somebody else's"):
        coupons.claim_code(code=code, account=other, now=NOW)
    assert coupons.claim_code(code=code, account=his, now=NOW).account == his


def test_a_merged_person_has_the_coupons_of_all_accounts_and_an_undo_gives_each_back(nodes):
    ours = template(organization=nodes["g"])
    first, second = accounts(2, organization=nodes["g"])
    mine, theirs = claim(ours, first), claim(ours, second)
    merge(first, second)
    first.refresh_from_db()
    assert set(read.of_member(member=first.member)) == {mine, theirs}
    with pytest.raises(coupons.Enough):
        claim(ours, second)
    assert coupons.claim_code(code=theirs.code, account=first, now=NOW).account == second
    split(first, second)
    first.refresh_from_db()
    assert list(read.of_member(member=first.member)) == [mine]
    with pytest.raises(coupons.NotYours):
        coupons.claim_code(code=theirs.code, account=first, now=NOW)


def test_a_key_is_used_for_one_claim(nodes):
    ours, [first, second] = template(organization=nodes["g"]), accounts(2, organization=nodes["g"])
    assert claim(ours, first, key="a") == claim(ours, first, key="a")
    with pytest.raises(coupons.KeyReused):
        claim(ours, second, key="a")
    with pytest.raises(coupons.KeyReused):
        claim(template(organization=nodes["g"]), first, key="a")
    assert Event.objects.filter(name="coupon.claimed").count() == 1


def test_a_campaign_gives_each_person_one_and_asked_again_nobody_more(nodes):
    ours = template(organization=nodes["g"], quota=3, claim_from=NOW + DAY)
    people = accounts(4, organization=nodes["g"])
    merge(*people[:2])
    told = {"template": ours, "accounts": people, "key": "campaign-7", "now": NOW, "by": author()}
    assert len(coupons.grant(**told)) == 3
    assert coupons.grant(**told) == []
    assert standing(ours) == (3, 0)
    assert Event.objects.filter(name="coupon.granted").count() == 3
    [fifth] = accounts(1, organization=nodes["g"])
    with pytest.raises(coupons.UsedUp):
        coupons.grant(**(told | {"accounts": [fifth], "key": "other"}))


def test_its_days_are_counted_from_the_claim_to_the_end_of_the_last(nodes, settings):
    [account] = accounts(1, organization=nodes["g"])
    seven = claim(template(organization=nodes["g"], valid_days=7), account)
    assert seven.valid_from == NOW
    zone = dt.timezone(dt.timedelta(hours=8))
    assert seven.valid_until == dt.datetime(2026, 1, 23, tzinfo=zone)
    capped = claim(template(organization=nodes["g"], valid_days=7, valid_until=NOW + DAY), account)
    assert capped.valid_until == NOW + DAY
    later = claim(template(organization=nodes["g"], valid_from=NOW + DAY, valid_days=1), account)
    assert (later.valid_from, later.valid_until) == (NOW + DAY, dt.datetime(2026, 1, 18, tzinfo=zone))
    with pytest.raises(coupons.NotNow, match="good for nothing"):
        claim(template(organization=nodes["g"], valid_until=NOW), account)


def test_what_is_over_expires_and_what_a_till_holds_does_not(nodes):
    ours = template(organization=nodes["g"], valid_until=NOW + DAY)
    first, second = accounts(2, organization=nodes["g"])
    free, held = claim(ours, first), claim(ours, second)
    [printed] = brought(ours, "P1")
    coupon_uses.hold(codes=[held.code], held_by="s1/1", now=NOW, store=nodes["s1"], account=second)
    assert coupons.expire(now=NOW + DAY - HOUR) == 0
    assert coupons.expire(now=NOW + DAY) == 2
    assert [state(each) for each in (free, printed, held)] == ["expired", "expired", "held"]
    assert Event.objects.filter(name="coupon.expired").count() == 1
    coupon_uses.free(held_by="s1/1", now=NOW + DAY)
    assert coupons.expire(now=NOW + DAY) == 1
    assert coupons.expire(now=NOW + DAY) == 0
    with pytest.raises(coupons.NotNow, match="is over"):
        coupons.claim_code(code="P1", account=first, now=NOW + DAY)


def test_a_coupon_is_withdrawn_for_a_reason_and_not_while_held(nodes):
    ours, [account] = template(organization=nodes["g"]), accounts(1, organization=nodes["g"])
    coupon = claim(ours, account)
    with pytest.raises(coupons.Refused, match="Say why"):
        coupons.withdraw(coupon=coupon, reason="", by=author(), now=NOW)
    coupon_uses.hold(codes=[coupon.code], held_by="s1/1", now=NOW, store=nodes["s1"], account=account)
    with pytest.raises(coupons.NotNow, match="at a till just now"):
        coupons.withdraw(coupon=coupon, reason="typed twice", by=author(), now=NOW)
    coupon_uses.free(held_by="s1/1", now=NOW)
    assert coupons.withdraw(coupon=coupon, reason="typed twice", by=author(), now=NOW).reason == "typed twice"
    assert claim(ours, account).state == "claimed"


def test_a_template_is_opened_by_somebody_else_and_stays_as_it_is(nodes):
    ours = vouchers.drafted(organization=nodes["g"], code="SPRING")
    with pytest.raises(coupon_templates.Refused, match="another person has to open"):
        coupon_templates.open_(template=ours, by=author(), now=NOW)
    coupon_templates.edit(template=ours, by=staff("changer"), now=NOW, quota=5)
    with pytest.raises(coupon_templates.Refused, match="another person has to open"):
        coupon_templates.open_(template=ours, by=staff("changer"), now=NOW)
    opened = coupon_templates.open_(template=ours, by=approver(), now=NOW)
    assert (opened.state, opened.counter.quota) == ("open", 5)
    rows = CouponTemplate.objects.filter(pk=ours.pk)
    for change in ({"quota": 6}, {"state": "draft"}, {"organization": nodes["b1"]}):
        with pytest.raises(DatabaseError, match=r"stays as it is|opened_by_two"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(coupon_templates.Refused, match="this needs one that is draft"):
        coupon_templates.edit(template=ours, by=author(), now=NOW, quota=6)
    assert AccessRecord.objects.filter(action="coupon_template.opened", user=approver()).count() == 1


def test_a_closed_template_is_claimed_no_more_and_its_coupons_stay_good(nodes):
    ours, [first, second] = template(organization=nodes["g"]), accounts(2, organization=nodes["g"])
    coupon = claim(ours, first)
    coupon_templates.close(template=ours, reason="too dear", by=author(), now=NOW)
    with pytest.raises(coupons.NotNow, match="it is not open"):
        claim(ours, second)
    assert list(read.usable(member=first.member, store=nodes["s1"], now=NOW)) == [coupon]
    assert [each.trigger.coupon for each in live.rules(store=nodes["s1"], at=NOW).offers] == [ours.code]
    with pytest.raises(DatabaseError, match="of an open template"), transaction.atomic():
        Coupon.objects.create(template=ours, code="X", made_at=NOW)


def test_an_offer_of_a_coupon_is_priced_where_it_can_be_used(nodes):
    ours = template(organization=nodes["b1"], code="SPRING")
    [offer] = live.rules(store=nodes["s1"], at=NOW).offers
    assert (offer.code, offer.trigger.coupon) == ("coupon:SPRING", "SPRING")
    assert live.rules(store=nodes["s4"], at=NOW).offers == ()
    assert ours.frozen["trigger"]["coupon"] == "SPRING"


def test_a_quota_is_extended_by_a_second_person_and_never_below_what_is_out(nodes):
    ours = template(organization=nodes["g"], quota=1)
    first, second = accounts(2, organization=nodes["g"])
    claim(ours, first)
    told = {"template": ours, "reason": "more visitors", "now": NOW}
    with pytest.raises(coupon_templates.Refused, match="another person"):
        coupon_templates.extend(quota=2, by=author(), **told)
    with pytest.raises(coupon_templates.Refused, match="1 coupons are out"):
        coupon_templates.extend(quota=0, by=approver(), **told)
    assert coupon_templates.extend(quota=2, by=approver(), **told).quota == 2
    claim(ours, second)


def test_a_template_that_means_nothing_is_refused(nodes):
    faults = {
        "form: ": {"form": {"kind": "gold"}},
        "return can't give|after says": {"execution": "return"},
        "There is no goods set": {"trigger": {"goods": {"sets": ["none"]}}},
    }
    for message, fields in faults.items():
        with pytest.raises(coupon_templates.Refused, match=message):
            vouchers.drafted(organization=nodes["g"], **(off() | fields))
    with pytest.raises(TypeError, match="frozen"):
        vouchers.drafted(organization=nodes["g"], frozen={})
    for fields in (
        {"quota": 1, "stock": 1},
        {"valid_days": 0},
        {"per_person": 0},
        {"claim_until": NOW - 2 * DAY},
    ):
        with pytest.raises(ValidationError):
            vouchers.drafted(organization=nodes["g"], **fields)
    unfinished = vouchers.drafted(organization=nodes["g"], **(off() | {"limits": None}))
    with pytest.raises(coupon_templates.Refused, match="It lacks limits"):
        coupon_templates.open_(template=unfinished, by=approver(), now=NOW)
    with pytest.raises(IntegrityError, match="coupon_template_all_four"), transaction.atomic():
        CouponTemplate.objects.filter(pk=unfinished.pk).update(
            state="open", approved_by=approver(), opened_at=NOW
        )


def test_who_pays_for_a_coupon_adds_up(nodes):
    ours = budget(organization=nodes["g"])
    half = vouchers.drafted(organization=nodes["g"], shares={ours: 5_000})
    with pytest.raises(coupon_templates.Refused, match="add up to 5000"):
        coupon_templates.open_(template=half, by=approver(), now=NOW)
    with (
        pytest.raises(IntegrityError, match="add up to 10000 basis points, not to 5000"),
        transaction.atomic(),
    ):
        CouponTemplate.objects.filter(pk=half.pk).update(
            state="open", approved_by=approver(), opened_at=NOW, frozen={}
        )
    coupon_templates.edit(template=half, by=author(), now=NOW, shares={ours: 10_000})
    assert coupon_templates.open_(template=half, by=approver(), now=NOW).state == "open"


LAWFUL = {
    "made": {"claimed", "held", "redeemed", "expired", "withdrawn"},
    "claimed": {"held", "redeemed", "expired", "withdrawn"},
    "held": {"made", "claimed", "redeemed"},
    "redeemed": {"made", "claimed"},
    "expired": set(),
    "withdrawn": set(),
}  # fmt: skip


@pytest.mark.parametrize("before", LAWFUL)
def test_the_database_lets_a_coupon_go_lawful_ways_only(nodes, before):
    ours, [account] = template(organization=nodes["g"]), accounts(1, organization=nodes["g"])
    facts = {
        "made": {"account": None, "claimed_at": None},
        "claimed": {},
        "held": {"held_by": "s1/1"},
        "redeemed": {"redeemed_at": NOW, "organization": nodes["s1"]},
        "expired": {"ended_at": NOW},
        "withdrawn": {"ended_at": NOW, "reason": "over"},
    }
    blank = {
        "held_by": "", "redeemed_at": None, "organization": None, "ended_at": None, "reason": "",
    }  # fmt: skip
    for after in LAWFUL:
        owned = (
            {} if "made" in (before, after) else {"account": account, "claimed_at": NOW, "valid_from": NOW}
        )
        start = "claimed" if owned else "made"
        coupon = Coupon.objects.create(
            template=ours, code=f"{before}{after}", made_at=NOW, state=start, **owned
        )
        rows = Coupon.objects.filter(pk=coupon.pk)
        if before not in ("made", "claimed"):
            rows.update(state=before, **(blank | facts[before]))
        elif before == "claimed" and after == "made":
            rows.update(state="claimed", account=account, claimed_at=NOW, valid_from=NOW)
        change = {"state": after, **blank, **facts[after]}
        if (before, after) == ("made", "claimed"):
            change |= {"account": account, "claimed_at": NOW, "valid_from": NOW}
        if before == "claimed" and after == "made":
            change = {"state": after, **blank}
        if after in LAWFUL[before] and not (before == "held" and after == "claimed" and not owned):
            assert rows.update(**change) == 1, (before, after)
        else:
            with pytest.raises(DatabaseError, match="cannot become"), transaction.atomic():
                rows.update(**change)


def test_the_database_keeps_the_facts_of_a_state(nodes):
    ours, [account] = template(organization=nodes["g"]), accounts(1, organization=nodes["g"])
    coupon = claim(ours, account)
    rows = Coupon.objects.filter(pk=coupon.pk)
    faults = {
        "coupon_held_by_an_order": {"state": "held"},
        "coupon_redeemed_somewhere": {"state": "redeemed", "redeemed_at": NOW},
        "coupon_ended_once": {"state": "withdrawn", "ended_at": NOW},
        "keeps its template": {"state": "held", "held_by": "x", "code": "other"},
        "its owner": {"state": "held", "held_by": "x", "account": accounts(1, organization=nodes["g"])[0]},
        "its days": {"state": "held", "held_by": "x", "valid_until": NOW + 99 * DAY},
    }
    for message, change in faults.items():
        with pytest.raises(DatabaseError, match=message), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        rows._raw_delete("default")
    for broken in ({"issued": 1, "quota": 0}, {"given": 1, "stock": 0}):
        with pytest.raises(IntegrityError, match=r"within_(quota|stock)"), transaction.atomic():
            CouponCounter.objects.filter(pk=ours.pk).update(**broken)
    with pytest.raises(DatabaseError, match="begins as made or claimed"), transaction.atomic():
        Coupon.objects.create(template=ours, code="X", made_at=NOW, state="expired", ended_at=NOW)
