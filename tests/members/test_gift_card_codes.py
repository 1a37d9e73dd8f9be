"""The code of a gift card: a new one with each gift, the same words for every wrong one, kept nowhere."""

import pytest
from django.db import connection

from members.actions import gift_codes
from members.actions.gift_cards import UnknownCode
from members.ledger import codes
from members.models import GiftCard
from tests import factories
from tests.members import gifts
from tests.members.gifts import activate, give, issue, spend, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_adds_up")]


@pytest.fixture
def money(nodes):
    return gifts.money(nodes["b1"])


@pytest.fixture
def people(nodes):
    channel = factories.channel(organization=nodes["s1"], code="mini")
    return [factories.account(channel=channel) for _ in range(3)]


WRONG = "0" * codes.LENGTH


def test_given_again_the_code_before_is_dead(money, people):
    a, b, _c = people
    first = give(issue(money).code, a)
    second = give(first.code, a, to=b)
    with pytest.raises(UnknownCode):
        activate(first.code, b)
    assert activate(second.code, b).number == second.card.number


def test_given_by_the_same_code_again_the_same_answer_comes_to_who_gave_it(money, people, settings):
    """The answer was lost on its way: the old code opens nothing any more, and the new one nobody has seen."""
    a, b, c = people
    old = issue(money, buyer=a).code
    first = give(old, a, to=b)
    assert give(old, a, to=b) == first
    for giver, to in ((a, c), (a, None), (b, c), (b, b)):
        with pytest.raises(UnknownCode):
            give(old, giver, to=to)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one", [settings.SECRET_KEY]
    assert give(old, a, to=b) == first
    assert told(b) == ["gift_card.received"]
    activate(first.code, b)
    with pytest.raises(UnknownCode):
        give(old, a, to=b)


def test_the_code_after_a_code_is_another_one_for_every_code_and_key(money, people, settings):
    made = [give(issue(money).code, people[0]).code for _ in range(20)]
    again = [give(code, people[0]).code for code in made]
    assert len({*made, *again}) == 40
    old = issue(money).code
    new = gift_codes.following(codes.normal(old), secret="one")
    assert new != gift_codes.following(codes.normal(old), secret="another")
    assert codes.is_code(new)


@pytest.mark.parametrize("code", ["", "G000000001", WRONG, "nonsense", WRONG[:-1] + "1"])
def test_every_wrong_code_gets_the_same_words(money, people, code):
    issue(money)
    with pytest.raises(UnknownCode, match="opens no gift card"):
        activate(code, people[0])


def test_a_code_outlives_the_change_of_the_key_of_the_house(money, people, settings):
    code = issue(money).code
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one", [settings.SECRET_KEY]
    assert activate(code, people[0]).receiver == people[0]
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(UnknownCode):
        gift_codes.find(code=code)


def _rows_as_text():
    """Every row of every table."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            yield from (row[0] for row in cursor.fetchall())


def test_no_code_is_in_any_table(money, people, nodes, caplog):
    caplog.set_level("DEBUG")
    a, b, _c = people
    old = issue(money, buyer=a).code
    new = give(old, a, to=b).code
    activate(new, b)
    spend(new, 10, nodes["s1"])
    stored = "".join(_rows_as_text()) + caplog.text
    assert GiftCard.objects.get().number in stored
    for code in (old, new):
        assert code not in stored
        assert codes.normal(code) not in stored
