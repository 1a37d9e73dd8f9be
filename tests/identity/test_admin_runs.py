"""A run is taken back from its own page: what would change is shown first, and only to who may."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from identity.actions import due, imports
from identity.models import FileImport, IngestRun
from members.models import Channel, Member
from tests import factories
from tests.identity import company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db
MAY = "identity.view_ingestrun identity.change_ingestrun"


@pytest.fixture(autouse=True)
def nodes(tmp_path, settings):
    settings.VAR = tmp_path
    return company.build()


@pytest.fixture
def run() -> IngestRun:
    """A file of two customers of one till, read by the command: it has no page of its own."""
    made = IngestRun.objects.create(
        source="/tills/day.jsonl", fingerprint="f", state="finished", started_at=NOW
    )
    told = [company.account(f"card-{n}", channel="pos", phone=f"1380000000{n}") for n in range(2)]
    company.accept(*told, run=made)
    return made


def page(client, run, part="change"):
    return client.get(reverse(f"admin:identity_ingestrun_{part}", args=[run.pk]))


def undo(client, run, **given):
    return client.post(reverse("admin:identity_ingestrun_undo", args=[run.pk]), given, follow=True)


def button(run) -> str:
    return f'href="{reverse("admin:identity_ingestrun_undo", args=[run.pk])}"'


def test_a_run_is_undone_after_seeing_what_changes_and_saying_why(client, run):
    steward = factories.staff(superuser=True)
    client.force_login(steward)
    assert button(run) in page(client, run).text
    seen = page(client, run, "undo")
    assert "Undo “day.jsonl”" in seen.text
    assert (seen.context["preview"].records, seen.context["preview"].people_gone) == (2, 2)
    assert Member.objects.active().count() == 2

    assert "Say why" in undo(client, run).text
    assert not run.withdrawals.exists()

    undo(client, run, reason="yesterday's file")
    assert due.work(clock=lambda: NOW, minutes=5) == 1
    done = page(client, run)
    assert not Member.objects.active().exists()
    assert button(run) not in done.text
    assert f"Undone by {steward}" in done.text
    assert "yesterday&#x27;s file" in done.text
    assert LogEntry.objects.get().object_id == str(run.pk)
    assert "undone already" in undo(client, run, reason="again").text


@pytest.mark.parametrize(
    ("node", "permissions", "may"),
    [
        ("s1", MAY, True),
        ("b1", MAY, True),
        ("s2", MAY, False),
        ("s1", "identity.view_ingestrun", False),
        ("b1", "identity.view_ingestrun identity.change_fileimport", False),
    ],
)
def test_only_who_may_and_is_of_the_node(client, run, nodes, node, permissions, may):
    client.force_login(factories.staff(organization=nodes[node], permissions=permissions))
    assert (button(run) in page(client, run).text) is may
    assert page(client, run, "undo").status_code == (200 if may else 403)
    assert undo(client, run, reason="wrong").status_code == (200 if may else 403)
    assert run.withdrawals.exists() is may


def test_a_run_that_told_of_several_places_is_for_who_has_them_all(client, run, nodes):
    company.accept(company.account("card-9", channel="pos2"), run=run)
    for node, may in (("s1", False), ("d1", True)):
        client.force_login(factories.staff(organization=nodes[node], permissions=MAY))
        assert page(client, run, "undo").status_code == (200 if may else 403)


def test_the_run_of_an_import_is_for_who_sees_the_import(client, run, nodes):
    brought = imports.bring(name="a.csv", content=[b"a,b"], by=factories.staff(superuser=True), now=NOW)
    mine = FileImport.objects.filter(pk=brought.pk)
    mine.update(run=run, channel=Channel.objects.get(code="pos2"), state="finished")
    for node, may in (("s1", False), ("s2", True)):
        client.force_login(factories.staff(organization=nodes[node], permissions=MAY))
        assert (button(run) in page(client, run).text) is may
    mine.update(state="running")
    assert button(run) not in page(client, run).text
