"""Joining: every missing condition is told at once; numbers have no gaps; a person has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.actions import enrolment, undoing
from identity.actions.enrolment import Closed, Joined, NotJoined
from identity.models import IngestRun
from members.models import AccessRecord, Account, Channel, Consent, Member, Membership, Plan, Programme
from members.queries import memberships
from tests.api import callers
from tests.connections import at_once
from tests.identity import company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db
PHONE = "13812340001"
LATER = NOW + company.dt.timedelta(days=300)
AGREED = {"purpose": "identification", "granted": True}


@pytest.fixture
def programme(nodes):
    """Harbour Club of brand b1: who joins gives a telephone and a consent."""
    made = Programme.objects.create(organization=nodes["b1"], name="Harbour Club")
    Plan.objects.create(
        programme=made, cycle="long", number=1, name="v1", state="published", published_at=NOW,
        starts_at=company.NOW.replace(month=1), join_needs=["phone", "consent"], number_prefix="HC",
        number_digits=6,
    )  # fmt: skip
    return made


def key(channel, node=None):
    return callers.keys.issue(
        channel=Channel.objects.get(code=channel), organization=node, scopes=["ingest"], name="test"
    )[0]


def join(programme, external_id="u-1", *, channel="app", phone=PHONE, consents=(AGREED,), now=NOW, **more):
    identifiers = [{"kind": "phone", "value": phone}] if phone else []
    return enrolment.join(
        programme=programme, external_id=external_id, identifiers=identifiers, profile=more.pop("profile", {}),
        consents=list(consents), by=more.pop("by", None) or key(channel), now=now,
    )  # fmt: skip


@pytest.mark.requirement("MEM-015")
def test_who_gives_no_telephone_is_refused_with_that_reason(programme):
    with pytest.raises(NotJoined) as refused:
        join(programme, phone="")
    assert [each.need for each in refused.value.reasons] == ["phone"]
    assert str(refused.value) == "A telephone number is needed."
    assert not Account.objects.exists()


def test_everything_that_is_missing_is_told_at_once(programme):
    refused_consent = AGREED | {"granted": False}
    for consents in ((), (refused_consent,), (AGREED | {"purpose": "marketing"},)):
        with pytest.raises(NotJoined) as refused:
            join(programme, phone="12", consents=consents)
        assert [each.need for each in refused.value.reasons] == ["phone", "consent"]
        assert all(each.message and each.remedy for each in refused.value.reasons)


def test_a_new_member_gets_a_number_with_its_check_digit(programme, nodes):
    joined = join(programme)
    assert joined == Joined(oneid=Member.objects.get(retired_at=None).oneid, number="HC0000018", new=True)
    [level] = [
        each for each in memberships.joined(member=Account.objects.get().member) if each.kind == "brand"
    ]
    assert (level.organization, level.number, level.joined_at) == ("b1", "HC0000018", NOW)
    assert Consent.objects.get().granted
    assert AccessRecord.objects.get(action="join").member.oneid == joined.oneid


def test_joining_again_by_another_channel_gives_the_same_number(programme):
    first = join(programme)
    assert join(programme, now=NOW + company.dt.timedelta(hours=1)).number == first.number
    second = join(programme, "m-9", channel="mall", now=NOW + company.dt.timedelta(days=1))
    assert (second.oneid, second.number, second.new) == (first.oneid, first.number, False)
    assert set(
        Membership.objects.filter(organization=programme.organization).values_list("number", flat=True)
    ) == {first.number}
    assert join(programme, "m-10", channel="mall", phone="13812340002").number == "HC0000026"


def test_a_later_record_that_says_nothing_of_a_number_leaves_it(programme):
    first = join(programme)
    for day, said in enumerate(({"tier": "gold"}, {"points": "5"}, {})):
        later = {"organization": "b1", **said}
        record = company.account("u-1", phone=PHONE, on=200 + day, membership=later)
        assert company.verdicts_of(record, now=LATER) == ["updated"]
    row = Membership.objects.get(organization=programme.organization)
    assert (row.number, row.tier, row.points) == (first.number, "gold", 5)
    again = join(programme, now=LATER)
    assert (again.number, again.new) == (first.number, False)


def test_an_import_that_is_taken_back_takes_its_own_word_back_and_leaves_the_number(programme):
    first = join(programme)
    run = IngestRun.objects.create(source="crm", fingerprint="crm", state="finished", started_at=NOW)
    said = {"organization": "b1", "number": "CRM-9", "tier": "gold"}
    company.accept(company.account("u-1", on=200, membership=said), now=LATER, run=run)
    assert Membership.objects.get(organization=programme.organization).number == "CRM-9"
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=LATER)
    assert undoing.go_on(withdrawal=withdrawal, clock=lambda: LATER)
    row = Membership.objects.get(organization=programme.organization)
    assert (row.number, row.number_at, row.tier, row.tier_at) == (first.number, NOW, "", None)


def test_who_is_refused_takes_no_number(programme):
    with pytest.raises(NotJoined):
        join(programme, phone="")
    with pytest.raises(enrolment.Refused) as refused:
        join(programme, consents=[AGREED, {"purpose": "marketing", "granted": "perhaps"}])
    assert refused.value.problems
    assert join(programme).number == "HC0000018"


def test_a_plan_that_has_not_begun_asks_for_nothing(programme, nodes):
    Plan.objects.create(
        programme=programme, cycle="long", number=2, name="v2", state="published", published_at=NOW,
        starts_at=NOW + company.dt.timedelta(days=1), join_needs=["phone", "consent", "name"],
    )  # fmt: skip
    assert join(programme).new
    later = NOW + company.dt.timedelta(days=2)
    with pytest.raises(NotJoined) as refused:
        join(programme, "u-2", phone="13812340002", now=later)
    assert [each.need for each in refused.value.reasons] == ["name"]
    assert (
        join(programme, "u-2", phone="13812340002", profile={"name": "Li"}, now=later).number == "000000026"
    )


def test_a_closed_programme_takes_nobody(programme):
    Programme.objects.update(closed_at=NOW)
    with pytest.raises(Closed, match="Harbour Club"):
        join(programme)


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_when_many_join_at_once(programme):
    app, mall = key("app"), key("mall")
    people = [f"1381234000{number}" for number in range(1, 5)]
    works = [
        lambda by=by, phone=phone: join(programme, f"c-{phone}", phone=phone, by=by)
        for phone in people
        for by in (app, mall)
    ]
    found = at_once(*works[:4]) + at_once(*works[4:])
    assert len({each.number for each in found}) == len(people)
    assert Account.objects.values("member").distinct().count() == len(people)
    assert Programme.objects.get().next_number == len(people) + 1


@given(st.integers(0, 10**16 - 1).map(lambda number: f"{number:016}"), st.integers(0, 15), st.integers(1, 9))
def test_the_check_digit_notices_one_wrong_digit(digits, place, off):
    wrong = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    assert enrolment.check_digit(wrong) != enrolment.check_digit(digits)


def test_the_check_digit_is_luhns():
    assert enrolment.check_digit("7992739871") == "3"


ADDRESS = "/api/v1/programmes/b1/members"
BODY = {"external_id": "card-1", "identifiers": [{"kind": "phone", "value": PHONE}], "consents": [AGREED]}


def test_a_till_of_a_store_joins_people_to_the_brands_programme(programme, nodes):
    till = callers.client(channel=Channel.objects.get(code="pos"), scopes="ingest")
    answer = till.post(ADDRESS, BODY)
    assert (answer.status_code, answer.data["number"], answer.data["new"]) == (200, "HC0000018", True)
    assert till.post(ADDRESS, BODY).data == {**answer.data, "new": False}
    assert Membership.objects.filter(organization=nodes["s1"], known_at__isnull=False).exists()


@pytest.mark.requirement("MEM-015")
def test_a_refusal_names_each_missing_thing_and_its_remedy(programme):
    till = callers.client(channel=Channel.objects.get(code="pos"), scopes="ingest")
    answer = till.post(ADDRESS, {"external_id": "card-1"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:ninefold:problem:not-joined")
    assert [each["place"] for each in answer.json()["errors"]] == ["phone", "consent"]
    no_phone = till.post(ADDRESS, {"external_id": "card-1", "consents": [AGREED]}).json()
    assert [(each["place"], each["message"]) for each in no_phone["errors"]] == [
        ("phone", "A telephone number is needed.")
    ]
    assert till.post(ADDRESS, {"name": "Li"}).status_code == 400
    assert till.post(ADDRESS.replace("b1", "b2"), BODY).status_code == 404
    Programme.objects.update(closed_at=NOW)
    assert till.post(ADDRESS, BODY).status_code == 409
    query = callers.client(channel=Channel.objects.get(code="pos"), scopes="query edit")
    assert query.post(ADDRESS, BODY).status_code == 403
