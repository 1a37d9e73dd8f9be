"""Several connections at once: the rows are those that one would have left."""

import pytest
from django.db import transaction

from identity.actions import intake, joining
from identity.queries import waiting
from members.models import Account, Member, Return
from tests.connections import Side, together
from tests.identity import company, snapshots

pytestmark = pytest.mark.django_db(transaction=True)


def alone(records):
    with transaction.atomic():
        company.accept(*records)
        found = snapshots.take()
        transaction.set_rollback(True)
    return found


def sender(records, size=1):
    def send():
        for start in range(0, len(records), size):
            intake.accept(records=records[start : start + size], source="race", now=company.NOW)

    return send


def records():
    for n in range(12):
        yield company.account(f"u{n}", phone=f"1380000{n % 4:04}", profile={"name": f"N{n % 4}"})
        yield company.order(f"o{n}", f"u{n}", identifiers=[{"kind": "phone", "value": "13900139000"}])
        yield company.order(f"o{n}", f"u{n}", status="completed", on=2)
        yield company.returned(f"r{n}", f"o{n}", refund="1")
        yield company.event("page_view", f"u{n}")


def test_the_same_records_from_three_sides():
    company.build()
    given = list(records())
    expected = alone(given)
    together(sender(given, 5), sender(given[::-1], 7), sender(given[20:] + given[:20], 3))
    found = snapshots.take()
    for name in expected:
        assert found[name] == expected[name], name


@pytest.mark.parametrize("attempt", range(5))
def test_an_order_and_its_account_at_the_same_moment(attempt):
    company.build()
    people = [company.account(f"u{n}") for n in range(8)]
    sales = [company.order(f"o{n}", f"u{n}") for n in range(8)]
    back = [company.returned(f"r{n}", f"o{n}") for n in range(8)]
    together(sender(people), sender(sales), sender(back))
    assert waiting.rows() == []
    assert {member.features.amount for member in Member.objects.active()} == {0}


def test_an_order_gets_its_account_while_its_return_is_linked(monkeypatch):
    company.build()
    monkeypatch.setattr(intake.waiting, "join", lambda **_: intake.waiting.Joined())
    for record in (company.returned("r1", "o1"), company.order("o1", "u1"), company.account("u1")):
        company.accept(record)
    monkeypatch.undo()
    channel = Account.objects.get().channel_id

    with transaction.atomic():
        joining.join(people={(channel, "u1")}, sales=set(), now=company.NOW)
        linking = Side(lambda: joining.join(people=set(), sales={(channel, "o1")}, now=company.NOW))
        assert linking.waits()
    linking.ended()
    assert Return.objects.get().account == Account.objects.get()
    assert Member.objects.get().features.amount == 0


@pytest.mark.parametrize("attempt", range(6))
def test_one_record_from_six_sides_is_accepted_once(attempt):
    company.build()
    record, given = company.order("o1", identifiers=[{"kind": "phone", "value": "13800000001"}]), []
    together(*[lambda: given.extend(company.accept(record))] * 6)
    assert sorted(each.verdict for each in given) == ["accepted", *["duplicate"] * 5]


def test_a_sweep_joins_what_a_killed_process_left_waiting(monkeypatch):
    company.build()
    company.accept(company.order("o1", "u1"), company.returned("r1", "o2"))
    monkeypatch.setattr(intake.waiting, "join", lambda **_: intake.waiting.Joined())
    company.accept(company.account("u1"), company.order("o2", "u1"))
    monkeypatch.undo()
    assert {each.named for each in waiting.rows()} == {"u1", "o2"}
    assert joining.sweep(now=company.NOW) == 2
    assert waiting.rows() == []
    assert joining.sweep(now=company.NOW) == 0
    assert Member.objects.active().get().features.amount == 100
