"""Earning, spending, reversing, expiring, adjusting and giving, each by its own rule."""

import datetime as dt
from decimal import Decimal

import pytest

from members.actions import points, postings
from members.ledger.amounts import Unfit
from members.models import Entry, Event, Lot, LotUse, Posting, Wallet
from tests import factories
from tests.members.ledger.purses import (
    DAY,
    NOW,
    accounts,
    available,
    book,
    earn,
    held,
    key,
    merge,
    spend,
    split,
)

pytestmark = pytest.mark.django_db


def test_earning_posts_two_entries_a_lot_and_an_event(group, pair):
    ours = book(organization=group)
    receipt = earn(pair[0], ours, 120)
    assert (receipt.amount, receipt.short, receipt.verb) == (120, 0, "earn")
    assert sorted(Entry.objects.values_list("wallet__role", "amount")) == [("", 120), ("issued", -120)]
    assert Wallet.objects.get(account=pair[0]).balance == 120
    assert Lot.objects.values_list("amount", "remaining", "expires_at").get() == (120, 120, None)
    told = Event.objects.get(name="points.earned")
    assert (told.account, told.properties) == (pair[0], {"book": "points", "amount": "120"})


def test_wallets_of_the_house_keep_no_balance(group, pair):
    earn(pair[0], book(organization=group), 5)
    assert set(Wallet.objects.exclude(role="").values_list("balance", flat=True)) == {None}


def test_spending_takes_what_expires_first(group, pair):
    ours = book(organization=group, expiry="months_after", expiry_months=12)
    earn(pair[0], ours, 50, at=NOW)
    earn(pair[0], ours, 50, at=NOW - 30 * DAY)
    spend(pair[0], ours, 70, at=NOW)
    assert list(Lot.objects.order_by("expires_at").values_list("remaining", flat=True)) == [0, 30]


@pytest.mark.requirement("MEM-018")
def test_of_300_the_100_that_expire_this_month_go_first_and_500_are_refused(group, pair):
    ours = book(organization=group, expiry="months_after", expiry_months=12)
    earn(pair[0], ours, 200)
    earn(pair[0], ours, 100, at=NOW - 360 * DAY)
    assert held(pair[0], ours).expiring[0] == (ours.ends(NOW - 360 * DAY), 100)
    spent = spend(pair[0], ours, 120)
    drawn = LotUse.objects.filter(posting=spent.posting).order_by("lot__expires_at")
    assert list(drawn.values_list("lot__amount", "amount")) == [(100, 100), (200, 20)]
    with pytest.raises(points.NotEnough, match="500 points were asked for, and 180 can be spent"):
        spend(pair[0], ours, 500)
    assert available(pair[0], ours) == 180


def test_into_a_closed_book_nothing_comes_and_what_is_there_can_be_spent(group, pair):
    ours = book(organization=group, closed_at=NOW)
    first = earn(pair[0], ours, 50, key="a", at=NOW - DAY)
    with pytest.raises(points.Closed, match="nothing comes in any more"):
        earn(pair[0], ours, 1)
    assert points.earn(account=pair[0], book=ours, amount=50, key="a", now=NOW) == first
    spent = spend(pair[0], ours, 20)
    points.reverse(posting=Posting.objects.get(pk=spent.posting), key=key(), now=NOW)
    assert available(pair[0], ours) == 50


def test_more_than_there_is_cannot_be_spent(group, pair):
    ours = book(organization=group)
    earn(pair[0], ours, 50)
    with pytest.raises(points.NotEnough, match="60 points were asked for, and 50 can be spent"):
        spend(pair[0], ours, 60)
    with pytest.raises(points.NotEnough, match="and 0 can be spent"):
        spend(pair[1], ours, 1)
    assert available(pair[0], ours) == 50


def test_after_a_merge_both_can_be_spent_and_after_its_undoing_each_has_its_own(group, pair):
    ours, (one, other) = book(organization=group, expiry="months_after", expiry_months=12), pair
    earn(one, ours, 100, at=NOW - DAY)
    earn(other, ours, 40)
    merge(one, other)
    assert available(other, ours) == 140
    spent = spend(other, ours, 120)
    split(one, other)
    assert (available(one, ours), available(other, ours)) == (0, 20)
    points.reverse(posting=Posting.objects.get(pk=spent.posting), key=key(), now=NOW)
    assert (available(one, ours), available(other, ours)) == (100, 40)


def test_what_waits_can_be_spent_later_or_once_it_is_released(group, pair):
    ours = book(organization=group, pending_days=7)
    first, second = earn(pair[0], ours, 30), earn(pair[0], ours, 12)
    assert (held(pair[0], ours).available, held(pair[0], ours).waiting) == (0, 42)
    with pytest.raises(points.NotEnough):
        spend(pair[0], ours, 1)
    release = {"posting": Posting.objects.get(pk=second.posting), "now": NOW, "reason": "came by himself"}
    assert points.release(**release)
    assert not points.release(**release)
    told = Event.objects.get(name="points.released")
    assert (told.account, told.properties) == (
        pair[0],
        {"book": "points", "amount": "12", "reason": "came by himself"},
    )
    assert available(pair[0], ours) == 12
    assert available(pair[0], ours, at=NOW + 7 * DAY) == 42
    assert first.amount == 30


def test_expiry_takes_out_what_is_over_once(group, pair):
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    earn(pair[0], ours, 100, at=NOW - 40 * DAY)
    earn(pair[1], ours, 50, at=NOW)
    assert available(pair[0], ours) == 0
    assert held(pair[0], ours).booked == 100
    assert (points.expire(now=NOW), points.expire(now=NOW)) == (1, 0)
    assert held(pair[0], ours).booked == 0
    gone = Posting.objects.get(verb="expire")
    assert (gone.amount, gone.account, gone.occurred_at) == (
        -100,
        pair[0],
        Lot.objects.get(amount=100).expires_at,
    )
    assert Event.objects.get(name="points.expired").properties == {"book": "points", "amount": "-100"}


def test_expiry_goes_by_batches_of_whole_wallets(group):
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    for account in accounts(5, organization=group):
        earn(account, ours, 10, at=NOW - 60 * DAY)
        earn(account, ours, 10, at=NOW - 50 * DAY)
    counts = []
    while not counts or counts[-1]:
        counts.append(points.expire(now=NOW, batch=3))
    assert sum(counts) == 10
    assert [count for count in counts if count % 2] == []
    gone = Posting.objects.filter(verb="expire").values_list("account", "occurred_at")
    assert len(set(gone)) == len(gone) == 10


@pytest.mark.parametrize(
    ("policy", "months", "earned", "first_gone"),
    [
        ("months_after", 12, "2024-02-29T10:00+08:00", "2025-03-01T00:00+08:00"),
        ("months_after", 1, "2026-01-31T23:59+08:00", "2026-03-01T00:00+08:00"),
        ("months_after", 1, "2026-01-31T16:30+00:00", "2026-03-02T00:00+08:00"),
        ("calendar_year_end", 0, "2026-05-06T10:00+08:00", "2027-01-01T00:00+08:00"),
        ("calendar_year_end", 12, "2026-12-31T23:59+08:00", "2028-01-01T00:00+08:00"),
        ("sliding", 6, "2026-01-15T12:00+08:00", "2026-07-16T00:00+08:00"),
    ],
)
def test_a_lot_lasts_to_the_end_of_its_last_day(group, policy, months, earned, first_gone):
    ours = book(organization=group, expiry=policy, expiry_months=months)
    assert ours.ends(dt.datetime.fromisoformat(earned)) == dt.datetime.fromisoformat(first_gone)


def test_in_a_sliding_book_whatever_the_customer_does_keeps_all_of_it(group, pair):
    ours, (one, other) = book(organization=group, expiry="sliding", expiry_months=2), pair
    earn(one, ours, 100, at=NOW)
    merge(one, other)
    earn(other, ours, 1, at=NOW + 50 * DAY)
    assert available(one, ours, at=NOW + 100 * DAY) == 101
    spend(one, ours, 1, at=NOW + 100 * DAY)
    assert available(one, ours, at=NOW + 150 * DAY) == 100
    assert available(one, ours, at=NOW + 170 * DAY) == 0


def test_the_same_key_gives_the_same_receipt_and_nothing_happens_twice(group, pair):
    ours = book(organization=group)
    assert earn(pair[0], ours, 10, key="a") == earn(pair[0], ours, 10, key="a")
    assert spend(pair[0], ours, 4, key="b") == spend(pair[0], ours, 4, key="b")
    assert available(pair[0], ours) == 6
    posting = Posting.objects.get(key="b")
    again = [points.reverse(posting=posting, key="c", now=NOW + n * DAY) for n in range(2)]
    assert again[0] == again[1]
    assert Posting.objects.count() == 3


@pytest.mark.parametrize("asked", [{"amount": 11}, {"reason": "other"}, {"occurred_at": NOW - DAY}])
def test_the_same_key_for_something_else_is_refused(group, pair, asked):
    ours = book(organization=group)
    earn(pair[0], ours, 10, key="a")
    with pytest.raises(postings.KeyReused, match="'a' was used for another movement"):
        points.earn(**{"account": pair[0], "book": ours, "amount": 10, "key": "a", "now": NOW} | asked)
    with pytest.raises(postings.KeyReused):
        earn(pair[1], ours, 10, key="a")
    assert Posting.objects.count() == 1


def test_an_adjustment_has_a_reason_and_a_name(group, pair):
    ours, clerk = book(organization=group), factories.staff()
    said = {"account": pair[0], "book": ours, "by": clerk, "now": NOW}
    with pytest.raises(Unfit, match="Say by how much, and why"):
        points.adjust(amount=5, key=key(), reason=" ", **said)
    points.adjust(amount=50, key=key(), reason="lost receipt", **said)
    points.adjust(amount=-20, key=key(), reason="typed twice", **said)
    assert available(pair[0], ours) == 30
    with pytest.raises(points.NotEnough):
        points.adjust(amount=-31, key=key(), reason="typed twice", **said)
    assert set(Posting.objects.values_list("by", flat=True)) == {clerk.pk}


def test_an_adjustment_may_leave_a_debt_where_the_book_allows_it(group, pair):
    ours = book(organization=group, below_zero=True)
    earn(pair[0], ours, 10)
    points.adjust(
        account=pair[0], book=ours, amount=-25, key=key(), reason="x", by=factories.staff(), now=NOW
    )
    assert (held(pair[0], ours).available, held(pair[0], ours).owed) == (0, 15)


def test_a_gift_keeps_its_expiry(group):
    ours = book(organization=group, expiry="months_after", expiry_months=12)
    one, other, mate = accounts(3, organization=group)
    earn(one, ours, 30, at=NOW - 90 * DAY)
    earn(one, ours, 30)
    ends = sorted(Lot.objects.values_list("expires_at", flat=True))
    receipt = points.give(account=one, to=other, book=ours, amount=40, key=key(), now=NOW)
    assert receipt.amount == 0
    assert (available(one, ours), available(other, ours)) == (20, 40)
    assert sorted(Lot.objects.filter(wallet__account=other).values_list("expires_at", "amount")) == [
        (ends[0], 30),
        (ends[1], 10),
    ]
    merge(one, mate)
    with pytest.raises(Unfit, match="same person"):
        points.give(account=one, to=mate, book=ours, amount=1, key=key(), now=NOW)


@pytest.mark.parametrize("amount", [Decimal("0.001"), Decimal("NaN"), 1.5, Decimal("1E+30"), 0, -1, True])
def test_amounts_that_the_book_cannot_hold_are_refused(group, pair, amount):
    with pytest.raises(Unfit):
        earn(pair[0], book(organization=group, scale=2), amount)


def test_amounts_with_decimals_are_exact(group, pair):
    money = book(organization=group, kind="stored_value_principal", unit="CNY", scale=2)
    for _ in range(10):
        earn(pair[0], money, Decimal("0.10"))
    spend(pair[0], money, Decimal("0.99"))
    assert available(pair[0], money) == Decimal("0.01")
    assert LotUse.objects.count() == 10


def test_many_small_lots_are_spent_like_few(group, pair):
    ours, (one, other) = book(organization=group, expiry="months_after", expiry_months=12), pair
    for day in range(130):
        earn((one, other)[day % 2], ours, 1, at=NOW - day * DAY)
    merge(one, other)
    spend(one, ours, 45)
    assert (
        list(Lot.objects.filter(remaining=0).order_by("id").values_list("id", flat=True))
        == list(Lot.objects.order_by("-id")[:45].values_list("id", flat=True))[::-1]
    )
    with pytest.raises(points.NotEnough, match="and 85 can be spent"):
        spend(other, ours, 86)
    spend(other, ours, 84)
    assert available(one, ours) == 1


def test_a_verb_asks_few_questions_however_many_lots_there_are(group, pair, django_assert_max_num_queries):
    ours = book(organization=group)
    for _ in range(20):
        earn(pair[0], ours, 1)
    with django_assert_max_num_queries(6):  # begin, lock, key, lots, write, commit
        spend(pair[0], ours, 20)
    with django_assert_max_num_queries(5):
        earn(pair[0], ours, 1)


def test_what_one_account_owes_another_one_of_the_person_cannot_spend(group, pair):
    ours = book(organization=group, below_zero=True)
    points.adjust(
        account=pair[0], book=ours, amount=-90, reason="a debt", by=factories.staff(), key=key(), now=NOW
    )
    earn(pair[1], ours, 40)
    merge(*pair)
    found = held(pair[0], ours)
    assert (found.available, found.owed) == (0, 50)
    earn(pair[1], ours, 60)
    found = held(pair[0], ours)
    assert (found.available, found.owed) == (10, 0)
