"""Points given back and taken back: whole, in parts, after they expired."""

import pytest

from members.actions import points, reversals
from members.models import Lot, Posting
from tests.members.ledger.purses import (
    DAY,
    NOW,
    available,
    book,
    earn,
    held,
    key,
    spend,
)

pytestmark = pytest.mark.django_db


def test_a_part_reversed_gives_back_the_lots_used_the_last_to_expire_first(group, pair):
    ours = book(organization=group, expiry="months_after", expiry_months=12)
    for days, amount in ((60, 10), (30, 20), (0, 30)):
        earn(pair[0], ours, amount, at=NOW - days * DAY)
    posting = Posting.objects.get(pk=spend(pair[0], ours, 45).posting)
    remaining = lambda: list(Lot.objects.order_by("expires_at").values_list("remaining", flat=True))  # noqa: E731
    assert remaining() == [0, 0, 15]
    points.reverse(posting=posting, amount=25, key=key(), now=NOW)
    assert remaining() == [0, 10, 30]
    points.reverse(posting=posting, key=key(), now=NOW)
    assert remaining() == [10, 20, 30]
    with pytest.raises(reversals.NotReversible, match="0 can still be reversed"):
        points.reverse(posting=posting, amount=1, key=key(), now=NOW)


@pytest.mark.parametrize(("grace", "back"), [(0, 0), (10, 30)])
def test_what_comes_back_after_it_expired_follows_the_days_of_grace(group, pair, grace, back):
    ours = book(organization=group, expiry="months_after", expiry_months=1, grace_days=grace)
    earn(pair[0], ours, 50)
    posting = Posting.objects.get(pk=spend(pair[0], ours, 30).posting)
    later = NOW + 60 * DAY
    points.reverse(posting=posting, key=key(), now=later)
    points.expire(now=later)
    assert available(pair[0], ours, at=later) == back
    assert available(pair[0], ours, at=later + 10 * DAY) == 0


def test_something_earned_is_taken_back_from_itself_and_then_from_what_else_is_there(group, pair):
    ours = book(organization=group)
    wrong = Posting.objects.get(pk=earn(pair[0], ours, 100).posting)
    spend(pair[0], ours, 60)
    earn(pair[0], ours, 25)
    receipt = points.reverse(posting=wrong, key=key(), now=NOW)
    assert (receipt.amount, receipt.short) == (-65, 35)
    assert available(pair[0], ours) == 0


def test_what_cannot_be_taken_back_is_owed_where_the_book_allows_it(group, pair):
    ours = book(organization=group, below_zero=True)
    wrong = Posting.objects.get(pk=earn(pair[0], ours, 100).posting)
    spend(pair[0], ours, 60)
    receipt = points.reverse(posting=wrong, key=key(), now=NOW)
    assert (receipt.amount, receipt.short) == (-100, 0)
    assert (held(pair[0], ours).owed, held(pair[0], ours).booked) == (60, -60)
    earn(pair[0], ours, 50)
    assert (held(pair[0], ours).owed, held(pair[0], ours).available) == (10, 0)
    earn(pair[0], ours, 50)
    assert (held(pair[0], ours).owed, held(pair[0], ours).available) == (0, 40)
    assert list(Lot.objects.filter(amount__lt=0).values_list("amount", "remaining")) == [(-60, 0)]


def test_what_expired_unspent_is_not_taken_back_from_other_points(group, pair):
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    wrong = Posting.objects.get(pk=earn(pair[0], ours, 100, at=NOW - 90 * DAY).posting)
    spend(pair[0], ours, 10, at=NOW - 89 * DAY)
    points.expire(now=NOW)
    earn(pair[0], ours, 80)
    receipt = points.reverse(posting=wrong, key=key(), now=NOW)
    assert (receipt.amount, receipt.short) == (-10, 90)
    assert available(pair[0], ours) == 70


def test_only_what_was_earned_or_spent_can_be_reversed(group, pair):
    ours = book(organization=group)
    first = Posting.objects.get(pk=earn(pair[0], ours, 10).posting)
    undone = points.reverse(posting=first, key=key(), now=NOW)
    with pytest.raises(reversals.NotReversible, match="adjust the balance"):
        points.reverse(posting=Posting.objects.get(pk=undone.posting), key=key(), now=NOW)
