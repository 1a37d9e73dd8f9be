"""Two accounts that state one balance count it once, as long as a steward says so."""

import pytest

from identity.actions import verdicts
from members.actions import programmes
from tests.identity.company import NOW, accept
from tests.members.stating import PHONE, begun, has, holder, house, stated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture
def club(db):
    return house()


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
