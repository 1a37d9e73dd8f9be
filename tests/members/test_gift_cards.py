"""Gift cards: what nobody activated is nobody's, who gave one away cannot use it, and no code is kept anywhere."""

import pytest

from members.actions import gift_cards, points, postings
from members.actions.gift_cards import AlreadyActive, Elsewhere, Expired, NotActive, NotYours, UnknownCode
from members.ledger.amounts import Unfit
from members.models import Book, GiftCard, Member, Wallet
from members.queries import scopes, timeline
from tests import factories
from tests.members import gifts
from tests.members.gifts import activate, give, issue, spend, told
from tests.members.ledger.purses import DAY, NOW, available, book, merge, split

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


@pytest.mark.requirement("MEM-045")
def test_a_gives_a_card_to_b_who_activates_it(money, people, nodes):
    a, b, _c = people
    old = issue(money, buyer=a).code
    new = give(old, a, to=b).code
    card = activate(new, b)
    assert (card.state, card.giver, card.receiver) == ("active", a, b)
    assert (available(a, money), available(b, money)) == (0, 200)
    for verb in (lambda: activate(old, a), lambda: spend(old, 10, nodes["s1"]), lambda: give(old, a)):
        with pytest.raises(UnknownCode):
            verb()
    assert told(a) == ["gift_card.issued", "gift_card.given", "gift_card.activated"]
    assert told(b) == ["gift_card.received", "gift_card.activated"]
    for who in (a, b):
        shown = timeline.of(member=Member.objects.get(accounts=who), reach=scopes.EVERYTHING)
        assert [each.name for each in reversed(shown)] == told(who)


def test_until_it_is_activated_its_value_lies_in_a_pot(money, people):
    card = issue(money).card
    assert (card.pot.balance, card.pot.account, card.state) == (20000, None, "issued")
    assert not Wallet.objects.exclude(account=None).exists()
    activate(issue(money).code, people[0])
    card.pot.refresh_from_db()
    assert card.pot.balance == 20000


def test_who_gave_it_away_cannot_use_it_even_with_the_new_code(money, people):
    a, b, c = people
    gift = give(issue(money).code, a)
    with pytest.raises(NotYours, match="its giver cannot use it"):
        activate(gift.code, a)
    with pytest.raises(NotYours, match="somebody else's"):
        give(gift.code, b)
    named = give(issue(money).code, a, to=b)
    with pytest.raises(NotYours, match="somebody else's"):
        activate(named.code, c)
    assert activate(gift.code, c).receiver == c
    assert activate(named.code, b).receiver == b


def test_a_card_bought_by_name_is_the_buyers(money, people):
    a, b, _c = people
    code = issue(money, buyer=a).code
    for verb in (lambda: activate(code, b), lambda: give(code, b)):
        with pytest.raises(NotYours):
            verb()
    assert activate(code, a).receiver == a


def test_a_gift_to_oneself_is_none(money, people):
    a, b, _c = people
    code = issue(money, buyer=a).code
    merge(a, b)
    a.refresh_from_db()
    b.refresh_from_db()
    with pytest.raises(NotYours, match="same person"):
        give(code, a, to=b)
    assert activate(code, b).receiver == b


def test_activated_once(money, people):
    a, b, _c = people
    code = issue(money).code
    card = activate(code, a, key="A")
    assert activate(code, a, key="A") == card
    for again in ({"account": a}, {"account": b}):
        with pytest.raises(AlreadyActive):
            activate(code, **again)
    with pytest.raises(postings.KeyReused):
        activate(code, b, key="A")
    with pytest.raises(AlreadyActive):
        give(code, a)
    assert available(a, money) == 200


def test_it_pays_by_its_code_up_to_what_is_left(money, people, nodes):
    code = issue(money).code
    with pytest.raises(NotActive):
        spend(code, 10, nodes["s1"])
    activate(code, people[0])
    first = spend(code, 150, nodes["s1"], key="S")
    assert first.amount == -150
    assert spend(code, 150, nodes["s1"], key="S") == first
    with pytest.raises(points.NotEnough) as refused:
        spend(code, 51, nodes["s1"])
    assert refused.value.available == 50
    with pytest.raises(Elsewhere, match="S4"):
        spend(code, 10, nodes["s4"])
    with pytest.raises(Unfit):
        spend(code, 0, nodes["s1"])
    assert available(people[0], money) == 50


def test_by_its_code_only_its_own_value_is_spent_wherever_the_account_went(money, people, nodes):
    a, b, _c = people
    mine, other = issue(money, 100).code, issue(money, 70).code
    activate(mine, a)
    activate(other, b)
    merge(a, b)
    with pytest.raises(points.NotEnough):
        spend(mine, 101, nodes["s1"])
    spend(mine, 40, nodes["s1"])
    split(a, b)
    spend(mine, 60, nodes["s1"])
    assert (available(a, money), available(b, money)) == (0, 70)


def test_a_receiver_who_turns_out_to_be_the_giver_keeps_it(money, people, nodes):
    a, b, _c = people
    gift = give(issue(money).code, a, to=b)
    activate(gift.code, b)
    merge(a, b)
    assert available(a, money) == 200
    assert spend(gift.code, 200, nodes["s1"]).amount == -200


def test_it_expires_in_the_pot_and_after(money, people, nodes):
    late = NOW + 400 * DAY
    code, active = issue(money).code, issue(money).code
    activate(active, people[0], now=NOW + 300 * DAY)
    with pytest.raises(Expired):
        activate(code, people[0], now=late)
    points.expire(now=late)
    with pytest.raises(Expired):
        activate(code, people[0], now=late)
    with pytest.raises(points.NotEnough):
        spend(active, 1, nodes["s1"], now=late)
    assert not Wallet.objects.filter(balance__gt=0).exists()


def test_a_cancelled_card_is_owed_no_more(money, people, by):
    first = issue(money)
    card = gift_cards.cancel(card=first.card, reason="lost in the post", by=by, now=NOW)
    assert (card.state, Wallet.objects.get(pk=card.pot_id).balance) == ("cancelled", 0)
    assert gift_cards.cancel(card=first.card, reason="again", by=by, now=NOW) == card
    for verb in (lambda: activate(first.code, people[0]), lambda: give(first.code, people[0])):
        with pytest.raises(UnknownCode):
            verb()
    with pytest.raises(Unfit, match="Say why"):
        gift_cards.cancel(card=issue(money).card, reason=" ", by=by, now=NOW)
    active = issue(money)
    activate(active.code, people[0])
    with pytest.raises(AlreadyActive):
        gift_cards.cancel(card=active.card, reason="late", by=by, now=NOW)


def test_what_expired_in_the_pot_is_cancelled_without_it(money, by):
    card = issue(money).card
    late = NOW + 400 * DAY
    points.expire(now=late)
    assert gift_cards.cancel(card=card, reason="over", by=by, now=late).state == "cancelled"


def test_issued_again_with_the_same_key_no_code_is_shown(money, people):
    first = issue(money, key="I")
    assert issue(money, key="I") == gift_cards.Issued(first.card, "")
    for other in ({"amount": 201}, {"buyer": people[0]}):
        with pytest.raises(postings.KeyReused):
            issue(money, key="I", **other)
    assert GiftCard.objects.count() == 1


def test_a_closed_book_issues_none_and_what_is_out_is_honoured(money, people, nodes):
    code = issue(money).code
    Book.objects.update(closed_at=NOW)
    closed = Book.objects.get()
    with pytest.raises(points.Closed):
        issue(closed)
    activate(code, people[0])
    assert spend(code, 200, nodes["s1"]).amount == -200


def test_only_books_of_gift_cards_issue_them(nodes):
    with pytest.raises(Unfit, match="not one of gift cards"):
        issue(book(organization=nodes["b1"]))


def test_a_code_pays_with_its_own_card_only(money, people, nodes):
    _a, b, _c = people
    codes_of_b = [issue(money).code for _ in range(2)]
    for code in codes_of_b:
        activate(code, b)
    with pytest.raises(points.NotEnough):
        spend(codes_of_b[1], 250, nodes["s1"])
    spend(codes_of_b[1], 150, nodes["s1"])
    with pytest.raises(points.NotEnough):
        spend(codes_of_b[1], 51, nodes["s1"])
    spend(codes_of_b[0], 200, nodes["s1"])
    assert available(b, money) == 50
