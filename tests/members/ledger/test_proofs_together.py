"""Several connections prove the ledger at once: they see one snapshot, and what refers to nothing is in a range too."""

import time

import pytest
from django.db import connection

from members.queries import proofs
from tests import factories
from tests.connections import Side
from tests.members.ledger.purses import accounts, book, earn, spend

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
SAID = "the amount of a posting is what its accounts gained or lost"
BOOK = "a lot is in the book of the posting that made it"


@pytest.fixture
def postings(monkeypatch):
    monkeypatch.setattr(proofs, "RANGE", 2)
    group = factories.organization()
    ours = book(organization=group)
    [account] = accounts(1, organization=group)
    earned = [earn(account, ours, 10).posting for _each in range(5)]
    return [*earned, spend(account, ours, 25).posting]


def change(statement: str) -> None:
    def work():
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement)

    Side(work).ended()


def broken() -> dict[str, int]:
    return {each.proof: each.count for each in proofs.findings() if each.count}


def test_ranges_meet_and_have_no_ends(postings):
    parts = [part for scan in proofs.SCANS if scan.ranged for part in proofs._parts(scan)]
    assert len(parts) > 2
    assert (parts[0]["first"], parts[-1]["last"]) == (-proofs.MOST + 1, proofs.MOST)
    assert [part["last"] + 1 for part in parts[:-1]] == [part["first"] for part in parts[1:]]


def test_what_breaks_is_found_in_each_range(postings):
    assert broken() == {}
    change("UPDATE members_posting SET amount = amount + 1")
    assert broken() == {SAID: len(postings)}


def test_a_lot_of_no_posting_is_found(postings):
    for strange in (-7, 10**15):
        change(f"UPDATE members_lot SET posting_id = {strange} WHERE posting_id = {postings[0]}")
        assert BOOK in broken()
        change(f"UPDATE members_lot SET posting_id = {postings[0]} WHERE posting_id = {strange}")
    assert broken() == {}


def test_all_proofs_are_of_one_moment(postings):
    found = proofs.findings()
    assert next(found).count == 0
    change("UPDATE members_wallet SET balance = balance + 1 WHERE balance IS NOT NULL")
    assert [each.proof for each in found if each.count] == []
    assert "a balance is the sum of its entries" in broken()


def test_no_connection_is_left_behind(postings):
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    next(proofs.findings())
    with connection.cursor() as cursor:
        for _try in range(600):
            cursor.execute(others)
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.1)
    pytest.fail("its connections are still there")
