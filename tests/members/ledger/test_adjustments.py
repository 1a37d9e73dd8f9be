"""Corrections by hand: within the book's limit alone, above it with a second person."""

import pytest

from members.actions import adjustments, points
from members.actions.postings import Receipt
from members.ledger.amounts import Unfit
from members.models import Adjustment, Posting
from tests import factories
from tests.connections import at_once
from tests.members.ledger.purses import NOW, accounts, available, book, earn, key

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours():
    return book(organization=factories.organization(), adjust_limit=100)


@pytest.fixture
def account(ours):
    return accounts(1, organization=ours.organization)[0]


@pytest.fixture
def clerk(db):
    return factories.staff()


@pytest.fixture
def other(db):
    return factories.staff()


def ask(account, book, amount, by, **more):
    given = {"reason": "lost receipt", "key": key(), "now": NOW} | more
    return adjustments.ask(account=account, book=book, amount=amount, by=by, **given)


def test_up_to_the_limit_it_is_done_at_once(ours, account, clerk):
    assert isinstance(ask(account, ours, 100, clerk), Receipt)
    assert isinstance(ask(account, ours, -100, clerk), Receipt)
    assert (available(account, ours), Adjustment.objects.count()) == (0, 0)


@pytest.mark.parametrize("amount", [101, -101])
def test_above_it_somebody_else_has_to_agree(ours, account, clerk, other, amount):
    earn(account, ours, 500)
    asked = ask(account, ours, amount, clerk)
    assert (asked.state, available(account, ours)) == ("asked", 500)
    with pytest.raises(adjustments.AloneRefused, match="somebody else decides"):
        adjustments.agree(adjustment=asked, by=clerk, now=NOW)
    receipt = adjustments.agree(adjustment=asked, by=other, now=NOW)
    assert adjustments.agree(adjustment=asked, by=other, now=NOW) == receipt
    assert (receipt.amount, available(account, ours)) == (amount, 500 + amount)
    asked.refresh_from_db()
    posted = Posting.objects.get(verb="adjust")
    assert (asked.state, asked.decided_by, asked.posting) == ("done", other, posted)
    assert (posted.by, posted.reason) == (clerk, "lost receipt")


def test_what_was_refused_moves_nothing_and_stays_refused(ours, account, clerk, other):
    asked = ask(account, ours, 500, clerk)
    with pytest.raises(adjustments.AloneRefused):
        adjustments.refuse(adjustment=asked, by=clerk, now=NOW)
    for _ in range(2):
        adjustments.refuse(adjustment=asked, by=other, now=NOW)
    with pytest.raises(adjustments.Decided, match="decided already: refused"):
        adjustments.agree(adjustment=asked, by=other, now=NOW)
    done = ask(account, ours, 600, clerk)
    adjustments.agree(adjustment=done, by=other, now=NOW)
    with pytest.raises(adjustments.Decided, match="decided already: done"):
        adjustments.refuse(adjustment=done, by=other, now=NOW)
    assert available(account, ours) == 600


def test_the_same_is_not_asked_for_twice_while_it_waits(ours, account, clerk, other):
    first = ask(account, ours, 500, clerk)
    assert ask(account, ours, 500, clerk) == first
    assert ask(account, ours, 501, clerk) != first
    adjustments.agree(adjustment=first, by=other, now=NOW)
    assert ask(account, ours, 500, clerk) != first


def test_a_reason_is_needed_and_the_book_may_know_no_limit(account, clerk):
    free = book(organization=account.channel.organization, code="free")
    assert isinstance(ask(account, free, 10**9, clerk), Receipt)
    limited = book(organization=account.channel.organization, code="limited", adjust_limit=0)
    with pytest.raises(Unfit, match="Say by how much, and why"):
        ask(account, limited, 1, clerk, reason=" ")
    assert ask(account, limited, 1, clerk).state == "asked"


def test_what_cannot_be_taken_any_more_goes_on_waiting(ours, account, clerk, other):
    earn(account, ours, 50)
    asked = ask(account, ours, -200, clerk)
    with pytest.raises(points.NotEnough):
        adjustments.agree(adjustment=asked, by=other, now=NOW)
    asked.refresh_from_db()
    assert (asked.state, available(account, ours)) == ("asked", 50)


@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_once_post_it_once_and_only_one_of_yes_and_no_counts(ours, account, clerk, other):
    asked = ask(account, ours, 500, clerk)
    third = factories.staff()
    found = at_once(
        *(lambda by=by: adjustments.agree(adjustment=asked, by=by, now=NOW) for by in (other, third))
    )
    assert len(set(found)) == 1
    assert available(account, ours) == 500
    asked = ask(account, ours, 600, clerk)
    yes, no = at_once(
        lambda: adjustments.agree(adjustment=asked, by=other, now=NOW),
        lambda: adjustments.refuse(adjustment=asked, by=third, now=NOW),
    )
    assert isinstance(yes, adjustments.Decided) != isinstance(no, adjustments.Decided)
    asked.refresh_from_db()
    assert (asked.state == "done") == (available(account, ours) == 1_100)


@pytest.mark.django_db(transaction=True)
def test_the_same_asked_for_at_once_is_one(ours, account, clerk):
    found = at_once(*(lambda: ask(account, ours, 500, clerk) for _ in range(3)))
    assert len({each.pk for each in found}) == 1
