"""Activities from their draft to their stop, and what of them tills price."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from campaigns.actions import activities, budgets, coupon_templates
from campaigns.models import ActivityOffer, ActivityVersion, BudgetShare
from members.models import AccessRecord, GoodsSet
from tests import factories
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import DAY, NOW, approver, author, live_codes, off
from tests.campaigns.pots import budget
from tests.connections import at_once
from tests.members.ledger import purses

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize("missing", ["trigger", "execution", "form", "limits"])
@pytest.mark.requirement("CMP-023")
def test_an_activity_is_not_published_if_one_of_four_is_missing(nodes, missing):
    offer = off() | {missing: "" if missing == "execution" else None}
    version = offering.drafted(organization=nodes["g"], offers=(offer,))
    with pytest.raises(activities.Refused, match=f"Offer 1, It lacks .*{missing}: an offer has all four"):
        activities.submit(version=version, by=author(), now=NOW)
    with (
        pytest.raises(IntegrityError, match=f"all four elements: offer 1 has no {missing}"),
        transaction.atomic(),
    ):
        force(version)
    version.refresh_from_db()
    assert version.state == "draft"


def force(version):
    """What somebody with a console might try."""
    row = ActivityVersion.objects.filter(pk=version.pk)
    ActivityOffer.objects.filter(version=version).update(frozen={})
    row.update(state="submitted", submitted_by=author())
    row.update(state="published", approved_by=approver(), published_at=NOW)


@pytest.mark.requirement("CMP-023")
def test_an_activity_without_an_offer_is_not_published(nodes):
    version = offering.drafted(organization=nodes["g"])
    with pytest.raises(activities.Refused, match="It has no offer"):
        activities.submit(version=version, by=author(), now=NOW)
    with pytest.raises(IntegrityError, match="it has no offer"), transaction.atomic():
        force(version)


def test_all_four_are_published_and_priced(nodes):
    version = offering.published(organization=nodes["b1"], code="SUMMER", offers=(off(),))
    assert (version.state, version.published_at, version.approved_by) == ("published", NOW, approver())
    assert live_codes(store=nodes["s1"], at=NOW) == ["SUMMER-1"]
    assert live_codes(store=nodes["s4"], at=NOW) == []
    [offer] = offering.offers_at(store=nodes["s1"], at=NOW)
    assert (offer.activity, offer.version, offer.form.amount) == ("SUMMER", 1, 5_000)
    deeds = AccessRecord.objects.filter(action__startswith="activity.").values_list("action", flat=True)
    assert {"activity.drafted", "activity.submitted", "activity.published"} <= set(deeds)


@pytest.mark.parametrize("who", ["author", "changer", "submitter"])
def test_who_wrote_or_submitted_it_cannot_approve_it(nodes, who):
    people = {name: offering.staff(name) for name in ("author", "changer", "submitter")}
    version = offering.drafted(organization=nodes["g"])
    activities.put_offer(version=version, position=1, by=people["changer"], now=NOW, **off())
    activities.submit(version=version, by=people["submitter"], now=NOW)
    with pytest.raises(activities.Refused, match="another person has to approve"):
        activities.approve(version=version, by=people[who], now=NOW)
    ActivityOffer.objects.filter(version=version).update(frozen={})
    row = ActivityVersion.objects.filter(pk=version.pk)
    with pytest.raises(IntegrityError, match="activity_version_second_person"), transaction.atomic():
        row.update(state="published", approved_by=people[who], published_at=NOW)


def test_it_begins_at_its_time_and_ends_at_its_end(nodes):
    offering.published(
        organization=nodes["g"], code="A", offers=(off(),), starts_at=NOW + DAY, ends_at=NOW + 2 * DAY
    )
    times = [NOW, NOW + DAY, NOW + 2 * DAY - HOUR, NOW + 2 * DAY]
    assert [live_codes(store=nodes["s1"], at=at) for at in times] == [[], ["A-1"], ["A-1"], []]


def test_a_start_that_has_passed_is_now(nodes):
    version = offering.drafted(organization=nodes["g"], offers=(off(),), starts_at=NOW - DAY)
    assert offering.publish(version).starts_at == NOW
    assert live_codes(store=nodes["s1"], at=NOW - HOUR) == []


def test_a_new_version_takes_over_at_its_start_and_not_before(nodes):
    first = offering.published(organization=nodes["g"], code="A", offers=(off(amount=1_000),))
    second = activities.new_version(activity=first.activity, by=author(), now=NOW)
    activities.put_offer(version=second, position=1, by=author(), now=NOW, **off(amount=2_000))
    offering.publish(second)

    def given(at):
        return [(each.version, each.form.amount) for each in offering.offers_at(store=nodes["s1"], at=at)]

    assert [given(NOW), given(NOW + DAY - HOUR), given(NOW + DAY)] == [
        [(1, 1_000)],
        [(1, 1_000)],
        [(2, 2_000)],
    ]
    first.refresh_from_db()
    assert first.closes_at == NOW + DAY


def test_a_version_that_begins_before_one_waiting_takes_its_place(nodes):
    first = offering.published(organization=nodes["g"], code="A", offers=(off(),), starts_at=NOW + 3 * DAY)
    second = activities.new_version(activity=first.activity, by=author(), now=NOW)
    offering.publish(second)
    found = offering.offers_at(store=nodes["s1"], at=NOW + 4 * DAY)
    assert [each.version for each in found] == [2]


def test_the_database_keeps_two_versions_from_being_live_together(nodes):
    first = offering.published(organization=nodes["g"], offers=(off(),))
    second = activities.new_version(activity=first.activity, by=author(), now=NOW)
    activities.submit(version=second, by=author(), now=NOW)
    ActivityOffer.objects.filter(version=second).update(frozen={})
    with pytest.raises(IntegrityError, match="activity_version_one_live"), transaction.atomic():
        ActivityVersion.objects.filter(pk=second.pk).update(
            state="published", approved_by=approver(), published_at=NOW
        )


def test_only_one_version_is_written_at_a_time(nodes):
    version = offering.drafted(organization=nodes["g"], offers=(off(),))
    with pytest.raises(activities.Refused, match="Version 1 is still being written"):
        activities.new_version(activity=version.activity, by=author(), now=NOW)


def test_a_stop_is_at_once_and_for_good(nodes):
    version = offering.published(organization=nodes["g"], code="A", offers=(off(),))
    assert live_codes(store=nodes["s1"], at=NOW + HOUR) == ["A-1"]
    with pytest.raises(activities.Refused, match="Say why"):
        activities.stop(version=version, reason=" ", by=author(), now=NOW + HOUR)
    stopped = activities.stop(version=version, reason="wrong price", by=author(), now=NOW + HOUR)
    assert (stopped.state, stopped.stop_reason, stopped.closes_at) == ("stopped", "wrong price", NOW + HOUR)
    assert live_codes(store=nodes["s1"], at=NOW + HOUR) == []
    record = AccessRecord.objects.get(action="activity.stopped")
    assert (record.user, record.reason, record.details["version"]) == (author(), "wrong price", 1)


def test_a_stop_before_the_start_lets_it_never_begin(nodes):
    version = offering.published(organization=nodes["g"], offers=(off(),), starts_at=NOW + DAY)
    activities.stop(version=version, reason="no longer wanted", by=author(), now=NOW)
    assert live_codes(store=nodes["s1"], at=NOW + 2 * DAY) == []


def test_after_a_stop_a_new_version_may_begin(nodes):
    first = offering.published(organization=nodes["g"], code="A", offers=(off(),))
    activities.stop(version=first, reason="wrong price", by=author(), now=NOW)
    offering.publish(activities.new_version(activity=first.activity, by=author(), now=NOW))
    assert [live_codes(store=nodes["s1"], at=NOW + each * DAY) for each in (0.5, 1)] == [[], ["A-1"]]


@pytest.mark.parametrize("state", ["submitted", "published", "stopped"])
def test_what_was_submitted_stays_as_it_is(nodes, state):
    version = offering.drafted(organization=nodes["g"], offers=(off(),))
    activities.submit(version=version, by=author(), now=NOW)
    if state != "submitted":
        activities.approve(version=version, by=approver(), now=NOW)
    if state == "stopped":
        activities.stop(version=version, reason="over", by=author(), now=NOW)
    offers, rows = version.offers.all(), ActivityVersion.objects.filter(pk=version.pk)
    attempts = [
        lambda: offers.update(limits={"stack": 2}),
        lambda: offers._raw_delete("default"),
        lambda: ActivityOffer.objects.create(version=version, position=2, name="more"),
        lambda: rows.update(ends_at=NOW + 9 * DAY),
        lambda: rows._raw_delete("default"),
    ]
    if state != "submitted":
        attempts += [
            lambda: rows.update(starts_at=NOW + DAY),
            lambda: rows.update(closes_at=NOW + 99 * DAY) if state == "stopped" else rows.update(number=7),
            lambda: rows.update(state="draft", approved_by=None, published_at=None, submitted_by=None),
        ]
    for attempt in attempts:
        with pytest.raises(DatabaseError, match=r"stays? as|is kept"), transaction.atomic():
            attempt()
    with pytest.raises(activities.Refused, match="this needs one that is draft"):
        activities.put_offer(version=version, position=1, by=author(), now=NOW, **off())


def test_a_withdrawn_version_can_be_written_again(nodes):
    version = offering.drafted(organization=nodes["g"], offers=(off(),))
    activities.submit(version=version, by=author(), now=NOW)
    activities.withdraw(version=version, by=approver(), now=NOW, reason="too dear")
    activities.put_offer(version=version, position=1, by=author(), now=NOW, **off(amount=100))
    assert offering.publish(version).state == "published"


def test_a_fault_is_told_with_its_place(nodes):
    version = offering.drafted(organization=nodes["g"])
    faults = {
        "Offer 1, trigger: .*threshold.least": off()
        | {"trigger": {"threshold": {"of": "amount", "least": 0}}},
        "Offer 1, form: .*kind": off() | {"form": {"kind": "gold", "amount": 1}},
        "Offer 1, limits: .*stock": off() | {"limits": {"stock": 1}},
        "reduce can't give points": off()
        | {"form": {"kind": "points", "book": "P", "amount": 1, "worth": 1}},
        "There is no goods set “eco”": off(goods={"sets": ["eco"]}),
        "There is no audience with the id “vips”": off(audiences=["vips"]),
    }
    for message, offer in faults.items():
        with pytest.raises(activities.Refused, match=message):
            activities.put_offer(version=version, position=1, by=author(), now=NOW, **offer)
    with pytest.raises(TypeError, match="frozen"):
        activities.put_offer(version=version, position=1, by=author(), now=NOW, frozen={})
    with pytest.raises(ValidationError):
        activities.draft(organization=nodes["g"], code="a b", name="A", starts_at=NOW, by=author(), now=NOW)


def test_goods_sets_are_written_out_when_it_is_published(nodes):
    eco = GoodsSet.objects.create(
        organization=nodes["g"], code="eco", name="Eco", skus=["S1"], categories=["lamps"]
    )
    version = offering.published(
        organization=nodes["g"], offers=(off(goods={"sets": ["eco"], "skus": ["S7"]}),)
    )
    eco.skus = ["S2"]
    eco.save()
    [offer] = offering.offers_at(store=nodes["s1"], at=NOW)
    goods = offer.trigger.goods
    assert (goods.skus, goods.categories, goods.sets) == ({"S1", "S7"}, {"lamps"}, frozenset())
    offering.publish(activities.new_version(activity=version.activity, by=author(), now=NOW))
    [offer] = offering.offers_at(store=nodes["s1"], at=NOW + DAY)
    assert offer.trigger.goods.skus == {"S2", "S7"}


def test_shares_that_do_not_add_up_are_refused(nodes):
    ours = budget(organization=nodes["g"])
    version = offering.drafted(organization=nodes["g"], offers=(off() | {"shares": {ours: 9_999}},))
    with pytest.raises(activities.Refused, match="add up to 9999 of 10000"):
        activities.submit(version=version, by=author(), now=NOW)
    with pytest.raises(IntegrityError, match="offer 1 is paid to 9999"), transaction.atomic():
        force(version)
    whole = {"version": version, "position": 1, "by": author(), "now": NOW, "shares": {ours: 10_000}}
    activities.put_offer(**whole, **(off() | {"currency": "JPY"}))
    with pytest.raises(activities.Refused, match="pays in CNY, and it costs JPY"):
        activities.submit(version=version, by=author(), now=NOW)
    percent = off() | {"form": {"kind": "percentage", "off": 500}, "trigger": {}, "currency": ""}
    activities.put_offer(**whole, **percent)
    with pytest.raises(activities.Refused, match=r"Offer 1, currency: .* Say in which currency it is given"):
        activities.submit(version=version, by=author(), now=NOW)
    activities.put_offer(**whole, **(off() | {"currency": "CNY"}))
    offering.publish(version)
    with pytest.raises(DatabaseError, match="who pays"), transaction.atomic():
        BudgetShare.objects.update(basis_points=1)
    copied = activities.new_version(activity=version.activity, by=author(), now=NOW)
    assert BudgetShare.objects.get(offer__version=copied).basis_points == 10_000


@pytest.mark.parametrize(
    ("unit", "scale", "digits"), [("CNY", 0, 2), ("CNY", 4, 2), ("JPY", 2, 0), ("KWD", 2, 3)]
)
def test_a_budget_counts_as_prices_do(nodes, unit, scale, digits):
    book = purses.book(code="money", organization=nodes["g"], kind="budget", unit=unit, scale=scale)
    ours = budgets.create(
        organization=nodes["g"], code="OURS", name="Ours", book=book, owner=author(), by=author(), now=NOW
    )
    offer = off() | {"currency": unit, "shares": {ours: 10_000}}
    version = offering.drafted(organization=nodes["g"], offers=(offer,))
    said = f"counts {unit} with {scale} digits, and prices have {digits}. Take a budget whose book counts as prices do"
    with pytest.raises(activities.Refused, match=said):
        activities.submit(version=version, by=author(), now=NOW)
    with pytest.raises(coupon_templates.Refused, match=said):
        coupon_templates.open_(template=_paid_by(ours, unit), by=offering.approver(), now=NOW)


def _paid_by(budget, currency):
    return vouchers.drafted(
        organization=budget.organization, code="TEN", currency=currency, shares={budget: 10_000}
    )


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_publish_it_once():
    version = offering.drafted(organization=factories.organization(), offers=(off(),))
    activities.submit(version=version, by=author(), now=NOW)
    people = [offering.staff(name) for name in ("approver", "another")]
    found = at_once(*(lambda by=by: activities.approve(version=version, by=by, now=NOW) for by in people))
    assert sorted(type(each).__name__ for each in found) == ["ActivityVersion", "Refused"]
    assert AccessRecord.objects.filter(action="activity.published").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_offer_does_not_slip_in_beside_the_submission():
    for _round in range(4):
        version = offering.drafted(organization=factories.organization(), offers=(off(),))
        found = at_once(
            lambda version=version: activities.submit(version=version, by=author(), now=NOW),
            lambda version=version: ActivityOffer.objects.create(version=version, position=2, name="empty"),
        )
        version.refresh_from_db()
        assert (version.state, version.offers.count()) in (("submitted", 1), ("draft", 2)), found
