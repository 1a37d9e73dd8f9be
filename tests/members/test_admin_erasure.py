"""Asking for an erasure, agreeing to it as a second person, taking a copy: each on record, each from the top only."""

import json

import pytest
from django.urls import reverse

from config import privacy
from members.models import AccessRecord, Account, Consent, Erasure, PromiseText
from tests import factories
from tests.factories import NOW
from tests.identity import company

pytestmark = pytest.mark.django_db
ASKING = "members.view_member members.view_erasure members.add_erasure members.view_personal_data"
DECIDING = ASKING + " members.approve_erasure"


@pytest.fixture
def tree():
    return company.build()


@pytest.fixture
def member(tree):
    company.accept(company.account("u-0001-aaaa", phone="13812340001", profile={"name": "Xu Wenjun"}))
    return Account.objects.get().member


def url(name, *args):
    return reverse(f"admin:members_{name}", args=args)


def ask(client, member, reason="asked by letter, case 17"):
    return client.post(url("erasure_ask", member.oneid), {"reason": reason}, follow=True)


def decide(client, wish, decision="approve"):
    return client.post(url("erasure_decide", wish.pk), {"decision": decision}, follow=True)


@pytest.mark.requirement("PLT-009")
def test_two_of_staff_and_the_worker_erase_a_person(client, tree, member):
    first, second = (factories.staff(organization=tree["g"], permissions=DECIDING) for _ in range(2))
    client.force_login(first)
    page = client.get(url("member_change", member.oneid)).content.decode()
    assert url("erasure_ask", member.oneid) in page
    assert "A second person has to agree" in ask(client, member).content.decode()
    wish = Erasure.objects.get()
    assert wish.requested_by == first
    assert "somebody else has to decide" in decide(client, wish).content.decode()
    assert privacy.carry_out_erasures() == 0

    client.force_login(second)
    assert "Agree: erase the person" in client.get(url("erasure_change", wish.pk)).content.decode()
    assert "erased within a minute" in decide(client, wish).content.decode()
    assert privacy.carry_out_erasures() == 1
    assert Account.everything.get().external_id.startswith("erased-")
    wish.refresh_from_db()
    assert (wish.state, wish.decided_by) == ("done", second)
    assert AccessRecord.objects.filter(action="erasure", user=second).count() == 1
    assert client.get(url("member_change", member.oneid)).status_code == 404
    assert "decided already" in decide(client, wish).content.decode()


def test_a_refusal_erases_nothing(client, tree, member):
    client.force_login(factories.staff(organization=tree["g"], permissions=DECIDING))
    ask(client, member)
    client.force_login(factories.staff(organization=tree["g"], permissions=DECIDING))
    decide(client, Erasure.objects.get(), "refuse")
    assert Erasure.objects.get().state == "refused"
    assert privacy.carry_out_erasures() == 0
    assert Account.objects.get().external_id == "u-0001-aaaa"


@pytest.mark.parametrize("reason", ["Xu Wenjun wrote", "number 138 1234 0001", "account U-0001-AAAA"])
def test_a_reason_that_names_the_person_is_refused(client, tree, member, reason):
    client.force_login(factories.staff(organization=tree["g"], permissions=ASKING))
    assert "names the person" in ask(client, member, reason).content.decode()
    assert not Erasure.objects.exists()


def test_neither_yes_nor_no_decides_nothing(client, tree, member):
    client.force_login(factories.staff(organization=tree["g"], permissions=DECIDING))
    ask(client, member)
    client.force_login(factories.staff(organization=tree["g"], permissions=DECIDING))
    before = Erasure.objects.get().state
    assert decide(client, Erasure.objects.get(), "aprove").status_code == 400
    assert Erasure.objects.get().state == before


def test_only_the_top_of_the_group_asks_decides_and_takes_copies(client, tree, member):
    wish = Erasure.objects.create(member=member, reason="x", door="api", requested_at=company.NOW)
    for place, permissions in (("b1", DECIDING), ("g", "members.view_member members.view_erasure")):
        client.force_login(factories.staff(organization=tree[place], permissions=permissions))
        assert ask(client, member).status_code == 403
        assert decide(client, wish).status_code == 403
        assert client.post(url("copy", member.oneid), {"reason": "why"}).status_code == 403
    assert Erasure.objects.get().state == "requested"


@pytest.mark.requirement("PLT-009")
def test_a_copy_needs_a_reason_and_is_on_record(client, tree, member):
    staff = factories.staff(organization=tree["g"], permissions=ASKING)
    client.force_login(staff)
    assert (
        client.post(url("copy", member.oneid), {"reason": "", "form": "json"})
        .headers["Content-Type"]
        .startswith("text")
    )
    assert not AccessRecord.objects.exists()
    answer = client.post(url("copy", member.oneid), {"reason": "asked for it", "form": "json"})
    assert "no-store" in answer.headers["Cache-Control"]
    told = json.loads(answer.content)
    assert told["rooms"]["members"]["profile"][0]["name"] == "Xu Wenjun"
    assert "written by staff" in told["rooms"]["members"]["who looked"][0]["reason"]
    assert AccessRecord.objects.values_list("action", "user", "reason").get() == (
        "copy",
        staff.pk,
        "asked for it",
    )
    page = client.post(url("copy", member.oneid), {"reason": "asked for it", "form": "page"})
    assert "Xu Wenjun" in page.content.decode()
    assert "asked for it" not in page.content.decode()
    whole = {"reason": "by letter", "form": "json", "notes": "on"}
    read = json.loads(client.post(url("copy", member.oneid), whole).content)["rooms"]["members"]
    assert [row["reason"] for row in read["who looked"]] == ["asked for it", "asked for it", "by letter"]


def test_a_list_of_erasures_and_of_what_was_retained_opens(client, tree, member):
    client.force_login(factories.staff(superuser=True))
    ask(client, member)
    privacy.carry_out_retention()
    for name in (
        "erasure_changelist",
        "retentionrun_changelist",
        "promisetext_changelist",
        "benefitgrant_changelist",
    ):
        assert client.get(url(name)).status_code == 200


def test_a_promise_text_is_added_and_never_changed(client, tree):
    client.force_login(factories.staff(superuser=True))
    given = {
        "purpose": "marketing", "language": "en", "version": "v1", "text": "We write twice a month.", "benefit": "",
        "valid_from_0": "2026-01-01", "valid_from_1": "00:00",
    }  # fmt: skip
    assert client.post(url("promisetext_add"), given).status_code == 302
    text = PromiseText.objects.get()
    page = client.get(url("promisetext_change", text.pk)).content.decode()
    assert text.digest in page
    assert client.post(url("promisetext_change", text.pk), {**given, "text": "more"}).status_code == 403
    assert client.post(url("promisetext_delete", text.pk), {"post": "yes"}).status_code == 403
    assert not Consent.objects.exists()


def test_a_consent_is_shown_with_the_words_agreed_to_and_without_where_it_came_from(client, tree, member):
    said = {"purpose": "marketing", "language": "en", "version": "v1", "valid_from": NOW}
    text = PromiseText.objects.create(text="We write twice a month.", **said)
    consent = Consent.objects.create(
        account=member.accounts.first(), purpose="marketing", touchpoint="sms", granted=True, stated_at=NOW,
        text_version="v1", language="en", shown=text.digest, ip="203.0.113.7", device="iPhone",
    )  # fmt: skip
    client.force_login(factories.staff(superuser=True))
    listed = client.get(url("consent_changelist"), {"purpose": "marketing"}).content.decode()
    assert url("consent_change", consent.pk) in listed
    assert (
        url("consent_change", consent.pk)
        not in client.get(url("consent_changelist"), {"purpose": "profiling"}).text
    )
    page = client.get(url("consent_change", consent.pk)).content.decode()
    assert "We write twice a month." in page
    assert "marketing, sms: granted" in page.lower()
    assert "203.0.113.7" not in page
    assert "iPhone" not in page
