"""Each invariant is broken on purpose, with the guards of the database off, and check_ledger finds it."""

import io
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from members.actions import conversions, gift_cards, holds, openings, points
from members.models import OpeningRule, Posting, Programme
from members.queries import proofs
from tests import factories
from tests.members.ledger.purses import DAY, NOW, accounts, book, earn, key, spend

TABLES = ("book", "wallet", "posting", "entry", "lot", "lotuse", "hold", "conversion", "giftcard")
PLAIN = (
    "ALTER TABLE members_wallet DROP CONSTRAINT wallet_not_below_zero, DROP CONSTRAINT wallet_floor;"
    "ALTER TABLE members_lot DROP CONSTRAINT lot_remains_within_its_amount;"
    "ALTER TABLE members_posting DROP CONSTRAINT posting_once, DROP CONSTRAINT posting_of_a_hold;"
)

BREAKS = {
    "the entries of a posting sum to zero": "UPDATE members_entry SET amount = amount + 1 WHERE posting_id = {first} AND amount > 0",
    "every posting has entries, unless nothing could be taken back": "DELETE FROM members_entry WHERE posting_id = {first}",
    "an entry stands between a posting and a wallet of its book": "UPDATE members_posting SET book_id = {other} WHERE id = {first}",
    "the amount of a posting is what its accounts gained or lost": "UPDATE members_posting SET amount = amount - 1 WHERE id = {first}",
    "a balance is the sum of its entries": "UPDATE members_wallet SET balance = balance + 1 WHERE balance IS NOT NULL",
    "a balance is what is left in its lots": "UPDATE members_lot SET remaining = remaining - 1, amount = amount - 1 WHERE posting_id = {first}",
    "what is left of a lot is its amount less its uses": "UPDATE members_lotuse SET amount = amount - 1",
    "each movement of a wallet stands in its lots": "UPDATE members_lotuse SET posting_id = -posting_id WHERE amount > 0",
    "a lot is in the book of the posting that made it": "UPDATE members_lot SET posting_id = -1 WHERE posting_id = {first}",
    "nothing is below zero unless the book allows it": "UPDATE members_wallet SET balance = -1 WHERE balance IS NOT NULL",
    "no more is left of a lot than it had": "UPDATE members_lot SET remaining = amount + 1",
    "no more is reversed than was moved": "UPDATE members_posting SET short = 1 WHERE verb = 'reverse'",
    "no more of an order is taken back than it earned": (
        "UPDATE members_posting SET order_key = 'O1', channel_id = 1, short = 200 WHERE verb = 'reverse'"
    ),
    "the house holds what open holds have": "UPDATE members_hold SET state = 'lapsed', ended_at = until WHERE state = 'open'",
    "each posting of a hold has one ending when the hold ended, none before": (
        "UPDATE members_posting SET hold_id = (SELECT id FROM members_hold WHERE state = 'open') WHERE verb = 'commit'"
    ),
    "what a hold spent and what it gave back is what was held": (
        "UPDATE members_posting SET amount = amount - 1 WHERE verb = 'hold'"
    ),
    "no more of a commit is reversed than was committed": (
        "UPDATE members_posting r SET short = 60 FROM members_posting c WHERE c.id = r.corrects_id AND c.verb = 'commit'"
    ),
    "a conversion brings what left the other book, at its rate and less what was lost": (
        "UPDATE members_conversion SET lost = lost + 0.01"
    ),
    "what was taken over is what was stated, at its rate and less what was lost": (
        "UPDATE members_conversion SET asked = asked + 1 WHERE opening_id IS NOT NULL"
    ),
    "the pot of a gift card holds its value until it is activated": (
        "UPDATE members_giftcard SET state = 'cancelled', cancelled_at = issued_at WHERE state = 'issued'"
    ),
    "a key is used once": "UPDATE members_posting SET key = 'same'",
}  # fmt: skip


@pytest.fixture
def ledger(db):
    group = factories.organization()
    ours = book(organization=group, worth=Decimal("0.01"))
    other = book(organization=group, code="other", worth=Decimal("0.03"))
    [account] = accounts(1, organization=group)
    first = earn(account, ours, 100)
    spent = spend(account, ours, 30)
    points.reverse(posting=Posting.objects.get(pk=spent.posting), key=key(), now=NOW)
    for name in ("spent", "open"):
        part = holds.Part(ours, 20)
        holds.place(account=account, parts=[part], key=name, until=NOW + DAY, now=NOW)
    [committed] = holds.commit(key="spent", amounts={"points": 15}, now=NOW).receipts
    points.reverse(posting=Posting.objects.get(pk=committed.posting), amount=5, key=key(), now=NOW)
    conversions.convert(account=account, book=ours, into=other, amount=10, key=key(), now=NOW)
    take_over(account, ours, 80, 40)
    for number in (1, 2):
        gift_cards.issue(
            book=book(organization=group, code=f"gifts-{number}", kind="gift_card"),
            amount=50,
            key=key(),
            now=NOW,
        )
    return {"first": first.posting, "other": other.pk}


def take_over(account, ours, *stated) -> None:
    club = Programme.objects.create(organization=account.organization, name="Club")
    OpeningRule.objects.create(programme=club, channel=account.channel, points_book=ours)
    for day, amount in enumerate(stated):
        account.memberships.update(points=amount, points_at=NOW + day * DAY)
        openings.settle(accounts=[account.pk], now=NOW + 9 * DAY)


def unguarded(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(PLAIN)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE members_{table} DISABLE TRIGGER USER")
        cursor.execute(statement)


def broken() -> set[str]:
    return {each.proof for each in proofs.findings() if each.count}


def test_every_proof_is_tried():
    assert BREAKS.keys() == proofs.PROOFS.keys()


@pytest.mark.requirement("MEM-019")
def test_a_ledger_that_adds_up_passes(ledger):
    out = io.StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue().count("holds   ") == len(proofs.PROOFS)


@pytest.mark.parametrize("proof", BREAKS)
def test_what_breaks_is_found_and_shown(ledger, proof):
    unguarded(BREAKS[proof].format(**ledger))
    assert proof in broken()
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger", stdout=out)
    assert ended.value.code == 1
    assert "BROKEN" in out.getvalue().split(proof)[0].splitlines()[-1]


SHAPES = {
    "a rate that nobody agreed to": (
        "UPDATE members_conversion SET rate = 2 WHERE opening_id IS NOT NULL AND asked = 40",
        "what was taken over is what was stated, at its rate and less what was lost",
    ),
    "more taken back than was taken over": (
        "UPDATE members_posting p SET short = 41 FROM members_conversion v WHERE v.posting_id = p.id AND v.asked = 40",
        "what was taken over is what was stated, at its rate and less what was lost",
    ),
    "something taken over that nobody stated": (
        "UPDATE members_conversion SET opening_id = NULL WHERE asked = 80",
        "what was taken over is what was stated, at its rate and less what was lost",
    ),
    "a gift card without value": (
        "UPDATE members_giftcard SET amount = amount + 1",
        "the pot of a gift card holds its value until it is activated",
    ),
    "a hold that ended without a posting": (
        "UPDATE members_hold SET state = 'lapsed', ended_at = until WHERE state = 'open'",
        "each posting of a hold has one ending when the hold ended, none before",
    ),
    "a hold that was cancelled and spent": (
        "UPDATE members_hold SET state = 'cancelled' WHERE state = 'committed'",
        "each posting of a hold has one ending when the hold ended, none before",
    ),
    "half a conversion": (
        "DELETE FROM members_conversion",
        "a conversion brings what left the other book, at its rate and less what was lost",
    ),
    "a conversion out of nothing": (
        "UPDATE members_conversion SET source_id = {first} WHERE source_id IS NOT NULL",
        "a conversion brings what left the other book, at its rate and less what was lost",
    ),
    "a conversion of more than left the other book": (
        "UPDATE members_conversion SET asked = asked + 3, lost = lost + 1",
        "a conversion brings what left the other book, at its rate and less what was lost",
    ),
    "an ending of something else than a hold": (
        "UPDATE members_posting SET corrects_id = {first} WHERE verb = 'commit'",
        "what a hold spent and what it gave back is what was held",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_other_ways_to_break_a_promise_are_found_too(ledger, shape):
    statement, proof = SHAPES[shape]
    unguarded(statement.format(**ledger))
    assert proof in broken()
