"""A review belongs to the account of its order: an order that changes hands takes along what the review earned."""

import pytest

from identity.actions import intake, undoing
from identity.models import IngestRun
from members.actions import earning
from members.models import Account, EventCursor, Posting, Programme, Review
from tests.identity import company
from tests.identity.company import NOW, accept, account, order, review
from tests.members.ledger.purses import DAY, available, book, faults, merge, spend, split
from tests.members.plans import action, published, rule

pytestmark = pytest.mark.usefixtures("within_its_transaction")


@pytest.fixture
def points(db):
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    points = book(organization=nodes["b1"], expiry="months_after", expiry_months=12)
    given = [("each", 20), ("day", 3), ("once", 50)]
    rules = [action(points, steps, event="review.posted", per=per) for per, steps in given]
    published(club, rules=[*rules, rule(points, 1)], starts_at=NOW - 1000 * DAY)
    accept(account("u1"), account("u2"))
    return points


def moved(to, *, on, key="o1"):
    return order(key, to, updated_at=company.day(on))


def holder(external_id):
    return Account.objects.get(external_id=external_id)


def earned(*names):
    """What the orders and the reviews of each account brought."""
    while earning.follow(now=NOW):
        pass
    assert faults() == []
    return [(brought_by("", name), brought_by("review.posted", name)) for name in names]


def brought_by(reason, name):
    earnings = Posting.objects.filter(account__external_id=name, reason=reason, verb__in=["earn", "reverse"])
    return sum(each.amount - each.short for each in earnings)


def again(*names):
    """The log is read from its beginning: nothing may come of it."""
    before, count = earned(*names), Posting.objects.count()
    EventCursor.objects.filter(reader=earning.READER).update(tx=0, event_id=0)
    assert (earned(*names), Posting.objects.count()) == (before, count)
    return before


def brought(*records):
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    intake.accept(records=list(records), source="file", now=NOW, run=run)
    return run


def take_back(run):
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
    undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)


OWNED, NOTHING = (100, 73), (0, 0)


def test_the_points_of_a_review_go_with_its_order_and_come_back_with_it(points):
    accept(order("o1", "u1"), review("v1", "o1"))
    assert earned("u1", "u2") == [OWNED, NOTHING]
    accept(moved("u2", on=5))
    assert again("u1", "u2") == [NOTHING, OWNED]
    accept(moved("u1", on=6))
    assert again("u1", "u2") == [OWNED, NOTHING]


def test_an_import_that_moved_the_order_is_taken_back(points):
    accept(order("o1", "u1"), review("v1", "o1"))
    run = brought(moved("u2", on=5))
    assert earned("u1", "u2") == [NOTHING, OWNED]
    take_back(run)
    assert again("u1", "u2") == [OWNED, NOTHING]


def test_an_order_that_nobody_had_brings_the_points_of_its_review(points):
    accept(order("o1"), review("v1", "o1"))
    assert earned("u1") == [NOTHING]
    accept(moved("u1", on=5))
    assert again("u1") == [OWNED]
    accept(moved(None, on=6))
    assert Review.objects.get().account is None
    assert again("u1") == [NOTHING]


def test_a_review_that_turns_out_to_be_of_another_order_takes_its_points_along(points):
    accept(order("o1", "u1"), order("o2", "u2"), review("v1", "o1"))
    run = brought(review("v1", "o2", updated_at=company.day(5)))
    assert again("u1", "u2") == [(100, 0), (100, 73)]
    take_back(run)
    assert again("u1", "u2") == [(100, 73), (100, 0)]


def test_what_was_spent_meanwhile_is_owed_by_whoever_spent_it(points):
    accept(order("o1", "u1"), review("v1", "o1"))
    earned("u1")
    spend(holder("u1"), points, 173)
    accept(moved("u2", on=5))
    assert earned("u2") == [OWNED]
    assert (available(holder("u1"), points), available(holder("u2"), points)) == (0, 173)
    accept(moved("u1", on=6))
    assert earned("u1", "u2") == [OWNED, NOTHING]


def test_within_one_person_it_moves_too_and_parting_leaves_each_what_is_his(points):
    accept(order("o1", "u1"), review("v1", "o1"))
    merge(holder("u1"), holder("u2"))
    accept(moved("u2", on=5))
    assert again("u1", "u2") == [NOTHING, OWNED]
    split(holder("u1"), holder("u2"))
    assert again("u1", "u2") == [NOTHING, OWNED]


def test_a_review_that_waited_at_its_writer_goes_to_whoever_bought(points):
    accept(review("v1", "o1", account="u1"))
    assert again("u1") == [(0, 73)]
    accept(order("o1", "u2"))
    assert again("u1", "u2") == [NOTHING, OWNED]
