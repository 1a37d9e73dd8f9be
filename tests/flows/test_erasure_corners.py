"""Where an erasure and a copy look beside a person's own rows: what others sent, what a worker met, what pages show."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import Task

from identity.models import IntakeRecord, QuarantineItem
from members.actions import copies, erasure
from members.models import Account, Appliance, Event
from tests import factories
from tests.flows import erased
from tests.identity import cases, company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db


def forget(member):
    asked = erasure.request(member=member, reason="asked by letter, case 17", now=NOW, door="command")
    return erasure.carry_out(erasure=asked, now=NOW)


def referral():
    invitee = {"channel": "app", "external_id": erased.APP_ID}
    return company.event(
        "referral", "app-user-other", on=9, properties={"invitee": invitee, "campaign": "spring", "to": [erased.PHONE]}
    )  # fmt: skip


@pytest.mark.requirement("PLT-009")
def test_what_others_did_no_longer_names_him():
    member = erased.live()
    company.accept(referral())
    words = erased.words(member)
    assert "members_event.properties: app-user-5550123" in erased.everywhere(words)

    report = forget(member)

    assert erased.everywhere(words) == []
    assert report.counts["members"]["events of others"] >= 1
    told = Event.objects.get(name="referral")
    assert told.account.external_id == "app-user-other"
    assert told.properties["campaign"] == "spring"


def test_an_appliance_stays_with_who_still_has_it_and_says_nothing_of_the_erased():
    member = erased.live()
    forget(member)
    other = Account.objects.get(external_id="app-user-other")
    told = ("account", "order_key", "channel", "bought_at", "bound_account", "bound_at")
    washer, oven = (
        Appliance.objects.filter(serial=serial).values_list(*told).get()
        for serial in ("SN-WASHER", "SN-OVEN")
    )
    assert washer == (other.pk, "o-other", other.channel_id, erased.NOW, None, None)
    assert oven == (None, "", None, None, other.pk, erased.NOW)
    assert Appliance.objects.count() == 2


@pytest.mark.requirement("PLT-009")
def test_what_a_worker_was_given_and_how_it_failed_is_searched_though_it_is_stored_packed():
    member = erased.live()
    for number, result in enumerate(
        (f"IntegrityError: Key (value)=(+86{erased.PHONE}) already exists", "IntegrityError: something else")
    ):
        Task.objects.create(
            id=f"task-{number}", name=f"task {number}", func="identity.tasks.work_imports", args=(), kwargs={},
            result=result, success=False, started=timezone.now(), stopped=timezone.now(),
        )  # fmt: skip
    report = forget(member)
    assert report.counts["house"]["tasks"] == 1
    assert list(Task.objects.values_list("id", flat=True)) == ["task-1"]


@pytest.mark.requirement("PLT-009")
def test_a_note_on_somebody_elses_record_that_was_kept_aside_no_longer_names_him():
    member = erased.live()
    company.accept(company.order("o-theirs", "app-user-other", organization="nowhere"))
    QuarantineItem.objects.filter(key="o-theirs").update(note=f"same as {erased.PHONE}")
    forget(member)
    assert QuarantineItem.objects.get(key="o-theirs").note == ""


@pytest.mark.requirement("PLT-009")
def test_the_copy_of_one_side_of_a_case_says_nothing_of_the_other():
    company.build()
    fields = [
        {"field": "name", "left": "王小明", "right": "王晓明", "level": "near", "weight": 3.0},
        {
            "field": "phone",
            "left": "+8613800138001",
            "right": "+8613900139002",
            "level": "else",
            "weight": -3.1,
        },
    ]
    case = cases.candidate(fields=fields)
    left, right = (Account.objects.get(pk=side[0]).member for side in (case.left, case.right))
    of_left, of_right = (copies.as_json(copies.make(member=each, now=NOW)) for each in (left, right))
    assert "+8613800138001" in of_left
    assert "+8613900139002" not in of_left
    assert "王晓明" not in of_left
    assert "+8613900139002" in of_right
    assert "+8613800138001" not in of_right


@pytest.mark.requirement("PLT-009")
def test_the_copy_tells_of_a_present_without_who_gave_it():
    member = erased.live()
    company.accept(
        company.order("o-kept", "app-user-other", organization="nowhere", receiver={"name": erased.NAME, "phone": erased.PHONE}),
    )  # fmt: skip
    told = copies.plain(copies.make(member=member, now=NOW))
    text = json.dumps(told, ensure_ascii=False)
    assert "app-user-other" not in text
    assert "13700001111" not in text
    (present,) = told["rooms"]["identity"]["records of others that name you"]
    assert present["raw"]["receiver"]["address"] == erased.ADDRESS
    assert present["raw"].keys() == {"type", "channel", "occurred_at", "receiver"}
    kept = told["rooms"]["identity"]["records kept aside"]
    assert {"o-odd"} == {each["key"] for each in kept if "key" in each}
    assert [each["raw"]["receiver"]["name"] for each in kept if "key" not in each] == [erased.NAME]


@pytest.mark.parametrize("role", ["steward", "analyst", "auditor"])
def test_no_page_of_records_and_accounts_shows_what_a_channel_calls_somebody(client, role):
    from config import roles

    roles.create()
    erased.live()
    node = Account.objects.get(external_id=erased.APP_ID).channel.organization.parent
    client.force_login(factories.staff(organization=node, role=role))
    account = Account.objects.get(external_id=erased.APP_ID)
    record = IntakeRecord.objects.get(type="account", key=erased.APP_ID)
    item = QuarantineItem.objects.filter(key="o-odd").first()
    pages = [
        reverse("admin:members_account_changelist"), reverse("admin:members_account_change", args=[account.pk]),
        reverse("admin:identity_intakerecord_changelist"), reverse("admin:identity_intakerecord_change", args=[record.pk]),
        reverse("admin:identity_quarantineitem_changelist"), reverse("admin:identity_quarantineitem_change", args=[item.pk]),
    ]  # fmt: skip
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        shown = answer.content.decode()
        for word in (erased.APP_ID, erased.SHOP_ID, erased.PHONE, erased.EMAIL, erased.OPENID, erased.NAME):
            assert word not in shown, (page, word)
