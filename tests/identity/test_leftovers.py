"""Identifiers that nothing speaks of any more go the next night, so that no erasure can miss them."""

import datetime as dt

import pytest

from config import privacy
from identity.actions import leftovers, oneid, undoing
from identity.models import Identifier, IngestRun
from tests.identity import company
from tests.identity.company import NOW, account, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]

FIRST, SECOND = "13900000001", "13900000002"


def telephones() -> set[str]:
    return set(Identifier.objects.filter(kind="phone").values_list("value", flat=True))


def a_night() -> int:
    return leftovers.Identifiers().carry_out(now=NOW)


def test_a_contact_that_an_order_names_no_more_goes():
    contact = [{"kind": "phone", "value": FIRST}]
    company.accept(order("p1", channel="pos", on=0, identifiers=contact))
    company.accept(order("p1", channel="pos", on=1, identifiers=[{"kind": "phone", "value": SECOND}]))
    a_night()
    assert "+86" + SECOND in telephones()
    assert not oneid.rebuild(now=NOW + dt.timedelta(days=1))
    assert a_night() == 0


def test_what_an_undone_import_brought_goes():
    company.accept(account("u1", phone=FIRST))
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    company.intake.accept(records=[account("u2", phone=SECOND)], source="file", now=NOW, run=run)
    undoing.go_on(
        withdrawal=undoing.begin(run=run, reason="wrong", by=None, now=NOW), clock=lambda: NOW, size=10
    )
    assert telephones() == {"+86" + FIRST, "+86" + SECOND}
    assert privacy.carry_out_retention()["identity.Identifier"] == 1
    assert telephones() == {"+86" + FIRST}


def test_what_somebody_carries_or_blocked_stays():
    company.accept(account("u1", phone=FIRST))
    Identifier.objects.create(kind_id="phone", value="+86" + SECOND, blocked=True)
    assert a_night() == 0
    assert telephones() == {"+86" + FIRST, "+86" + SECOND}
