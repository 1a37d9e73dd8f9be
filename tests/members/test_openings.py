"""What channels state of their members is taken over by difference: exactly once, whatever arrives first."""

import datetime as dt
from decimal import Decimal

import pytest

from members.actions import opening_rules, openings, points
from members.models import Book, Event, EventCursor, Posting, Programme
from members.queries import movements
from tests.identity import company
from tests.identity.company import NOW, accept
from tests.members.ledger.purses import held, key, merge, spend, split
from tests.members.stating import PHONE, begun, follow, has, holder, house, look, postings, rule, stated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture
def club(db):
    return house()


@pytest.mark.requirement("IDN-071")
@pytest.mark.parametrize("merged", ["first", "last", "never"])
def test_points_of_each_platform_are_converted_by_its_rate_and_then_added(club, merged):
    for channel, rate in (("app", "1"), ("mall", "0.5")):
        begun(club, channel, rate)
    phone = PHONE if merged == "first" else None
    accept(stated("A", phone=phone, points="500"), stated("B", channel="mall", phone=phone, points="1000"))
    assert {has(club, "A"), has(club, "B")} == ({1000} if merged == "first" else {500})
    if merged == "last":
        accept(
            *(
                company.account(name, channel=on, on=5, phone=PHONE)
                for name, on in (("A", "app"), ("B", "mall"))
            )
        )
    if merged != "never":
        assert has(club, "A") == has(club, "B") == 1000
        assert spend(holder("A"), club["points"], 1000).amount == -1000
    assert postings()[:2] == [("open", 500, 0, 500, 1, 0), ("open", 500, 0, 1000, Decimal("0.5"), 0)]


@pytest.mark.requirement("IDN-071")
def test_entries_show_the_rate_and_what_rounding_left_over(club):
    begun(club, "mall", "0.5")
    accept(stated("B", channel="mall", points="1001"))
    assert has(club, "B") == 500
    [moved] = movements.of(member=holder("B").member, book=club["points"])
    assert (moved.verb, moved.amount, moved.rate, moved.lost) == ("open", 500, Decimal("0.5"), Decimal("0.5"))
    assert moved.cause == "1001 stated by the channel"


@pytest.mark.requirement("IDN-071")
def test_after_the_merge_was_undone_each_platform_has_its_own_again(club):
    for channel, rate in (("app", "1"), ("mall", "0.5")):
        begun(club, channel, rate)
    accept(stated("A", points="500"), stated("B", channel="mall", points="1000"))
    follow()
    merge(holder("A"), holder("B"))
    assert has(club, "A") == 1000
    spend(holder("A"), club["points"], 600)
    split(holder("A"), holder("B"))
    assert {has(club, "A"), has(club, "B")} == {0, 400}
    accept(stated("B", channel="mall", on=5, points="1200"))
    merge(holder("A"), holder("B"))
    assert has(club, "A") == has(club, "B") == 500


def test_told_twice_it_is_given_once(club):
    begun(club)
    record = stated("A", points="500")
    accept(record)
    accept(record, stated("A", on=1, points="500.00"), stated("A", on=2, tier="gold"))
    assert has(club, "A") == 500
    EventCursor.objects.filter(reader=openings.READER).update(tx=0, event_id=0)
    opening_rules.look_again()
    look()
    assert has(club, "A") == 500
    assert postings() == [("open", 500, 0, 500, 1, 0)]


def test_a_corrected_statement_posts_the_difference(club):
    begun(club, rate="1.5")
    accept(stated("A", points="500"))
    assert has(club, "A") == 750
    accept(stated("A", on=1, points="501"))
    assert has(club, "A") == 751
    accept(stated("A", on=2, points="100"))
    assert has(club, "A") == 150
    assert [row[:2] for row in postings()] == [("open", 750), ("open", 1), ("reverse", -601)]
    assert postings()[1][3:] == (501, Decimal("1.5"), Decimal("0.5"))
    assert postings()[2][3:] == (100, Decimal("1.5"), 0)
    taken = Posting.objects.get(verb="reverse")
    assert (taken.corrects, taken.occurred_at) == (
        Posting.objects.earliest("pk"),
        dt.datetime.fromisoformat(company.day(2)),
    )


def test_what_was_spent_is_taken_from_other_points_and_never_below_zero(club):
    begun(club)
    accept(stated("A", points="500"))
    follow()
    points.earn(account=holder("A"), book=club["points"], amount=50, key=key(), now=NOW)
    spend(holder("A"), club["points"], 400)
    accept(stated("A", on=1, points="200"))
    assert has(club, "A") == 0
    [back] = Posting.objects.filter(verb="reverse")
    assert (back.amount, back.short) == (-150, 150)
    accept(stated("A", on=2, points="300"))
    assert has(club, "A") == 100


def test_a_statement_of_less_than_nothing_is_nothing(club):
    begun(club)
    accept(stated("A", points="-5"), stated("B", points="999999999999"))
    Book.objects.update(name="B")
    assert has(club, "A") == 0
    assert has(club, "B") == 999999999999


def test_an_amount_that_no_posting_holds_opens_nothing(club):
    begun(club, rate="999999")
    accept(stated("A", points="999999999999"))
    assert has(club, "A") == 0
    assert postings() == []


def test_growth_goes_into_its_own_book_at_its_own_rate(club):
    begun(club, growth_book=club["growth"], growth_rate=Decimal("0.1"))
    accept(stated("A", points="500", growth="1239"))
    assert has(club, "A", of="growth") == 123
    assert has(club, "A") == 500
    accept(stated("A", on=1, growth="2000"))
    assert (has(club, "A", of="growth"), has(club, "A")) == (200, 500)


def test_without_a_running_rule_a_statement_stays_a_statement(club):
    accept(stated("A", points="500"))
    draft = rule(club)
    assert has(club, "A") == 0
    opening_rules.begin(rule=draft, now=NOW)
    look()
    assert has(club, "A") == 500
    opening_rules.withdraw(rule=draft, now=NOW)
    look()
    assert has(club, "A") == 0
    begun(club, rate="2")
    assert has(club, "A") == 1000
    assert [row[1] for row in postings()] == [500, -500, 1000]


def test_the_same_book_by_a_new_rule_after_the_old_one_was_withdrawn_and_its_points_spent(club):
    old = begun(club)
    accept(stated("A", points="500"))
    follow()
    spend(holder("A"), club["points"], 300)
    opening_rules.withdraw(rule=old, now=NOW)
    begun(club)
    assert has(club, "A") == 200


def test_a_rule_of_another_channel_or_programme_gives_nothing(club):
    begun(club, "mall")
    other = Programme.objects.create(organization=club["s1"], name="Shop club")
    accept(stated("A", points="500"), stated("M", channel="mall", organization="s1", points="7"))
    assert (has(club, "A"), has(club, "M")) == (0, 0)
    other.delete()
    opening_rules.look_again()
    look()
    assert has(club, "M") == 7


def test_of_several_memberships_of_an_account_the_latest_statement_rules(club):
    begun(club)
    accept(stated("A", points="500"), stated("A", on=1, organization="s1", points="300"))
    assert has(club, "A") == 300
    accept(stated("A", on=2, organization="s1", tier="gold"))
    assert has(club, "A") == 300


def test_what_is_owed_is_paid_by_what_is_taken_over(club):
    Book.objects.filter(pk=club["points"].pk).update(below_zero=True)
    club["points"].refresh_from_db()
    begun(club)
    accept(stated("A", points="500"))
    follow()
    spend(holder("A"), club["points"], 500)
    accept(stated("A", on=1, points="200"))
    assert has(club, "A") == 0
    assert held(holder("A"), club["points"]).owed == 300
    accept(stated("A", on=2, points="600"))
    assert has(club, "A") == 100


def test_the_event_log_tells_it(club):
    begun(club)
    accept(stated("A", points="500"))
    follow()
    event = Event.objects.get(name="points.opened")
    assert (event.account, event.properties) == (holder("A"), {"book": "points", "amount": "500"})
