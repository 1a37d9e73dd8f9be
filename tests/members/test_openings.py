"""What channels state of their members is taken over by difference: exactly once, whatever arrives first."""

import datetime as dt
import io
import itertools
from decimal import Decimal

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.actions import intake, undoing, verdicts
from identity.models import IngestRun
from members import tasks
from members.actions import erasure, opening_rules, openings, points, programmes
from members.models import Account, Book, Event, EventCursor, Lot, OpeningRule, Posting, Programme
from members.models.event import SettledBefore
from members.queries import movements, proofs
from tests import statements
from tests.identity import company
from tests.identity.company import NOW, accept
from tests.members.ledger.purses import DAY, available, held, key, merge, spend, split
from tests.members.stating import PHONE, begun, follow, has, holder, house, look, postings, rule, stated

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _within_its_transaction(monkeypatch):
    """A test's events are never settled: its transaction is still open."""
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))


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


class TestUndone:
    def bring(self, *records):
        name = f"file {next(_numbers)}"
        run = IngestRun.objects.create(source=name, fingerprint=name, state="finished", started_at=NOW)
        intake.accept(records=list(records), source="file", now=NOW, run=run)
        return run

    def undo(self, run):
        withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
        assert undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)

    def test_an_import_that_is_taken_back_takes_its_points_with_it(self, club):
        begun(club)
        accept(stated("A", points="500"))
        file = [stated("A", on=1, points="800"), stated("B", points="70"), stated("C", points="9")]
        run = self.bring(*file)
        accept(stated("C", on=2, tier="gold"))
        assert [has(club, name) for name in "ABC"] == [800, 70, 9]
        self.undo(run)
        assert [has(club, name) for name in "ABC"] == [500, 0, 0]
        self.bring(*file)
        assert [has(club, name) for name in "ABC"] == [800, 70, 9]

    def test_a_second_file_with_the_same_statements_gives_nothing(self, club):
        begun(club)
        file = [stated("A", points="500"), stated("B", points="70")]
        self.bring(*file)
        self.bring(*file)
        self.bring(*(each | {"updated_at": company.day(3)} for each in file))
        assert [has(club, name) for name in "AB"] == [500, 70]
        assert len(postings()) == 2


class TestUntil:
    until = dt.datetime.fromisoformat(company.day(10))
    records = (
        stated("A", on=1, points="500"),
        stated("A", on=9, points="300"),
        stated("A", on=11, points="900"),
    )

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0), (1, 2, 0)])
    @pytest.mark.parametrize("together", [True, False])
    def test_what_was_said_last_before_counts_in_whatever_order_it_comes(self, club, order, together):
        begun(club, until=self.until)
        for place in order:
            accept(self.records[place])
            if not together:
                follow()
        assert has(club, "A") == 300

    def test_the_day_is_set_and_moved_while_the_rule_runs(self, club):
        running = begun(club)
        accept(*self.records)
        assert has(club, "A") == 900
        for day, amount in ((10, 300), (5, 500), (0, 0), (30, 900)):
            until = dt.datetime.fromisoformat(company.day(day))
            opening_rules.end(rule=running, until=until, now=NOW)
            look()
            assert has(club, "A") == amount

    def test_who_states_only_afterwards_has_nothing(self, club):
        begun(club, until=self.until)
        accept(self.records[2])
        assert has(club, "A") == 0

    def test_a_closed_book_or_programme_takes_no_later_statement_over(self, club):
        begun(club)
        accept(self.records[0])
        assert has(club, "A") == 500
        Book.objects.update(closed_at=self.until)
        accept(self.records[2])
        assert has(club, "A") == 500
        accept(self.records[1])
        assert has(club, "A") == 300
        Book.objects.update(closed_at=None)
        Programme.objects.update(closed_at=self.until)
        opening_rules.look_again()
        look()
        assert has(club, "A") == 300


def test_it_lasts_as_if_earned_when_it_was_stated(club):
    Book.objects.filter(pk=club["points"].pk).update(expiry="months_after", expiry_months=12, pending_days=7)
    begun(club)
    accept(stated("A", points="500"))
    assert has(club, "A", at=NOW) == 500
    lot = Lot.objects.get()
    assert (
        lot.available_from == Posting.objects.get().occurred_at == dt.datetime.fromisoformat(company.day(0))
    )
    assert lot.expires_at.date() == dt.date(2027, 1, 1)
    assert available(holder("A"), club["points"], at=NOW + 400 * DAY) == 0
    while points.expire(now=NOW + 400 * DAY):
        pass
    accept(stated("A", on=150, points="100"))
    assert has(club, "A", at=NOW + 400 * DAY) == 0


def test_in_a_sliding_book_everything_lasts_as_long_as_what_was_stated_last(club):
    Book.objects.filter(pk=club["points"].pk).update(expiry="sliding", expiry_months=1)
    begun(club)
    accept(stated("A", on=130, points="500"), stated("A", on=0, points="1"))
    accept(stated("A", on=140, points="600"))
    assert has(club, "A") == 600
    assert len(set(Lot.objects.values_list("expires_at", flat=True))) == 1


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


def test_an_erased_persons_movements_stay_as_they_are(club):
    begun(club)
    accept(stated("A", points="500"))
    follow()
    account = holder("A")
    asked = erasure.request(member=account.member, reason="asked for it", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
    before = postings()
    opening_rules.look_again()
    look()
    openings.settle(accounts=[account.pk], now=NOW)
    assert postings() == before
    accept(stated("A", on=3, points="40"))
    follow()
    assert postings()[: len(before)] == before


def test_the_event_log_tells_it(club):
    begun(club)
    accept(stated("A", points="500"))
    follow()
    event = Event.objects.get(name="points.opened")
    assert (event.account, event.properties) == (holder("A"), {"book": "points", "amount": "500"})


def said(**options) -> str:
    out = io.StringIO()
    call_command("open_balances", stdout=out, **options)
    return out.getvalue()


def test_the_command_does_what_the_worker_does_and_a_second_run_nothing(club):
    opening_rules.begin(rule=rule(club), now=NOW)
    opening_rules.begin(rule=rule(club, "pos"), now=NOW)
    accept(stated("A", points="500"), stated("B", points="70"), stated("M", channel="mall", points="9"))
    assert said().startswith("2 accounts and ")
    assert said() == "0 accounts and 0 events looked at.\n"
    assert tasks.open_balances() == 0
    assert said(every_account=True) == "2 accounts and 0 events looked at.\n"
    accept(stated("A", on=1, points="501"))
    assert tasks.open_balances() > 0
    assert [row[1] for row in postings()] == [500, 70, 1]


def test_a_look_that_was_broken_off_goes_on_where_it_was(club):
    accept(*(stated(name, points="5") for name in "ABCDE"))
    opening_rules.begin(rule=rule(club), now=NOW)
    assert opening_rules.go_on(now=NOW, batch=2) == 2
    looked = OpeningRule.objects.get()
    assert (looked.looked_to, looked.looked_at) == (holder("B").pk, None)
    assert opening_rules.go_on(now=NOW, batch=2) == 2
    assert len(postings()) == 4
    look()
    assert OpeningRule.objects.get().looked_at == NOW
    assert len(postings()) == 5


def test_settling_takes_the_same_statements_for_one_account_and_for_many(club):
    begun(club)
    accept(stated("A", points="5"))
    with statements.counted() as one:
        openings.settle(accounts=[holder("A").pk], now=NOW)
    accept(*(stated(f"N{number}", points="5") for number in range(30)))
    with statements.counted() as many:
        openings.settle(accounts=list(Account.objects.values_list("pk", flat=True)), now=NOW)
    assert len(postings()) == 31
    assert len(many) == len(one)


class TestOneBalanceStatedTwice:
    """A steward settled that two accounts' points are the same: the highest statement counts, once."""

    @pytest.fixture
    def person(self, club):
        begun(club)
        begun(club, "mall")
        accept(stated("A", phone=PHONE, points="500"), stated("B", channel="mall", phone=PHONE, points="800"))
        return club

    def settle(self, club, *names):
        return programmes.settle(
            programme=club["club"], accounts=[holder(name).pk for name in names], tiers="highest", points="highest",
            by=None, now=NOW,
        )  # fmt: skip

    def test_settled_after_it_was_taken_over_and_taken_back(self, person):
        assert has(person, "A") == 1300
        made = self.settle(person, "A", "B")
        assert has(person, "A") == 800
        accept(stated("A", on=1, phone=PHONE, points="900"))
        assert has(person, "A") == 900
        programmes.unsettle(settlement=made, now=NOW)
        assert has(person, "A") == 1700

    def test_it_ends_when_they_are_parted_and_holds_when_they_are_one_again(self, person):
        self.settle(person, "A", "B")
        assert has(person, "A") == 800
        said = verdicts.not_same(
            left=[holder("A").pk], right=[holder("B").pk], by=None, now=NOW, reason="two people"
        )
        assert (has(person, "A"), has(person, "B")) == (500, 800)
        verdicts.withdraw(verdict=said, by=None, now=NOW)
        assert has(person, "A") == has(person, "B") == 800

    def test_it_ends_when_another_account_joins(self, person):
        self.settle(person, "A", "B")
        assert has(person, "A") == 800
        accept(stated("C", phone=PHONE, points="7"))
        assert has(person, "A") == 1307


amounts = st.sampled_from([None, "0", "30", "45.5", "100"])
facts = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 6), amounts, st.booleans()), min_size=1, max_size=7
)
by_hand = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@by_hand
@given(facts, st.data())
def test_any_order_and_any_looks_give_what_was_stated_last(facts_club, said, data):
    """Against the latest statement of each account up to day 4, times 0.5, rounded down."""
    club = facts_club
    names = {name: f"{name}{next(_numbers)}" for name in "ABC"}
    for name, day, amount, later in data.draw(st.permutations(said)):
        said_of = {"points": amount} if amount is not None else {"tier": "gold"}
        accept(stated(names[name], on=day, **said_of))
        if later:
            follow()
    follow()
    for name in {each[0] for each in said}:
        known = [
            (day, Decimal(amount)) for who, day, amount, _later in said if who == name and amount and day <= 4
        ]
        expected = int(max(known)[1] / 2) if known else 0
        assert available(holder(names[name]), club["points"], at=NOW) == expected
    assert [each for each in proofs.findings() if each.count] == []


@pytest.fixture
def facts_club(club):
    begun(club, rate="0.5", until=dt.datetime.fromisoformat(company.day(4)))
    return club
