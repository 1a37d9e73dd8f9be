"""Value of one book becomes value of another, account by account, with its rate and what rounding left over."""

from decimal import Decimal

import pytest

from members.actions import conversions, points, reversals
from members.actions.postings import KeyReused
from members.ledger.amounts import Unfit
from members.models import Conversion, Entry, Lot, Posting
from tests.connections import at_once
from tests.members.ledger.purses import (
    DAY,
    NOW,
    available,
    book,
    earn,
    faults,
    held,
    key,
    merge,
    spend,
    split,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(group):
    return book(organization=group, code="ours", worth=1)


@pytest.fixture
def theirs(group):
    return book(organization=group, code="theirs", worth=Decimal("0.5"))


def convert(account, source, into, amount=None, **more):
    given = {"key": key(), "now": NOW} | more
    return conversions.convert(account=account, book=source, into=into, amount=amount, **given)


def sound() -> bool:
    return not faults()


@pytest.mark.requirement("IDN-071")
def test_points_of_two_platforms_are_converted_by_their_rates_and_added(group, ours, theirs, pair):
    one, other = pair
    same = book(organization=group, code="same", worth=1)
    earn(one, same, 500)
    earn(other, theirs, 1_000)
    merge(one, other)
    one.refresh_from_db()
    found = conversions.unite(member=one.member, into=ours, key="unite", now=NOW)
    assert available(one, ours) == 1_000
    assert [(each.out.amount, each.into.amount, each.rate, each.lost) for each in found] == [
        (-500, 500, 1, 0),
        (-1_000, 500, Decimal("0.5"), 0),
    ]
    rows = Conversion.objects.order_by("posting_id").values_list(
        "asked", "rate", "lost", "source__book__code"
    )
    assert list(rows) == [(500, 1, 0, "same"), (1_000, Decimal("0.5"), 0, "theirs")]
    assert conversions.unite(member=one.member, into=ours, key="unite", now=NOW) == found
    split(one, other)
    assert (available(one, ours), available(other, ours)) == (500, 500)
    assert sound()


def test_it_is_rounded_down_and_says_what_was_lost(ours, theirs, pair):
    earn(pair[0], theirs, 15)
    done = convert(pair[0], theirs, ours, 7)
    assert (done.out.amount, done.into.amount, done.lost) == (-7, 3, Decimal("0.5"))
    assert (available(pair[0], theirs), available(pair[0], ours)) == (8, 3)
    assert sorted(Entry.objects.filter(posting__verb="convert").values_list("wallet__role", "amount")) == [
        ("", -7),
        ("", 3),
        ("converted", -3),
        ("converted", 7),
    ]
    assert sound()


def test_a_rate_without_end_is_exact_where_it_comes_out_even(group, pair):
    third, one = (
        book(organization=group, code="third", worth=1),
        book(organization=group, code="one", worth=3),
    )
    earn(pair[0], third, 10)
    done = convert(pair[0], third, one, 9)
    assert (done.into.amount, done.lost, done.rate) == (3, 0, Decimal("0.333333333333"))


def test_it_stays_within_the_account_so_an_undo_leaves_everybody_his_own(ours, theirs, pair):
    one, other = pair
    earn(one, theirs, 100)
    earn(other, theirs, 40)
    merge(one, other)
    convert(other, theirs, ours)
    with pytest.raises(points.NotEnough, match="100 can be spent"):
        convert(one, theirs, ours, 101)
    split(one, other)
    assert (available(one, theirs), available(one, ours)) == (100, 0)
    assert (available(other, theirs), available(other, ours)) == (0, 20)


def test_what_comes_in_follows_the_other_books_expiry(group, theirs, pair):
    short = book(
        organization=group,
        code="short",
        worth=1,
        expiry="months_after",
        expiry_months=1,
        pending_days=9,
    )
    earn(pair[0], theirs, 100, at=NOW - 300 * DAY)
    convert(pair[0], theirs, short)
    lot = Lot.objects.get(wallet__book=short)
    assert (lot.expires_at, lot.available_from) == (short.ends(NOW), NOW)


def test_what_somebody_owes_cannot_be_converted_away(group, ours, pair):
    one, other = pair
    loose = book(organization=group, code="loose", worth=1, below_zero=True)
    wrong = Posting.objects.get(pk=earn(other, loose, 60).posting)
    spend(other, loose, 60)
    points.reverse(posting=wrong, key=key(), now=NOW)
    earn(one, loose, 100)
    with pytest.raises(Unfit, match="nothing in Loose to convert"):
        convert(other, loose, ours)
    merge(one, other)
    with pytest.raises(points.NotEnough, match="40 can be spent"):
        convert(one, loose, ours, 41)
    convert(one, loose, ours)
    assert (available(one, ours), held(one, loose).owed) == (40, 0)
    assert sound()


def test_the_same_key_gives_the_same_answer(ours, theirs, pair):
    earn(pair[0], theirs, 15)
    first = convert(pair[0], theirs, ours, 7, key="k")
    assert convert(pair[0], theirs, ours, 7, key="k") == first
    with pytest.raises(KeyReused):
        convert(pair[0], theirs, ours, 8, key="k")
    assert Conversion.objects.count() == 1


def test_what_cannot_be_converted_says_why(group, ours, theirs, pair):
    worthless = book(organization=group, code="worthless")
    earn(pair[0], theirs, 15)
    with pytest.raises(conversions.NoRate, match="Worthless cannot be converted"):
        convert(pair[0], theirs, worthless)
    with pytest.raises(Unfit, match="worth less than 1 points"):
        convert(pair[0], theirs, ours, 1)
    with pytest.raises(Unfit, match="into itself"):
        convert(pair[0], theirs, theirs, 1)
    closed = book(organization=group, code="closed", worth=1, closed_at=NOW)
    with pytest.raises(points.Closed, match="Closed was closed on"):
        convert(pair[0], theirs, closed, 2)
    done = convert(pair[0], theirs, ours, 2)
    with pytest.raises(reversals.NotReversible):
        points.reverse(posting=Posting.objects.get(pk=done.into.posting), key=key(), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_there_and_back_at_once_and_spending_beside(group, ours, theirs, pair):
    earn(pair[0], ours, 100)
    earn(pair[0], theirs, 100)
    found = at_once(
        lambda: convert(pair[0], ours, theirs, 60),
        lambda: convert(pair[0], theirs, ours, 60),
        lambda: spend(pair[0], ours, 60),
        lambda: convert(pair[0], ours, theirs, 60),
    )
    refused = [each for each in found if isinstance(each, Exception)]
    assert all(isinstance(each, points.NotEnough) for each in refused)
    assert 1 <= len(refused) <= 2
    assert sound()
