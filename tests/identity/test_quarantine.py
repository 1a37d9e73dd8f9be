"""The quarantine: looked at, corrected, retried, discarded."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from identity.actions import quarantine
from identity.models import QuarantineItem
from identity.queries import quarantine as kept
from members.models import Order
from tests import factories
from tests.identity import company
from tests.identity.company import accept, account, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


@pytest.fixture
def steward():
    return User.objects.create(username="steward")


def kept_aside(record):
    [verdict] = accept(record)
    return QuarantineItem.objects.get(pk=verdict.quarantine)


def test_a_corrected_record_is_taken_in(steward):
    item = kept_aside(order("o1", status="lost"))
    verdict = quarantine.retry(item=item, corrected_raw=json.dumps(order("o1")), by=steward, now=company.NOW)
    assert verdict.verdict == "accepted"
    item.refresh_from_db()
    assert (item.state, item.decided_by, item.decided_at) == ("retried", steward, company.NOW)
    assert Order.objects.get().external_id == "o1"


def test_a_correction_that_is_none_stays_open(steward):
    item = kept_aside(order("o1", status="lost"))
    verdict = quarantine.retry(
        item=item, corrected_raw=order("o1", status="gone"), by=steward, now=company.NOW
    )
    assert verdict.verdict == "quarantined"
    item.refresh_from_db()
    assert item.state == "open"
    assert verdict.quarantine == item.pk
    assert QuarantineItem.objects.count() == 1
    with pytest.raises(quarantine.Undecidable, match="not JSON"):
        quarantine.retry(item=item, corrected_raw="{", by=steward, now=company.NOW)


def test_what_was_decided_is_decided(steward):
    item = kept_aside(order("o1", status="lost"))
    with pytest.raises(quarantine.Undecidable, match="reason"):
        quarantine.discard(item=item, reason=" ", by=steward, now=company.NOW)
    quarantine.discard(item=item, reason="a test of the till", by=steward, now=company.NOW)
    item.refresh_from_db()
    assert (item.state, item.note) == ("discarded", "a test of the till")
    with pytest.raises(quarantine.Undecidable, match="decided already"):
        quarantine.retry(item=item, corrected_raw=order("o1"), by=steward, now=company.NOW)


def test_records_are_sent_again_after_the_cause_was_mended(nodes):
    kept_aside(order("o1", channel="kiosk"))
    kept_aside(order("o2", channel="kiosk"))
    kept_aside(order("o3", status="lost"))
    factories.channel(organization=nodes["b1"], code="kiosk")
    out = StringIO()
    call_command("retry_quarantine", "--code", "channel.unknown", stdout=out)
    assert "2 sent again, 2 taken in, 0 still kept aside" in out.getvalue()
    assert Order.objects.count() == 2
    assert [each.code for each in kept.open_records()] == ["order.status"]


def test_a_record_sent_again_by_its_source_settles_its_item(nodes):
    item = kept_aside(order("o1", channel="kiosk"))
    factories.channel(organization=nodes["b1"], code="kiosk")
    accept(order("o1", channel="kiosk"))
    item.refresh_from_db()
    assert (item.state, item.note) == ("retried", "sent again")


def test_reasons_are_counted():
    accept(order("o1", status="lost"), order("o2", status="lost"))
    accept(account("u1", identifiers=[{"kind": "phone", "value": "1"}]))
    assert [(each.code, each.scope, each.count) for each in kept.reasons()] == [
        ("order.status", "record", 2),
        ("phone.malformed", "value", 1),
    ]
