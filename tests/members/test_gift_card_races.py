"""Who comes to a gift card at the same moment: one of them has it."""

import pytest

from members.actions import gift_cards, points
from members.actions.gift_cards import Expired
from members.models import GiftCard, Wallet
from tests import factories
from tests.connections import at_once
from tests.members import gifts
from tests.members.gifts import activate, give, issue, spend, told
from tests.members.ledger.purses import DAY, NOW, available

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_adds_up")]


@pytest.fixture
def money(nodes):
    return gifts.money(nodes["b1"])


@pytest.fixture
def people(nodes):
    channel = factories.channel(organization=nodes["s1"], code="mini")
    return [factories.account(channel=channel) for _ in range(3)]


@pytest.fixture
def by():
    return factories.staff()


@pytest.mark.django_db(transaction=True)
def test_two_who_activate_at_once_one_of_them_gets_it(money, people):
    code = issue(money).code
    found = at_once(*(lambda each=each: activate(code, each) for each in people))
    assert sorted(type(each).__name__ for each in found) == ["AlreadyActive", "AlreadyActive", "GiftCard"]
    assert sum(available(each, money) for each in people) == 200


@pytest.mark.django_db(transaction=True)
def test_given_twice_at_once_is_one_gift(money, people):
    a, b, _c = people
    code = issue(money).code
    found = at_once(*(lambda: give(code, a, to=b) for _ in range(3)))
    assert len({each.code for each in found}) == 1
    assert told(b) == ["gift_card.received"]


@pytest.mark.django_db(transaction=True)
def test_given_beside_activated_and_cancelled_one_holds(money, people, by):
    a, b, _c = people
    for _ in range(3):
        first = issue(money)
        found = at_once(
            lambda first=first: activate(first.code, b),
            lambda first=first: give(first.code, a, to=b),
            lambda first=first: gift_cards.cancel(card=first.card, reason="lost", by=by, now=NOW),
        )
        state = GiftCard.objects.get(pk=first.card.pk).state
        assert (state == "active") == isinstance(found[0], GiftCard)
        assert (state == "cancelled") == isinstance(found[2], GiftCard)


@pytest.mark.django_db(transaction=True)
def test_activated_beside_expiry_it_is_the_receivers_or_nobodys(money, people):
    """One clock says that the last day is over, the other one not yet."""
    end = money.ends(NOW)
    for _ in range(3):
        issued = issue(money)
        active, _expired = at_once(
            lambda issued=issued: activate(issued.code, people[0], now=end - DAY),
            lambda: points.expire(now=end),
        )
        while points.expire(now=end):
            pass
        assert isinstance(active, (GiftCard, Expired))
        assert not Wallet.objects.filter(balance__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_two_tills_spend_the_last_of_a_card(money, people, nodes):
    code = issue(money, 100).code
    activate(code, people[0])
    found = at_once(*(lambda: spend(code, 70, nodes["s1"]) for _ in range(3)))
    assert sorted(type(each).__name__ for each in found) == ["NotEnough", "NotEnough", "Receipt"]
    assert available(people[0], money) == 30


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_issues_one_card(money):
    found = at_once(*(lambda: issue(money, key="I") for _ in range(3)))
    assert sorted(bool(each.code) for each in found) == [False, False, True]
    assert GiftCard.objects.count() == 1
