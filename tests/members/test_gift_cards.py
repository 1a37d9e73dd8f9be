"""Gift cards: what nobody activated is nobody's, who gave one away cannot use it, and no code is kept anywhere."""

import pytest
from django.db import connection

from members.actions import gift_cards, points, postings
from members.actions.gift_cards import AlreadyActive, Elsewhere, Expired, NotActive, NotYours, UnknownCode
from members.ledger import codes
from members.ledger.amounts import Unfit
from members.models import Book, Event, GiftCard, Member, Wallet
from members.queries import proofs, scopes, timeline
from tests import factories
from tests.connections import at_once
from tests.members.ledger.purses import DAY, NOW, available, book, key, merge, split

pytestmark = pytest.mark.django_db
WRONG = "0" * codes.LENGTH


@pytest.fixture
def nodes():
    return factories.tree()


@pytest.fixture
def money(nodes):
    return book(
        code="gift", kind="gift_card", unit="CNY", scale=2, organization=nodes["b1"], expiry="months_after",
        expiry_months=12,
    )  # fmt: skip


@pytest.fixture
def people(nodes):
    channel = factories.channel(organization=nodes["s1"], code="mini")
    return [factories.account(channel=channel) for _ in range(3)]


@pytest.fixture
def by():
    return factories.staff()


@pytest.fixture(autouse=True)
def _adds_up(db):
    yield
    assert [each for each in proofs.findings() if each.count] == []


def issue(money, amount=200, **more):
    return gift_cards.issue(**{"book": money, "amount": amount, "key": key(), "now": NOW} | more)


def give(code, giver, to=None):
    return gift_cards.give(code=code, giver=giver, to=to, now=NOW)


def activate(code, account, **more):
    return gift_cards.activate(**{"code": code, "account": account, "key": key(), "now": NOW} | more)


def spend(code, amount, place, **more):
    given = {"code": code, "amount": amount, "key": key(), "organization": place, "now": NOW}
    return gift_cards.spend(**given | more)


def told(account):
    return list(Event.objects.filter(account=account).order_by("id").values_list("name", flat=True))


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
    new = gift_cards._next(codes.normal(old), "one")
    assert new != gift_cards._next(codes.normal(old), "another")
    assert codes.is_code(new)


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
        gift_cards.find(code=code)


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
