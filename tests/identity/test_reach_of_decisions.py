"""Whoever stands at a node decides about those whom the node knows: one person more and it goes to a steward above."""

import json

import pytest
from django.urls import reverse

from config import roles
from identity.actions import imports, mappings, verdicts
from identity.models import FileImport, QuarantineItem, ReviewCase, ReviewDecision, Verdict
from identity.queries import queue
from members import masking
from members.models import Account, Channel
from members.queries import scopes
from tests import factories
from tests.identity import cases, company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def nodes():
    roles.create()
    made = company.build()
    factories.channel(organization=made["b2"], code="other-brand", kind="app")
    return made


def url(name, *args):
    return reverse(f"admin:identity_{name}", args=args)


def steward_at(node, client):
    user = factories.staff(organization=node, role="steward")
    client.force_login(user)
    return user


def carried(*, by: list[str], value="tablet-0001") -> list[Account]:
    """Accounts of people of their own who carry one device."""
    told = [{"kind": "device", "value": value}]
    for number, channel in enumerate(by):
        company.accept(
            company.account(
                f"{channel}-{value}-{number}", channel=channel, phone=f"1391111{number:04}", identifiers=told,
                profile={"name": f"Person {chr(65 + number)}"},
            )
        )  # fmt: skip
    return list(Account.objects.filter(bindings__identifier__value=value).order_by("pk"))


@pytest.fixture
def crowd(nodes):
    """A tablet that more people carry than the case names: the first twenty are of one brand, the last is not."""
    accounts = carried(by=["app"] * 21 + ["other-brand"])
    case = ReviewCase.objects.get(sort="shared")
    assert len(case.left) == 20
    assert accounts[-1].channel.code == "other-brand"
    assert accounts[-1].pk not in case.left
    return case


def test_what_an_identifier_is_says_only_who_knows_all_who_carry_it(client, nodes, crowd):
    assert not queue.decidable(case=crowd, reach=scopes.of_node(nodes["b1"]))
    assert queue.decidable(case=crowd, reach=scopes.of_node(nodes["g"]))
    steward_at(nodes["b1"], client)
    assert client.post(url("review_decide", crowd.pk), {"decision": "not_shared"}).status_code == 403
    assert not Verdict.objects.exists()


def test_a_refused_link_is_decided_below_but_its_identifier_above(client, nodes):
    phone = "13900139444"
    case = cases.refused(phone=phone)
    cases.person("elsewhere", channel="other-brand", phone=phone, name=None, birth_date="1999-09-09")
    case.refresh_from_db()
    assert case.state == "open"
    steward_at(nodes["b1"], client)
    page = client.get(url("reviewcase_change", case.pk)).content.decode()
    assert 'value="not_same"' in page
    assert 'value="shared"' not in page
    assert client.post(url("review_decide", case.pk), {"decision": "shared"}).status_code == 403
    client.post(url("review_together", case.pk), {"decision": "shared", "seen_until": NOW.isoformat()})
    assert not Verdict.objects.exists()


def test_a_verdict_is_withdrawn_by_who_said_it_or_knows_everybody_in_it(client, nodes):
    here, there = cases.person("here"), cases.person("there", channel="other-brand")
    said = verdicts.same(left=[here.pk], right=[there.pk], by=factories.staff(superuser=True), now=NOW)
    mine = steward_at(nodes["b1"], client)
    page = client.get(url("verdict_change", said.pk))
    assert "ask a steward above" in page.content.decode()
    assert client.post(url("verdict_withdraw", said.pk)).status_code == 403
    Verdict.objects.filter(pk=said.pk).update(decided_by=mine)
    assert client.post(url("verdict_withdraw", said.pk)).status_code == 302
    said.refresh_from_db()
    assert said.withdrawn_by == mine


def test_a_shared_identifier_of_others_too_is_not_cleared_from_below(client, nodes, crowd):
    said = verdicts.shared(identifier=crowd.identifier, by=factories.staff(superuser=True), now=NOW)
    steward_at(nodes["b1"], client)
    assert client.get(url("verdict_change", said.pk)).status_code == 200
    assert client.post(url("verdict_withdraw", said.pk)).status_code == 403
    steward_at(nodes["g"], client)
    assert client.post(url("verdict_withdraw", said.pk)).status_code == 302


@pytest.mark.parametrize("seen_until", ["", "yesterday", "2026-01-01", "9" * 40])
def test_a_time_that_no_page_has_written_decides_nothing(client, nodes, seen_until):
    case = cases.candidate()
    client.force_login(factories.staff(superuser=True))
    answer = client.post(
        url("review_together", case.pk), {"decision": "merge", "seen_until": seen_until}, follow=True
    )
    assert answer.status_code == 200
    assert not ReviewDecision.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"channel": "other-brand"},
        {"organization": "s4"},
        {"channel": None},
        {"channel": 7},
        {"channel": "\x00"},
    ],
    ids=str,
)
def test_a_corrected_record_goes_no_further_than_who_corrects_it(client, nodes, changed):
    company.accept(company.order("o1", "u1", organization="nowhere"))
    item = QuarantineItem.objects.get()
    steward_at(nodes["b1"], client)
    raw = json.loads(item.raw) | {"organization": "b1"}
    answer = client.post(url("quarantineitem_retry", item.pk), {"raw": json.dumps(raw | changed)})
    assert answer.status_code == 200
    item.refresh_from_db()
    assert item.state == "open"
    assert client.post(url("quarantineitem_retry", item.pk), {"raw": json.dumps(raw)}).status_code == 302
    item.refresh_from_db()
    assert item.state == "retried"


def test_a_saved_mapping_leads_to_no_channel_beyond_reach(client, nodes, settings, tmp_path):
    settings.VAR = tmp_path
    theirs = Channel.objects.get(code="other-brand")
    saved = mappings.save(name="Theirs", type="account", columns={"no": "external_id"}, channel=theirs)
    mine = steward_at(nodes["b1"], client)
    imported = imports.bring(name="f.csv", content=[b"no,tel\n1,2\n"], by=mine, now=NOW)
    assert imported.channel is None
    answer = client.post(
        url("fileimport_arrange", imported.pk), {"use": "1", "mapping": saved.pk}, follow=True
    )
    assert "beyond your organization" in answer.content.decode()
    assert FileImport.objects.get().channel is None


@pytest.mark.parametrize("field", ["mapping", "channel"])
def test_what_no_form_has_written_is_refused_in_words(client, nodes, settings, tmp_path, field):
    settings.VAR = tmp_path
    user = factories.staff(superuser=True)
    client.force_login(user)
    imported = imports.bring(name="f.csv", content=[b"no,tel\n1,2\n"], by=user, now=NOW)
    for value in ("abc", "\x00", "9" * 30, "-1", "²"):
        given = {"use": "1", "time_zone": "Asia/Shanghai", "column-0": "external_id", field: value}
        answer = client.post(url("fileimport_arrange", imported.pk), given, follow=True)
        assert answer.status_code == (400 if value == "\x00" else 200), value


def test_the_list_names_nobody_beyond_reach(nodes, client):
    phone = [{"kind": "phone", "value": "13911110001"}]
    for channel, name in (("app", "Li Lei"), ("other-brand", "Han Meimei")):
        company.accept(company.account(channel, channel=channel, identifiers=phone, profile={"name": name}))
    assert ReviewCase.objects.get(state="open").sort == "refused"
    lists = {}
    for node in ("g", "b2"):
        steward_at(nodes[node], client)
        lists[node] = client.get(url("reviewcase_changelist")).content.decode()
    assert masking.name("Li Lei") in lists["g"]
    assert masking.name("Han Meimei") in lists["g"]
    assert masking.name("Li Lei") not in lists["b2"]
    assert masking.name("Han Meimei") in lists["b2"]
