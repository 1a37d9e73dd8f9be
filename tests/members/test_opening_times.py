"""Of what a channel stated the day counts: up to when it is taken over, and from when it lasts."""

import datetime as dt

import pytest

from members.actions import opening_rules, points
from members.models import Book, Lot, Posting, Programme
from tests.identity import company
from tests.identity.company import NOW, accept
from tests.members.ledger.purses import DAY, available
from tests.members.stating import begun, follow, has, holder, house, look, stated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture
def club(db):
    return house()


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
