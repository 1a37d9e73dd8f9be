"""Clocks, amounts and keys that are wrong or odd: each has its clear answer, and the ledger adds up after all of them."""

import datetime as dt
from decimal import Decimal

import pytest

from members.actions import holds, points, right_uses, rights
from members.actions.postings import KeyReused
from members.ledger.amounts import Unfit
from members.models import Lot, Posting
from members.queries import acting
from tests.members.entitled import right
from tests.members.ledger.purses import DAY, NOW, available, book, earn, key, spend

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_adds_up")]
SECOND = dt.timedelta(seconds=1)


def local(*parts) -> dt.datetime:
    """A time by the company's clock, which is Shanghai's: eight hours before UTC."""
    return dt.datetime(*parts, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def last_instant(ours, account, *, earned_at):
    """At which what was earned then is still there; one second later it is gone."""
    earn(account, ours, 1, at=earned_at)
    end = Lot.objects.get(wallet__account=account).expires_at
    assert available(account, ours, at=end - SECOND) == 1
    assert available(account, ours, at=end) == 0
    points.expire(now=end)
    return end - SECOND


@pytest.mark.parametrize(
    ("earned_at", "months", "last_day"),
    [
        ((2024, 2, 29, 12), 12, (2025, 2, 28)),
        ((2023, 2, 28, 12), 12, (2024, 2, 28)),
        ((2024, 2, 29, 0), 48, (2028, 2, 29)),
        ((2026, 1, 31, 23, 59), 1, (2026, 2, 28)),
    ],
)
def test_a_leap_day_and_short_months(group, account, earned_at, months, last_day):
    ours = book(organization=group, expiry="months_after", expiry_months=months)
    assert last_instant(ours, account, earned_at=local(*earned_at)) == local(*last_day, 23, 59, 59)


@pytest.mark.parametrize(("earned_at", "year"), [((2025, 12, 31, 23, 59, 59), 2025), ((2026, 1, 1, 0), 2026)])
def test_a_year_ends_in_shanghai_not_in_greenwich(group, account, earned_at, year):
    ours = book(organization=group, expiry="calendar_year_end")
    assert last_instant(ours, account, earned_at=local(*earned_at)) == local(year, 12, 31, 23, 59, 59)


@pytest.mark.parametrize(
    ("zone", "earned_on", "end"),
    [
        ("Europe/Berlin", (2026, 2, 28), (2026, 3, 28, 23)),  # as the day of the change begins
        ("Europe/Berlin", (2026, 1, 29), (2026, 2, 28, 23)),
        ("Europe/Berlin", (2026, 3, 1), (2026, 4, 1, 22)),
        (
            "Asia/Beirut",
            (2026, 2, 28),
            (2026, 3, 28, 22),
        ),  # a midnight that there is not: clocks go from 0:00 to 1:00
    ],
)
def test_where_clocks_change_a_day_still_ends_at_midnight(group, settings, zone, earned_on, end):
    settings.TIME_ZONE = zone
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    ends = ours.ends(dt.datetime(*earned_on, 12, tzinfo=dt.UTC))
    assert ends.astimezone(dt.UTC) == dt.datetime(*end, tzinfo=dt.UTC)


def test_what_happens_later_than_now_waits_for_its_time(group, account):
    """A till's clock that goes ahead: the points are there, and can be spent when that time has come."""
    ours = book(organization=group)
    earn(account, ours, 10, at=NOW, occurred_at=NOW + DAY)
    with pytest.raises(points.NotEnough, match="10 points were asked for, and 0 can be spent"):
        spend(account, ours, 10, at=NOW)
    spend(account, ours, 10, at=NOW + DAY)


def test_a_clock_that_was_set_back_sees_nothing_that_came_later_and_breaks_nothing(group, account):
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    earn(account, ours, 10, at=NOW)
    holds.place(account=account, parts=[holds.Part(ours, 4)], key="h", until=NOW + DAY, now=NOW)
    back = NOW - DAY
    with pytest.raises(points.NotEnough, match="6 points were asked for, and 0 can be spent"):
        spend(account, ours, 6, at=back)
    assert (points.expire(now=back), holds.lapse(now=back)) == (0, 0)
    assert holds.commit(key="h", now=back).state == "committed"
    assert spend(account, ours, 6, at=NOW).amount == -6


@pytest.mark.parametrize(
    ("begins", "months", "last_day"),
    [
        ((2024, 2, 29, 0), 12, (2025, 2, 28)),
        ((2023, 2, 28, 23, 59), 12, (2024, 2, 28)),
        ((2026, 12, 31, 23, 59), 2, (2027, 2, 28)),
    ],
)
def test_a_right_ends_with_its_last_day_in_shanghai(group, account, begins, months, last_day):
    """A leap day, the shorter month, and a midnight that is yesterday in Greenwich."""
    made = right(organization=group, validity_months=months, active_from=local(2020, 1, 1))
    given = rights.grant(
        right=made, account=account, quantity=3, source="campaign", key="g", reason="", by=None, now=local(*begins)
    )  # fmt: skip
    end = local(*last_day) + DAY
    assert given.valid_until == end

    def use(key, at):
        return right_uses.use(
            member=account.member, right=made, key=key, organization=group, channel=None, by=None, now=at
        )

    assert use("1", end - SECOND).number == 1
    with pytest.raises(rights.Expired, match=f"ended on {last_day[2]} Feb {last_day[0]}"):
        use("2", end)


def test_what_is_told_after_its_end_is_expired_at_once(group, account):
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    earn(account, ours, 10, at=NOW, occurred_at=NOW - 90 * DAY)
    assert available(account, ours) == 0
    assert points.expire(now=NOW) == 1
    assert Posting.objects.get(verb="expire").occurred_at == ours.ends(NOW - 90 * DAY)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (Decimal("0.001"), "0.001 has too many decimals: this book counts in steps of 0.01"),
        (1.5, "1.5 is not an exact amount: give a Decimal or a whole number"),
        ("5", "'5' is not an exact amount"),
        (True, "True is not an exact amount"),
        (Decimal("NaN"), "NaN is not an amount"),
        (Decimal("-Infinity"), "-Infinity is not an amount"),
        (10**20, "100000000000000000000 is more than one posting may move"),
        (0, "0 is not above zero"),
        (Decimal("-0.01"), "-0.01 is not above zero"),
    ],
)
@pytest.mark.parametrize("verb", ["earn", "spend", "hold"])
def test_an_amount_that_does_not_fit_is_refused_and_moves_nothing(group, account, verb, amount, said):
    ours = book(organization=group, scale=2)
    earn(account, ours, 50)
    asked = {
        "earn": lambda: earn(account, ours, amount),
        "spend": lambda: spend(account, ours, amount),
        "hold": lambda: holds.place(
            account=account, parts=[holds.Part(ours, amount)], key=key(), until=NOW + DAY, now=NOW
        ),
    }
    with pytest.raises(Unfit) as refused:
        asked[verb]()
    assert said in str(refused.value)
    assert Posting.objects.count() == 1


def test_a_closed_book_takes_nothing_in_and_lets_out_what_is_there(group, account):
    ours = book(organization=group)
    earn(account, ours, 10)
    ours.closed_at = NOW
    ours.save()
    with pytest.raises(points.Closed, match="Points was closed on 2026-01-15: nothing comes in any more"):
        earn(account, ours, 1)
    assert earn(account, ours, 1, at=NOW - SECOND).amount == 1
    spend(account, ours, 11)


def test_a_book_that_is_not_there_is_named(group):
    with pytest.raises(acting.UnknownBook, match="stars"):
        acting.book(code="stars", node=group)


def test_a_key_that_was_used_for_something_else_is_named(group, account):
    ours = book(organization=group)
    first = earn(account, ours, 10, key="till-7:1")
    assert earn(account, ours, 10, key="till-7:1") == first
    for again in (
        lambda: earn(account, ours, 11, key="till-7:1"),
        lambda: spend(account, ours, 10, key="till-7:1"),
    ):
        with pytest.raises(KeyReused, match="'till-7:1' was used for another movement before"):
            again()
    assert Posting.objects.count() == 1


def test_a_hold_that_is_unknown_over_or_ended_says_so(group, account):
    ours = book(organization=group)
    earn(account, ours, 10)
    with pytest.raises(holds.HoldUnknown, match="no hold with the key 'h'"):
        holds.commit(key="h", now=NOW)
    holds.place(account=account, parts=[holds.Part(ours, 10)], key="h", until=NOW + DAY, now=NOW)
    with pytest.raises(holds.HoldOver, match="was good until 2026-01-16"):
        holds.commit(key="h", now=NOW + DAY)
    holds.cancel(key="h", now=NOW + DAY)
    with pytest.raises(holds.HoldEnded, match="'h' has ended already: cancelled"):
        holds.commit(key="h", now=NOW)
    assert available(account, ours) == 10
