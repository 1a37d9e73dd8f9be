"""What is owed in points: an example reckoned by hand, and what does not change it."""

import datetime as dt
from decimal import Decimal

import pytest

from members.actions import points
from members.models import Posting
from reports.queries import liability
from tests import factories
from tests.members.ledger.purses import DAY, NOW, accounts, book, earn, key, merge, split

# NOW is 15 January 2026: the closed months are those of 2025.
AUTUMN = NOW - 100 * DAY  # 7 October 2025
OLD = dt.datetime(2024, 12, 31, 15, 59, tzinfo=dt.UTC)  # 31 December 2024, 23:59 in Shanghai
NEW_YEAR = dt.datetime(2024, 12, 31, 16, 0, tzinfo=dt.UTC)  # 1 January 2025 there


@pytest.fixture
def ledger(nodes):
    ours = book(
        organization=nodes["b1"],
        expiry="months_after",
        expiry_months=12,
        pending_days=10,
        worth=Decimal("0.01"),
    )
    one, other = accounts(2, organization=nodes["b1"])
    earn(one, ours, 1_000, at=OLD)  # before the closed months; expires on 31 December 2025
    earn(one, ours, 500, at=NEW_YEAR)  # 2025: expires after 1 January 2026
    earn(other, ours, 800, at=AUTUMN)  # 2025: ends in October 2026
    spent = points.spend(account=one, book=ours, amount=300, key=key(), now=AUTUMN)
    points.reverse(posting=Posting.objects.get(pk=spent.posting), amount=100, key=key(), now=AUTUMN)
    points.expire(now=NOW - 14 * DAY)  # 800: their last day was 31 December 2025
    points.expire(now=NOW)  # 500, this month
    earn(other, ours, 70, at=NOW - 2 * DAY)  # this month; waits, ends in January 2027
    by = factories.staff()
    points.adjust(account=one, book=ours, amount=40, reason="goodwill", by=by, key=key(), now=AUTUMN)
    return {"book": ours, "one": one, "other": other, **nodes}


def line(node, at=NOW):
    [found] = liability.report(node=node, as_of=at).lines
    return found


def test_an_example_reckoned_by_hand(ledger):
    found = line(ledger["b1"])
    assert (found.outstanding, found.waiting, found.held, found.owed) == (910, 70, 0, 0)
    assert [int(each) for each in found.expiring] == [0] * 9 + [840, 0, 0]  # October 2026
    assert (found.later, found.never) == (70, 0)
    assert sum(found.expiring) + found.later + found.never + found.held == found.outstanding
    assert (found.issued, found.spent, found.expired, found.adjusted) == (1_300, 200, 800, 40)
    assert found.breakage == pytest.approx(0.8)
    assert found.money == Decimal("9.10")


def test_after_a_merge_and_its_undo_nothing_in_it_changes(ledger):
    before = line(ledger["b1"])
    merge(ledger["one"], ledger["other"])
    assert line(ledger["b1"]) == before
    split(ledger["one"], ledger["other"])
    assert line(ledger["b1"]) == before


def test_it_is_told_where_the_book_belongs(ledger):
    assert liability.report(node=ledger["g"], as_of=NOW).lines == [line(ledger["b1"])]
    assert liability.report(node=ledger["b2"], as_of=NOW).lines == []
    assert liability.report(node=ledger["s1"], as_of=NOW).lines == []


def test_what_has_expired_and_was_not_taken_out_is_owed_no_more(ledger):
    ends = ledger["book"].ends(AUTUMN)
    assert line(ledger["b1"], at=ends - dt.timedelta(seconds=1)).outstanding == 910
    assert line(ledger["b1"], at=ends).outstanding == 70


def test_debts_are_not_set_off(nodes):
    ours = book(organization=nodes["b1"], below_zero=True)
    one, other = accounts(2, organization=nodes["b1"])
    earn(one, ours, 30)
    by = factories.staff()
    points.adjust(account=other, book=ours, amount=-20, reason="goods came back", by=by, key=key(), now=NOW)
    found = line(nodes["b1"])
    assert (found.outstanding, found.owed, found.money, found.breakage) == (30, 20, None, None)


def test_a_book_with_decimals_shows_its_unit(nodes):
    purse = book(organization=nodes["b1"], unit="CNY", scale=2, worth=1)
    [account] = accounts(1, organization=nodes["b1"])
    earn(account, purse, Decimal("12.34"))
    found = liability.report(node=nodes["b1"], as_of=NOW)
    assert found.money == Decimal("12.34")
    assert [len(table.rows) for table in found.tables()] == [1, 15, 1]
    assert found.tables()[0].total[-1] == Decimal("12.34")
