"""Whoever changes people locks them in one order, so that nobody waits for whom he keeps waiting.

Each test stops one of two in the middle, where it holds accounts and has yet to take identifiers.
"""

import threading
import time

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from identity.actions import children, intake, locks, oneid, verdicts
from identity.models import LineageEntry
from members.actions import erasure
from members.models import Account
from tests.connections import Side
from tests.identity import company, oneids
from tests.identity.oneids import DAY, NOW, account, people
from tests.identity.test_oneid_races import all_is_well

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "phone:+8613800138000"


@pytest.fixture
def two():
    """Two accounts of one phone that nothing has joined yet: whoever computes anew moves the second."""
    mall = oneids.house(mall={})["mall"]
    first, second = account(mall, "a", PHONE), account(mall, "b", PHONE, at=NOW + DAY)
    assert people() == [["a"], ["b"]]
    return first, second


def test_a_rebuild_waits_for_a_batch_that_has_yet_to_take_its_identifiers(two):
    with transaction.atomic(), connection.cursor() as cursor:
        locks.shared()
        cursor.execute("SELECT id FROM members_account WHERE id = %s FOR UPDATE", [two[1].pk])
        rebuilding = Side(lambda: oneid.rebuild(now=NOW))
        assert rebuilding.waits()
        oneid.resolve(accounts=[two[1].pk], now=NOW)
    rebuilding.ended()
    assert people() == [["a", "b"]]
    assert all_is_well()


def test_a_rebuild_waits_for_a_verdict(two):
    with transaction.atomic():
        verdicts.hold(accounts=[each.pk for each in two])
        rebuilding = Side(lambda: oneid.rebuild(now=NOW))
        assert rebuilding.waits()
        oneid.resolve(accounts=[two[1].pk], now=NOW)
    rebuilding.ended()
    assert people() == [["a", "b"]]


def test_an_erasure_waits_for_a_verdict_and_a_verdict_for_an_erasure(two):
    first, second = two
    asked = erasure.request(member=first.member, reason="by letter", now=NOW, door="command")
    with transaction.atomic():
        verdicts.hold(accounts=[second.pk])
        erasing = Side(lambda: erasure.carry_out(erasure=asked, now=NOW))
        assert erasing.waits()
        oneid.resolve(accounts=[second.pk], now=NOW)
    erasing.ended()
    assert Account.everything.filter(external_id__startswith="erased-").count() == 2


def test_a_child_is_revoked_while_a_batch_that_told_of_it_waits_for_its_identifiers(two):
    steward = User.objects.create_user("steward")
    oneid.rebuild(now=NOW)
    with transaction.atomic(), connection.cursor() as cursor:
        locks.shared()
        cursor.execute("SELECT id FROM members_account WHERE id = %s FOR UPDATE", [two[1].pk])
        revoking = Side(lambda: children.revoke(account=two[0], reason="closed", by=steward, now=NOW))
        assert revoking.waits()
        oneid.resolve(accounts=[two[1].pk], now=NOW)
    revoking.ended()
    assert Account.objects.get(pk=two[0].pk).revoked_at == NOW
    assert all_is_well()


def wait_for_batches():
    """Until both senders' customers are there: rebuilt any earlier, nobody would have to be moved."""
    for _ in range(600):
        if Account.objects.filter(external_id__startswith="x").count() == 7:
            return
        time.sleep(0.1)
    raise AssertionError("nothing was sent within a minute")


def test_everybody_is_rebuilt_again_and_again_while_batches_come():
    company.build()
    stop = threading.Event()

    def send(side):
        for n in range(500):
            if stop.is_set():
                return
            told = [
                company.account(f"{side}{n % 7}", on=n % 150, phone=f"1380013800{n % 7}"),
                company.account(f"x{n % 7}", on=n % 150, phone=f"1380013800{n % 7}"),
            ]
            assert len(intake.accept(records=told, source="test", now=company.NOW)) == 2

    senders = [Side(lambda side=side: send(side)) for side in "ab"]
    try:
        for _ in range(5):
            wait_for_batches()
            with connection.cursor() as cursor:
                cursor.execute("UPDATE members_account SET member_id = minted_id WHERE external_id LIKE 'x%'")
            oneid.rebuild(now=company.NOW)
    finally:
        stop.set()
        for each in senders:
            each.ended()
    assert LineageEntry.objects.exists()
    assert all_is_well()
