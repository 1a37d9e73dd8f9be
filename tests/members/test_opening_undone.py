"""What an import or a person stated goes with the import, and stays when the person is erased."""

import pytest

from members.actions import opening_rules, openings
from tests.identity import company
from tests.identity.company import NOW, accept, brought, erase, take_back
from tests.members.stating import begun, follow, has, holder, house, look, postings, stated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture
def club(db):
    return house()


class TestUndone:
    def test_an_import_that_is_taken_back_takes_its_points_with_it(self, club):
        begun(club)
        accept(stated("A", points="500"))
        file = [stated("A", on=1, points="800"), stated("B", points="70"), stated("C", points="9")]
        run = brought(*file)
        accept(stated("C", on=2, tier="gold"))
        assert [has(club, name) for name in "ABC"] == [800, 70, 9]
        take_back(run)
        assert [has(club, name) for name in "ABC"] == [500, 0, 0]
        brought(*file)
        assert [has(club, name) for name in "ABC"] == [800, 70, 9]

    def test_a_second_file_with_the_same_statements_gives_nothing(self, club):
        begun(club)
        file = [stated("A", points="500"), stated("B", points="70")]
        brought(*file)
        brought(*file)
        brought(*(each | {"updated_at": company.day(3)} for each in file))
        assert [has(club, name) for name in "AB"] == [500, 70]
        assert len(postings()) == 2


def test_an_erased_persons_movements_stay_as_they_are(club):
    begun(club)
    accept(stated("A", points="500"))
    follow()
    account = holder("A")
    erase(account.member)
    before = postings()
    opening_rules.look_again()
    look()
    openings.settle(accounts=[account.pk], now=NOW)
    assert postings() == before
    accept(stated("A", on=3, points="40"))
    follow()
    assert postings()[: len(before)] == before
