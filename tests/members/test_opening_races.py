"""Opening balances beside corrections, spending, merges and one another, and killed between any two statements."""

import itertools

import pytest

from members.actions import opening_rules, openings, points
from members.actions.points import NotEnough
from members.actions.postings import Receipt
from members.models import Conversion, Entry, Event, EventCursor, Lot, LotUse, OpeningRule, Posting, Wallet
from tests.connections import at_once, together
from tests.identity import company
from tests.identity.company import NOW, accept
from tests.killing import killed_before
from tests.members.ledger.purses import available, faults, key, merge
from tests.members.stating import begun, follow, holder, house, look, rule, stated

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_adds_up")]
MOST = 80  # statements; no look comes near


@pytest.fixture
def club(transactional_db):
    return house()


def has(club, name) -> int:
    return available(holder(name), club["points"], at=NOW)


def settle(*names) -> None:
    openings.settle(accounts=[holder(name).pk for name in names], now=NOW)


def test_two_workers_give_it_once(club):
    begun(club)
    accept(stated("A", points="500"), stated("B", points="70"))
    together(*[lambda: settle("A", "B")] * 3, lambda: look(), lambda: look())
    assert (has(club, "A"), has(club, "B")) == (500, 70)
    assert Posting.objects.count() == 2


def test_beside_a_correction_the_corrected_amount_stands_in_the_end(club):
    begun(club)
    accept(stated("A", points="500"))
    follow()
    for day, amount in ((1, "800"), (2, "300"), (3, "350")):
        record = stated("A", on=day, points=amount)
        together(lambda record=record: accept(record), follow, lambda: settle("A"))
    follow()
    assert has(club, "A") == 350


def test_beside_spending_nothing_is_spent_twice(club):
    begun(club)
    accept(stated("A", points="500"))
    follow()
    accept(stated("A", on=1, points="100"))
    account = holder("A")
    spend = lambda: points.spend(account=account, book=club["points"], amount=450, key=key(), now=NOW)  # noqa: E731
    *_, spent = at_once(lambda: settle("A"), spend)
    back = Posting.objects.get(verb="reverse")
    if isinstance(spent, Receipt):
        assert (has(club, "A"), back.amount, back.short) == (0, -50, 350)
    else:
        assert isinstance(spent, NotEnough)
        assert (has(club, "A"), back.amount, back.short) == (100, -400, 0)


def test_beside_a_merge_each_account_gets_its_own(club):
    begun(club)
    begun(club, "mall", "0.5")
    accept(stated("A", points="500"), stated("B", channel="mall", points="1000"))
    one, other = holder("A"), holder("B")
    together(lambda: settle("A", "B"), lambda: merge(one, other))
    assert has(club, "A") == has(club, "B") == 1000


def test_beside_withdrawing_of_the_rule_nothing_is_left(club):
    running = begun(club)
    accept(*(stated(name, points="500") for name in "ABCD"))
    together(follow, lambda: opening_rules.withdraw(rule=running, now=NOW), lambda: settle("A"))
    follow()
    look(batch=3)
    assert [has(club, name) for name in "ABCD"] == [0, 0, 0, 0]


ROWS = (Wallet, Lot, Posting, Entry, LotUse, Conversion, OpeningRule, EventCursor, Event)


def standing() -> list:
    return [list(model.objects.order_by("pk").values_list()) for model in ROWS]


def give(club):
    draft = rule(club)
    opening_rules.begin(rule=draft, now=NOW)
    return lambda: look(batch=2)


def read(club):
    begun(club)
    accept(*(stated(name, on=1, points="300") for name in "AB"))
    return follow


def take(club):
    running = begun(club)
    points.spend(account=holder("A"), book=club["points"], amount=450, key=key(), now=NOW)
    opening_rules.withdraw(rule=running, now=NOW)
    return lambda: look(batch=2)


@pytest.mark.parametrize(("made", "left"), [(give, 500), (read, 300), (take, 0)])
def test_killed_between_any_two_statements_it_goes_on_and_gives_it_once(club, made, left):
    accept(*(stated(name, points="500") for name in "ABC"))
    work = made(club)
    first = before = standing()
    for number in itertools.count(1):
        assert number < MOST
        if not killed_before(number, work):
            break
        if (now := standing()) != before:
            assert faults() == []
            before = now
    done = standing()
    assert number > 5
    assert done != first
    follow()
    look()
    assert [has(club, name) for name in "AB"] == [left, left]
    assert company.verdicts_of(*(stated(name, points="500") for name in "ABC")) == ["duplicate"] * 3
