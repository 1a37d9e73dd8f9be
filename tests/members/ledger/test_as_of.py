"""Balances as of any instant, by two clocks: when it happened, and when it became known."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import points
from members.models import Member, Posting
from members.queries import balances
from tests import factories
from tests.members.ledger import purses
from tests.members.ledger.purses import DAY, NOW, accounts, book, earn, key, spend

days = st.integers(0, 12)
# (what, whose account, how much, day on which it is recorded, days before on which it happened)
HISTORY = st.lists(
    st.tuples(st.sampled_from(("earn", "earn", "spend")), st.integers(0, 2), st.integers(1, 9), days, days),
    min_size=1, max_size=12,
)  # fmt: skip


def booked(found) -> dict:
    return {(each.member, each.book): int(each.booked) for each in found if each.booked}


def by_hand(moved, person, at, known_at) -> dict:
    total = Counter()
    for account, ours, steps, occurred_at, recorded_at in moved:
        if occurred_at <= at and recorded_at <= known_at:
            total[(person[account], ours)] += steps
    return {key: steps for key, steps in total.items() if steps}


def entries():
    """As they stand: account, book, steps and both times, read row by row."""
    return [
        (entry.wallet.account_id, posting.book_id, entry.amount, posting.occurred_at, posting.recorded_at)
        for posting in Posting.objects.prefetch_related("entries__wallet")
        for entry in posting.entries.all()
        if entry.wallet.account_id
    ]


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY, at=days, known=days, joined=st.booleans())
def test_it_is_what_recomputing_by_hand_gives(db, history, at, known, joined):
    with transaction.atomic():
        group = factories.organization()
        books = [book(organization=group, code=f"{group.code}-{n}") for n in range(2)]
        people = accounts(3, organization=group)
        if joined:
            purses.merge(*people[:2])
        for number, (verb, whose, size, recorded, before) in enumerate(sorted(history, key=lambda h: h[3])):
            move = {"earn": earn, "spend": spend}[verb]
            now = NOW + recorded * DAY
            try:
                move(people[whose], books[number % 2], size, at=now, occurred_at=now - before * DAY)
            except points.NotEnough:
                continue
        person = dict(Member.objects.values_list("accounts", "pk"))
        asked = {"at": NOW + at * DAY, "known_at": NOW + known * DAY}
        found = balances.as_of(members=list(person.values()), **asked)
        assert booked(found) == by_hand(entries(), person, *asked.values())
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_what_was_told_late_is_there_at_its_own_time_and_not_known_before():
    group = factories.organization()
    ours, [account] = book(organization=group), accounts(1, organization=group)
    earn(account, ours, 100, at=NOW, occurred_at=NOW)
    earn(account, ours, 40, at=NOW + 10 * DAY, occurred_at=NOW + DAY)

    def had(**asked):
        found = balances.as_of(members=[account.member_id], **asked)
        return [(each.code, each.booked) for each in found]

    assert had(at=NOW - DAY) == []
    assert had(at=NOW) == [("points", 100)]
    assert had(at=NOW + DAY) == [("points", 140)]
    assert had(at=NOW + DAY, known_at=NOW + 9 * DAY) == [("points", 100)]
    assert had(at=NOW + 30 * DAY, known_at=NOW + 10 * DAY) == [("points", 140)]


@pytest.mark.django_db
def test_what_expired_had_gone_at_its_end_even_if_it_was_taken_out_later():
    group = factories.organization()
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    [account] = accounts(1, organization=group)
    earn(account, ours, 50)
    end = ours.ends(NOW)
    points.expire(now=end + 5 * DAY)

    def had(at):
        return [each.booked for each in balances.as_of(members=[account.member_id], at=at)]

    assert had(end - dt.timedelta(seconds=1)) == [50]
    assert had(end) == [0]


@pytest.mark.django_db
def test_of_several_lots_taken_out_late_each_had_gone_at_its_own_end():
    """The worker was down for months: what was there in between does not depend on when it came back."""
    group = factories.organization()
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    [account] = accounts(1, organization=group)
    times = [NOW, NOW, NOW + 10 * DAY, NOW + 40 * DAY]
    for amount, at in zip((50, 5, 30, 7), times, strict=True):
        earn(account, ours, amount, at=at)
    ends = sorted({ours.ends(at) for at in times})
    assert points.expire(now=NOW + 200 * DAY) == 4

    def had(at):
        return [each.booked for each in balances.as_of(members=[account.member_id], at=at)]

    second = dt.timedelta(seconds=1)
    assert [had(end - second) for end in ends] == [[85], [37], [7]]
    assert [had(end) for end in ends] == [[30], [7], [0]]
    gone = Posting.objects.filter(verb="expire").order_by("pk")
    assert list(gone.values_list("amount", "occurred_at")) == list(zip((-55, -30, -7), ends, strict=True))


@pytest.mark.django_db
def test_what_comes_back_after_its_end_is_over_as_it_comes_and_never_before():
    group = factories.organization()
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    [account] = accounts(1, organization=group)
    earn(account, ours, 50)
    posting = Posting.objects.get(pk=spend(account, ours, 50, at=NOW + DAY).posting)
    back = ours.ends(NOW) + 20 * DAY
    points.reverse(posting=posting, key=key(), now=back)
    points.expire(now=back + 5 * DAY)

    def had(at):
        return [each.booked for each in balances.as_of(members=[account.member_id], at=at)]

    assert [had(NOW), had(back - DAY), had(back), had(back + 9 * DAY)] == [[50], [0], [0], [0]]
