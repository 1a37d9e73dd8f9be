"""What is said of a person is corrected at the desk, as a statement of one of his accounts."""

import pytest
from django.urls import reverse

from config import roles
from identity.models import IntakeRecord
from members.models import AccessRecord, Account, MemberProfile
from tests import factories
from tests.identity import company

pytestmark = pytest.mark.django_db
PHONE = "13900139777"


@pytest.fixture
def person(nodes):
    profile = {"name": "王小名", "birth_date": "1984-05-06", "city": "Qingdao"}
    for external_id, channel, day in (("app-0001", "app", 1), ("pos-0001", "pos", 5)):
        company.accept(company.account(external_id, channel=channel, on=day, phone=PHONE, profile=profile))
    return Account.objects.get(external_id="app-0001").member


@pytest.fixture
def manager(client, nodes):
    roles.create()
    user = factories.staff(organization=nodes["b1"], role="store manager")
    client.force_login(user)
    return user


def url(member):
    return reverse("admin:member_correct", args=[member.oneid])


def test_a_name_is_corrected_recorded_and_kept_as_a_record_of_the_account_seen_last(client, manager, person):
    before = IntakeRecord.objects.count()
    asked = client.get(url(person))
    assert "王**" in asked.content.decode()
    assert "王小名" not in asked.content.decode()

    answer = client.post(url(person), {"name": "王小明", "reason": "showed her card"}, follow=True)

    assert "Corrected." in answer.content.decode()
    said = MemberProfile.objects.get(member=person)
    assert (said.name, said.city, f"{said.birth_date}") == ("王小明", "Qingdao", "1984-05-06")
    assert Account.objects.get(external_id="pos-0001").traits["name"]["value"] == "王小明"
    assert Account.objects.get(external_id="app-0001").traits["name"]["value"] == "王小名"
    [record] = AccessRecord.objects.filter(action="edit")
    assert (record.user, record.member, record.field, record.reason) == (
        manager,
        person,
        "name",
        "showed her card",
    )
    assert IntakeRecord.objects.count() == before + 1


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"reason": "asked"}, "Fill in what is to be corrected."),
        ({"name": "王小明"}, "required"),
        ({"birth_date": "1800-01-01", "reason": "asked"}, "birth"),
        ({"birth_date": "tomorrow", "reason": "asked"}, "valid date"),
        ({"gender": "x", "reason": "asked"}, "valid choice"),
    ],
)
def test_what_cannot_be_taken_is_told_and_nothing_is_changed(client, manager, person, sent, fault):
    shown = client.post(url(person), sent).content.decode()
    assert fault in shown
    assert MemberProfile.objects.get(member=person).name == "王小名"
    assert not AccessRecord.objects.filter(action="edit").exists()


def test_only_who_may_and_within_reach(client, nodes, manager, person):
    client.force_login(factories.staff(organization=nodes["b1"], role="analyst"))
    assert client.get(url(person)).status_code == 403
    client.force_login(factories.staff(organization=nodes["s4"], role="store manager"))
    assert client.get(url(person)).status_code == 404


def test_the_persons_page_leads_there(client, nodes, manager, person):
    page = reverse("admin:members_member_change", args=[person.oneid])
    assert url(person) in client.get(page).content.decode()
    client.force_login(factories.staff(organization=nodes["b1"], role="analyst"))
    assert url(person) not in client.get(page).content.decode()


def test_who_is_known_by_a_contact_alone_has_no_account_to_state_it_for(client, manager, nodes):
    company.accept(company.account(channel="pos", phone=PHONE, profile={"name": "王小名"}))
    member = Account.objects.get().member
    assert client.get(url(member)).status_code == 404
