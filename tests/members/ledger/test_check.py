"""Each invariant is broken on purpose, with the guards of the database off, and check_ledger finds it."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from members.actions import points
from members.models import Posting
from members.queries import proofs
from tests import factories
from tests.members.ledger.purses import NOW, accounts, book, earn, key, spend

TABLES = ("book", "wallet", "posting", "entry", "lot", "lotuse")
PLAIN = (
    "ALTER TABLE members_wallet DROP CONSTRAINT wallet_not_below_zero, DROP CONSTRAINT wallet_floor;"
    "ALTER TABLE members_lot DROP CONSTRAINT lot_remains_within_its_amount;"
    "ALTER TABLE members_posting DROP CONSTRAINT posting_once;"
)

BREAKS = {
    "the entries of a posting sum to zero": "UPDATE members_entry SET amount = amount + 1 WHERE amount = 100",
    "every posting has entries, unless nothing could be taken back": "DELETE FROM members_entry WHERE posting_id = {first}",
    "an entry stands between a posting and a wallet of its book": "UPDATE members_posting SET book_id = {other} WHERE id = {first}",
    "the amount of a posting is what its accounts gained or lost": "UPDATE members_posting SET amount = amount - 1 WHERE id = {first}",
    "a balance is the sum of its entries": "UPDATE members_wallet SET balance = balance + 1 WHERE balance IS NOT NULL",
    "a balance is what is left in its lots": "UPDATE members_lot SET remaining = remaining - 1, amount = amount - 1 WHERE posting_id = {first}",
    "what is left of a lot is its amount less its uses": "UPDATE members_lotuse SET amount = amount - 1",
    "each movement of a wallet stands in its lots": "UPDATE members_lotuse SET posting_id = {first} WHERE amount > 0",
    "a lot is in the book of the posting that made it": "UPDATE members_lot SET posting_id = -1 WHERE posting_id = {first}",
    "nothing is below zero unless the book allows it": "UPDATE members_wallet SET balance = -1 WHERE balance IS NOT NULL",
    "no more is left of a lot than it had": "UPDATE members_lot SET remaining = amount + 1",
    "no more is reversed than was moved": "UPDATE members_posting SET short = 1 WHERE verb = 'reverse'",
    "no more of an order is taken back than it earned": (
        "UPDATE members_posting SET order_key = 'O1', channel_id = 1, short = 200 WHERE verb = 'reverse'"
    ),
    "a key is used once": "UPDATE members_posting SET key = 'same'",
}  # fmt: skip


@pytest.fixture
def ledger(db):
    group = factories.organization()
    ours, other = book(organization=group), book(organization=group, code="other")
    [account] = accounts(1, organization=group)
    first = earn(account, ours, 100)
    spent = spend(account, ours, 30)
    points.reverse(posting=Posting.objects.get(pk=spent.posting), key=key(), now=NOW)
    return {"first": first.posting, "other": other.pk}


def broken() -> set[str]:
    return {each.proof for each in proofs.findings() if each.count}


def test_every_proof_is_tried():
    assert BREAKS.keys() == proofs.PROOFS.keys()


def test_a_ledger_that_adds_up_passes(ledger):
    out = io.StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue().count("holds") == len(proofs.PROOFS)


@pytest.mark.parametrize("proof", BREAKS)
def test_what_breaks_is_found_and_shown(ledger, proof):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(PLAIN)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE members_{table} DISABLE TRIGGER USER")
        cursor.execute(BREAKS[proof].format(**ledger))
    assert proof in broken()
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger", stdout=out)
    assert ended.value.code == 1
    assert "BROKEN" in out.getvalue().split(proof)[0].splitlines()[-1]
