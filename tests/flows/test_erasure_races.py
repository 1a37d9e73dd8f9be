"""An erasure on one connection, and on another one what could bring the person back."""

import dataclasses
import threading

import pytest

from identity.actions import intake, joining, oneid, undoing, withdrawing
from identity.models import Binding, IngestRun, OrderContact
from members.actions import erasure
from members.models import Account, Membership
from members.privacy import rooms
from tests.connections import PATIENCE, Side
from tests.flows import erased
from tests.identity import company
from tests.identity.company import NOW, account, order

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, KEY = "13911223344", "his-app-account"
WORDS = [PHONE, KEY, "Xu Wenjun"]


class Pause:
    """Wraps a function: it says that it was reached, and goes on when it is told to."""

    def __init__(self, wrapped):
        self.wrapped, self.reached, self.told = wrapped, threading.Event(), threading.Event()

    def __call__(self, *given, **named):
        self.reached.set()
        assert self.told.wait(timeout=PATIENCE)
        return self.wrapped(*given, **named)


@pytest.fixture
def withdrawal():
    """A present for him, of which an import changed the price: taking that back tells of the present again."""
    company.build()
    present = order(
        "o-gift", "other", on=2, receiver={"name": "Xu Wenjun", "phone": PHONE},
        identifiers=[{"kind": "phone", "value": PHONE, "role": "receiver"}],
    )  # fmt: skip
    company.accept(account(KEY, phone=PHONE, profile={"name": "Xu Wenjun"}), account("other"), present)
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    changed = order("o-gift", "other", on=2, updated_at=company.day(9), amount="80.00")
    intake.accept(records=[changed], source="f", now=NOW, run=run)
    assert not OrderContact.objects.exists()
    return undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)


def forget():
    asked = erasure.request(
        member=Account.objects.get(external_id=KEY).member, reason="case 17", now=NOW, door="command"
    )
    return lambda: erasure.carry_out(erasure=asked, now=NOW)


def undo(withdrawal):
    return lambda: undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)


def nothing_is_left() -> bool:
    return erased.everywhere(WORDS) == [] and not Binding.objects.exists() and not oneid.rebuild(now=NOW)


@pytest.mark.requirement("PLT-009")
def test_an_erasure_waits_for_a_batch_of_an_undoing_that_has_read_him(withdrawal, monkeypatch):
    carry_out, read = forget(), Pause(withdrawing._Retelling._take_off)
    monkeypatch.setattr(withdrawing._Retelling, "_take_off", lambda *given: read(*given))
    undoing_it = Side(undo(withdrawal))
    assert read.reached.wait(timeout=PATIENCE)
    erasing = Side(carry_out)
    waited = erasing.waits()
    read.told.set()
    undoing_it.ended()
    erasing.ended()
    assert nothing_is_left()
    assert waited
    assert IngestRun.objects.get().state == "undone"


@pytest.mark.requirement("PLT-009")
def test_an_undoing_waits_for_an_erasure(withdrawal, monkeypatch):
    carry_out, ground = forget(), rooms.every()[-1]
    last = Pause(ground.erase)
    monkeypatch.setitem(rooms._rooms, ground.name, dataclasses.replace(ground, erase=last))
    erasing = Side(carry_out)
    assert last.reached.wait(timeout=PATIENCE)
    undoing_it = Side(undo(withdrawal))
    waited = undoing_it.waits()
    last.told.set()
    erasing.ended()
    undoing_it.ended()
    assert nothing_is_left()
    assert waited


@pytest.mark.requirement("PLT-009")
def test_an_erasure_waits_for_what_joins_his_orders_to_him(monkeypatch):
    company.build()
    with monkeypatch.context() as killed:
        killed.setattr(intake.waiting, "join", lambda **_: intake.waiting.Joined())
        company.accept(order("o1", KEY))
        company.accept(account(KEY, phone=PHONE))
    carry_out, join = forget(), Pause(intake.waiting.join)
    monkeypatch.setattr(intake.waiting, "join", join)
    sweeping = Side(lambda: joining.sweep(now=NOW))
    assert join.reached.wait(timeout=PATIENCE)
    erasing = Side(carry_out)
    waited = erasing.waits()
    join.told.set()
    sweeping.ended()
    erasing.ended()
    assert erased.everywhere(WORDS) == []
    assert not Membership.objects.exists()
    assert waited
