"""What waits joins its sale or is tried again, by itself or by staff, and holds up nothing else."""

import datetime as dt
import json

import pytest

from campaigns import tasks
from campaigns.actions.till import operations, recording, retrying, uploading
from campaigns.models import (
    TillOrder,
    TillReturn,
    UploadedItem,
)
from members.models import Order
from tests import factories
from tests.campaigns.offering import NOW
from tests.campaigns.till import offline, selling
from tests.campaigns.till.offline import back, fetched, line, sale, states, upload
from tests.campaigns.till.pricing import till

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


def test_a_return_that_waits_joins_a_sale_that_came_by_another_door(cashier, summer, monkeypatch):
    upload(cashier, back("N1"))
    selling.sell(cashier, "300.00", cash="250.00")
    assert retrying.retry_waiting(now=NOW) == 0
    assert retrying.retry_waiting(now=NOW + HOUR) == 1
    assert UploadedItem.objects.get().state == "accepted"
    assert retrying.retry_waiting(now=NOW + 2 * HOUR) == 0


def test_one_that_fails_holds_up_no_other_and_is_tried_again(cashier, summer, monkeypatch):
    def fail(**_told):
        raise RuntimeError("no light")

    bundle = fetched(cashier)
    first, second = sale(bundle), sale(bundle, order="N2")
    with monkeypatch.context() as broken:
        broken.setattr(recording.committing, "commit", fail)
        [verdict] = upload(cashier, first)
    assert (verdict["state"], verdict["code"]) == ("waiting", "fault")
    assert not TillOrder.objects.exists()
    assert states(cashier, second) == ["accepted"]
    assert retrying.retry_waiting(now=NOW + HOUR) == 1
    assert UploadedItem.objects.get(key=first.key).state == "accepted"


def test_staff_try_again_or_set_aside(cashier, summer):
    told = offline.raw(sale(fetched(cashier)), digest="x")
    upload(cashier, told)
    item = UploadedItem.objects.get()
    assert retrying.retry(item=item, now=NOW).state == "refused"
    with pytest.raises(retrying.NotOpen, match="Say how"):
        retrying.set_aside(item=item, reason=" ", by=factories.staff(), now=NOW)
    retrying.set_aside(item=item, reason="booked by hand", by=factories.staff(), now=NOW)
    assert states(cashier, told) == ["set_aside"]
    with pytest.raises(retrying.NotOpen):
        retrying.retry(item=item, now=NOW)


def test_a_return_before_its_sale_waits_and_joins_it(cashier, summer):
    bundle = fetched(cashier)
    returned = back("N1", (1, 1))
    [verdict] = upload(cashier, returned)
    assert (verdict["state"], verdict["code"], verdict["says"]) == (
        "waiting", "order_unknown", "It waits for the sale N1.",
    )  # fmt: skip
    assert states(cashier, sale(bundle)) == ["accepted"]
    assert TillReturn.objects.get().total == 25_000
    assert states(cashier, returned) == ["accepted"]


def due() -> list[dt.timedelta]:
    return [each.due_at - each.tried_at for each in UploadedItem.objects.order_by("id")]


def test_it_is_tried_less_and_less_often(cashier, summer):
    upload(cashier, back("N1"))
    minutes, now = [], NOW
    for _each in range(9):
        [wait] = due()
        minutes.append(wait.total_seconds() / 60)
        now += wait
        assert retrying.retry_waiting(now=now - dt.timedelta(seconds=1)) == 0
        assert retrying.retry_waiting(now=now) == 1
    assert minutes == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert states(cashier, sale(fetched(cashier))) == ["accepted"]
    assert TillReturn.objects.count() == 1


def test_the_many_of_one_dealer_hold_up_nobody_elses(cashier, nodes, pos, summer):
    upload(cashier, *(back(f"N{number}", number=f"R{number}") for number in range(6)))
    other = factories.channel(organization=nodes["s4"], code="pos-4", kind="pos")
    upload(till(other, organization=nodes["s4"]), back("M1", store="s4"))
    assert retrying.retry_waiting(now=NOW + HOUR, batch=2) == 2
    tried = UploadedItem.objects.filter(tries=2)
    assert sorted(tried.values_list("channel__code", flat=True)) == ["pos", "pos-4"]


def test_one_that_cannot_even_be_tried_holds_up_no_other(cashier, summer, monkeypatch):
    upload(cashier, back("N1"), back("N2", number="R2"))
    bad, _good = UploadedItem.objects.order_by("id")
    UploadedItem.objects.filter(pk=bad.pk).update(body="{")
    assert retrying.retry_waiting(now=NOW + HOUR) == 2
    assert list(UploadedItem.objects.order_by("id").values_list("state", "tries")) == [("waiting", 2)] * 2
    assert due() == [6 * HOUR, HOUR / 6]


def test_what_falls_through_after_the_sale_was_written_waits_as_it_was_told(cashier, summer, monkeypatch):
    def busy(**told):
        told["do"]()
        raise operations.InFlight

    sold = sale(fetched(cashier))
    with monkeypatch.context() as broken:
        broken.setattr(operations, "once", busy)
        [verdict] = upload(cashier, sold)
    assert (verdict["state"], verdict["code"], verdict["notes"]) == ("waiting", "in_flight", [])
    row = UploadedItem.objects.get()
    assert (row.sale, json.loads(row.body)) == (None, offline.raw(sold))
    assert retrying.retry_waiting(now=NOW + HOUR) == 1
    assert Order.objects.count() == 1


def test_a_request_tries_only_so_many_of_those_that_waited_for_its_sale(cashier, summer, monkeypatch):
    monkeypatch.setattr(uploading, "JOINED", 2)
    waiting = [back("N1", number=f"R{number}") for number in range(4)]
    upload(cashier, *waiting)
    sold = sale(fetched(cashier), line(quantity=9, price=10_000))
    assert states(cashier, sold) == ["accepted"]
    assert TillReturn.objects.count() == 2
    assert retrying.retry_waiting(now=NOW) == 2
    assert TillReturn.objects.count() == 4


def test_the_job_goes_on_until_nothing_is_due(cashier, summer, monkeypatch):
    upload(cashier, *(back(f"N{number}", number=f"R{number}") for number in range(5)))
    monkeypatch.setattr(retrying.retry_waiting, "__kwdefaults__", {"batch": 2})
    assert tasks.retry_uploads(clock=lambda: NOW + HOUR) == 5
    assert tasks.retry_uploads(clock=lambda: NOW + HOUR) == 0


def test_returns_follow_at_once_when_staff_have_their_sale_taken_in(cashier, nodes, pos, summer):
    cashier = till(pos, organization=nodes["d1"])
    told = offline.raw(sale(fetched(cashier)), store="s9")
    assert states(cashier, told, back("N1")) == ["refused", "waiting"]
    factories.organization(code="s9", kind="store", parent=nodes["d1"])
    refused = UploadedItem.objects.get(state="refused")
    assert retrying.retry(item=refused, now=NOW).state in ("accepted", "corrected")
    assert UploadedItem.objects.get(kind="return").due_at == NOW
