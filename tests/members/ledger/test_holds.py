"""Value reserved by a till: committed whole or in part, cancelled, or given back when its time is up."""

import pytest
from django.utils import timezone

from members import tasks
from members.actions import erasure, holds, points, reversals
from members.actions.postings import KeyReused
from members.ledger.amounts import Unfit
from members.models import Entry, Event, Hold, Lot, Posting
from members.queries import holds as read
from tests.members.ledger.purses import (
    DAY,
    NOW,
    available,
    book,
    earn,
    held,
    key,
    merge,
    spend,
    split,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_adds_up")]
UNTIL = NOW + DAY


@pytest.fixture
def ours(group):
    return book(organization=group, expiry="months_after", expiry_months=12)


def place(account, *parts, name="h", **more):
    given = {"until": UNTIL, "now": NOW} | more
    return holds.place(account=account, parts=[holds.Part(*part) for part in parts], key=name, **given)


def entries(verb) -> dict:
    rows = Entry.objects.filter(posting__verb=verb).values_list("wallet__role", "amount")
    return dict(sorted(rows))


def left() -> list[int]:
    return list(Lot.objects.order_by("expires_at", "id").values_list("remaining", flat=True))


def test_what_is_held_can_be_spent_by_nobody_else_and_does_not_expire(ours, pair):
    earn(pair[0], ours, 100)
    answer = place(pair[0], (ours, 70), until=NOW + 500 * DAY)
    assert (answer.state, [each.amount for each in answer.receipts]) == ("open", [-70])
    assert entries("hold") == {"": -70, "held": 70}
    with pytest.raises(points.NotEnough, match="and 30 can be spent"):
        spend(pair[0], ours, 31)
    points.expire(now=NOW + 400 * DAY)
    assert held(pair[0], ours, at=NOW + 400 * DAY).booked == 0
    done = holds.commit(key="h", now=NOW + 400 * DAY)
    assert (done.state, done.receipts[0].amount) == ("committed", -70)


def test_a_commit_of_all_spends_what_was_held(ours, pair):
    earn(pair[0], ours, 100)
    place(pair[0], (ours, 100))
    holds.commit(key="h", now=NOW)
    assert entries("commit") == {"held": -100, "spent": 100}
    assert Event.objects.get(name="points.spent").properties == {
        "book": "points",
        "amount": "-100",
    }


def test_a_commit_of_a_part_gives_the_rest_back_to_the_lots_that_expire_last(ours, pair):
    for days, amount in ((60, 80), (0, 40)):
        earn(pair[0], ours, amount, at=NOW - days * DAY)
    place(pair[0], (ours, 100))
    assert left() == [0, 20]
    done = holds.commit(key="h", amounts={"points": 70}, now=NOW)
    assert left() == [10, 40]
    assert entries("commit") == {"": 30, "held": -100, "spent": 70}
    assert done.receipts[0].amount == -70
    assert (
        Event.objects.get(name="points.spent").properties["amount"],
        available(pair[0], ours),
    ) == ("-70", 50)


@pytest.mark.parametrize("end", ["cancel", "lapse", "nothing"])
def test_cancelled_lapsed_or_committed_with_nothing_it_all_comes_back(ours, pair, end):
    earn(pair[0], ours, 100)
    place(pair[0], (ours, 60))
    if end == "lapse":
        assert holds.lapse(now=UNTIL - DAY / 2) == 0
        assert (holds.lapse(now=UNTIL), holds.lapse(now=UNTIL)) == (1, 0)
    elif end == "cancel":
        assert holds.cancel(key="h", now=NOW) == holds.cancel(key="h", now=NOW)
    else:
        asked = {"key": "h", "amounts": {"points": 0}, "now": NOW}
        assert holds.commit(**asked) == holds.commit(**asked)
    assert available(pair[0], ours) == 100
    assert entries("release") == {"": 60, "held": -60}
    assert Hold.objects.get().state == ("lapsed" if end == "lapse" else "cancelled")


def test_nothing_is_committed_from_the_very_instant_at_which_its_time_is_up(ours, pair):
    earn(pair[0], ours, 100)
    place(pair[0], (ours, 60), name="early")
    place(pair[0], (ours, 40), name="late")
    assert holds.commit(key="early", now=UNTIL - DAY / 86_400_000).state == "committed"
    with pytest.raises(holds.HoldOver, match="nothing was spent"):
        holds.commit(key="late", now=UNTIL)
    holds.lapse(now=UNTIL)
    with pytest.raises(holds.HoldOver):
        holds.commit(key="late", now=UNTIL)
    assert holds.commit(key="early", now=UNTIL + DAY).state == "committed"
    assert available(pair[0], ours) == 40


def test_asked_again_the_answer_is_the_same_and_another_ending_is_refused(ours, pair):
    earn(pair[0], ours, 100)
    assert place(pair[0], (ours, 60)) == place(pair[0], (ours, 60))
    with pytest.raises(KeyReused):
        place(pair[0], (ours, 61))
    asked = {"key": "h", "amounts": {"points": 50}, "now": NOW}
    assert holds.commit(**asked) == holds.commit(**asked) == holds.find(key="h")
    for other in (
        lambda: holds.commit(key="h", now=NOW),
        lambda: holds.cancel(key="h", now=NOW),
    ):
        with pytest.raises(holds.HoldEnded, match="'h' has ended already: committed"):
            other()
    for unknown in (holds.commit, holds.cancel):
        with pytest.raises(holds.HoldUnknown, match="no hold with the key 'x'"):
            unknown(key="x", now=NOW)
    assert Posting.objects.count() == 3


def test_the_same_key_by_two_tills_for_two_people_is_one_hold(ours, pair):
    for account in pair:
        earn(account, ours, 100)
    place(pair[0], (ours, 60))
    with pytest.raises(KeyReused):
        place(pair[1], (ours, 60))
    assert available(pair[1], ours) == 100


def test_a_hold_over_two_books_is_placed_in_both_or_in_none(group, ours, pair):
    money = book(organization=group, code="money", kind="gift_card", unit="CNY", scale=2)
    earn(pair[0], ours, 100)
    earn(pair[0], money, 5)
    with pytest.raises(points.NotEnough, match="CNY were asked for"):
        place(pair[0], (ours, 50), (money, 9))
    assert (Hold.objects.count(), Posting.objects.filter(verb="hold").count()) == (0, 0)
    answer = place(pair[0], (money, 3), (ours, 50))
    assert [each.book for each in answer.receipts] == ["points", "money"]
    with pytest.raises(Unfit, match="money, points"):
        holds.commit(key="h", amounts={"points": 50}, now=NOW)
    with pytest.raises(Unfit, match=r"Of 3\.00 CNY held, 4 cannot be spent"):
        holds.commit(key="h", amounts={"points": 50, "money": 4}, now=NOW)
    done = holds.commit(key="h", amounts={"points": 50, "money": 0}, now=NOW)
    assert [(each.verb, each.amount) for each in done.receipts] == [
        ("commit", -50),
        ("release", 3),
    ]
    assert (available(pair[0], ours), available(pair[0], money)) == (50, 5)


@pytest.mark.parametrize(("grace", "back"), [(0, 0), (10, 30)])
def test_what_is_released_into_lots_that_expired_meanwhile_follows_the_days_of_grace(
    group, pair, grace, back
):
    short = book(
        organization=group,
        expiry="months_after",
        expiry_months=1,
        grace_days=grace,
        code="short",
    )
    earn(pair[0], short, 50)
    later = NOW + 60 * DAY
    place(pair[0], (short, 30), until=later)
    holds.lapse(now=later)
    points.expire(now=later)
    assert available(pair[0], short, at=later) == back
    assert available(pair[0], short, at=later + 10 * DAY) == 0


def test_a_commit_is_reversed_in_parts_as_far_as_it_was_committed(ours, pair):
    earn(pair[0], ours, 100)
    place(pair[0], (ours, 100))
    holds.commit(key="h", amounts={"points": 70}, now=NOW)
    committed = Posting.objects.get(verb="commit")
    undo = {"posting": committed, "now": NOW}
    for amount in (20, 30):
        assert points.reverse(amount=amount, key=key(), **undo).amount == amount
    with pytest.raises(reversals.NotReversible, match="Of it, 20 can"):
        points.reverse(amount=21, key=key(), **undo)
    points.reverse(key=key(), **undo)
    assert (available(pair[0], ours), left()) == (100, [100])
    for posting in Posting.objects.filter(verb="hold"):
        with pytest.raises(reversals.NotReversible, match="cancel the hold"):
            points.reverse(posting=posting, key=key(), now=NOW)


def test_after_an_undo_a_commit_costs_each_account_what_its_lots_gave(ours, pair):
    one, other = pair
    earn(one, ours, 80, at=NOW - DAY)
    earn(other, ours, 40)
    merge(one, other)
    place(other, (ours, 100), name="kept")
    split(one, other)
    assert (available(one, ours), available(other, ours)) == (0, 20)
    holds.commit(key="kept", amounts={"points": 90}, now=NOW)
    assert (available(one, ours), available(other, ours)) == (0, 30)
    points.reverse(posting=Posting.objects.get(verb="commit"), key=key(), now=NOW)
    assert (available(one, ours), available(other, ours)) == (80, 40)


def test_after_an_undo_a_release_gives_each_account_its_own_back(ours, pair):
    one, other = pair
    earn(one, ours, 80, at=NOW - DAY)
    earn(other, ours, 40)
    place(one, (ours, 50), name="before")
    merge(one, other)
    place(other, (ours, 60), name="joint")
    split(one, other)
    holds.cancel(key="joint", now=NOW)
    merge(one, other)
    holds.cancel(key="before", now=NOW)
    split(one, other)
    assert (available(one, ours), available(other, ours)) == (80, 40)


def test_in_a_sliding_book_only_the_commit_is_activity(group, pair):
    slow = book(organization=group, expiry="sliding", expiry_months=2, code="slow")
    earn(pair[0], slow, 100)
    place(pair[0], (slow, 10), now=NOW + 40 * DAY, until=NOW + 80 * DAY)
    assert available(pair[0], slow, at=NOW + 59 * DAY) == 90
    assert available(pair[0], slow, at=NOW + 70 * DAY) == 0
    holds.commit(key="h", now=NOW + 50 * DAY)
    assert available(pair[0], slow, at=NOW + 105 * DAY) == 90


def test_a_hold_lies_ahead_and_names_each_book_once(ours, pair):
    earn(pair[0], ours, 100)
    with pytest.raises(Unfit, match="ends later than it begins"):
        place(pair[0], (ours, 10), until=NOW)
    for parts in ([], [(ours, 1), (ours, 2)], [(ours, 0)]):
        with pytest.raises(Unfit):
            place(pair[0], *parts)


def test_open_holds_of_a_person_are_listed_over_all_accounts(ours, pair):
    for account in pair:
        earn(account, ours, 100)
        place(account, (ours, 10), name=str(account.pk))
    place(pair[0], (ours, 10), name="first", until=NOW + DAY / 2)
    holds.cancel(key=str(pair[1].pk), now=NOW)
    merge(*pair)
    pair[1].refresh_from_db()
    found = read.open_of(member=pair[1].member)
    assert [each.key for each in found] == ["first", str(pair[0].pk)]


def test_the_worker_gives_back_what_ran_out(ours, pair):
    start = timezone.now() - 2 * DAY
    earn(pair[0], ours, 100, at=start)
    for number in range(3):
        place(pair[0], (ours, 10), name=str(number), now=start, until=start + DAY)
    assert (tasks.lapse_holds(), tasks.lapse_holds()) == (3, 0)
    assert available(pair[0], ours, at=timezone.now()) == 100


def test_what_somebody_held_who_is_erased_comes_back_and_expires_like_his_other_points(ours, pair):
    earn(pair[0], ours, 100)
    place(pair[0], (ours, 60))
    asked = erasure.request(member=pair[0].member, reason="asked by letter", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
    assert holds.lapse(now=UNTIL) == 1
    assert (Hold.objects.get().state, left()) == ("lapsed", [100])
    points.expire(now=NOW + 400 * DAY)
    assert left() == [0]


def test_what_ran_out_is_given_back_in_batches(ours, pair):
    for account in pair:
        earn(account, ours, 100)
    for number in range(5):
        place(pair[number % 2], (ours, 10), name=str(number))
    assert [holds.lapse(now=UNTIL, batch=2) for _ in range(4)] == [2, 2, 1, 0]
    assert (available(pair[0], ours), available(pair[1], ours)) == (100, 100)
