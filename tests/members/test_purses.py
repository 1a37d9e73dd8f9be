"""Stored-value cards: what was paid in and what was given on top stay apart, and come back where they came from."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from members.actions import points, postings, purses, reversals
from members.actions.purses import Elsewhere, Receipts, UnknownSpend
from members.ledger.amounts import Unfit
from members.models import Book, Entry, Event, Lot, Posting, Purse
from tests import factories
from tests.connections import at_once
from tests.members.ledger.purses import DAY, NOW, book, key, merge, split

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_adds_up")]


@pytest.fixture
def purse(nodes):
    """A card of brand b1, in CNY, that pays with the principal first."""
    money = {"unit": "CNY", "scale": 2, "organization": nodes["b1"]}
    principal = book(code="card-principal", kind="stored_value_principal", **money)
    bonus = book(code="card-bonus", kind="stored_value_bonus", **money)
    return Purse.objects.create(
        organization=nodes["b1"], code="card", name="Harbour card", principal=principal, bonus=bonus
    )


@pytest.fixture
def account(nodes):
    return factories.account(channel=factories.channel(organization=nodes["s1"], code="pos"))


def top_up(account, purse, principal, bonus=0, **more):
    return purses.top_up(**_with(account, purse, more) | {"principal": principal, "bonus": bonus})


def spend(account, purse, amount, **more):
    return purses.spend(**_with(account, purse, more) | {"amount": amount})


def refund(purse, key_of_spend, amount=None, **more):
    return purses.refund(
        **{"purse": purse, "key_of_spend": key_of_spend, "amount": amount, "key": key(), "now": NOW} | more
    )


def _with(account, purse, more):
    return {
        "account": account, "purse": purse, "key": key(), "now": NOW, "organization": account.organization,
    } | more  # fmt: skip


def pay_out(account, purse, amount, **more):
    return purses.pay_out(**_with(account, purse, more) | {"amount": amount})


def moved(receipts: Receipts):
    return tuple(each and each.amount for each in (receipts.principal, receipts.bonus))


@pytest.mark.requirement("MEM-044")
def test_top_up_spend_and_refund(account, purse):
    assert top_up(account, purse, 500).balance == 500
    assert spend(account, purse, 120, key="S").balance == 380
    assert refund(purse, "S", 20).balance == 400


@pytest.mark.requirement("MEM-044")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spends", ["principal", "bonus"])
def test_of_two_spends_of_300_at_once_one_passes(account, purse, spends):
    Purse.objects.update(spends=spends)
    top_up(account, purse, 300, 80)
    card = Purse.objects.select_related("principal", "bonus", "organization").get()
    found = at_once(*(lambda: spend(account, card, 300) for _ in range(2)))
    assert sorted(type(each).__name__ for each in found) == ["NotEnough", "Receipts"]
    [refused] = [each for each in found if isinstance(each, points.NotEnough)]
    assert (refused.available, refused.asked) == (80, 300)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_one_top_up(account, purse):
    found = at_once(*(lambda: top_up(account, purse, 100, 10, key="T") for _ in range(3)))
    assert len({moved(each) for each in found}) == 1
    assert Posting.objects.count() == 2


@pytest.mark.parametrize(
    ("spends", "paid"),
    [("principal", (Decimal(-100), Decimal(-20))), ("bonus", (Decimal(-90), Decimal(-30)))],
)
def test_the_books_pay_in_the_cards_order(account, purse, spends, paid):
    purse.spends = spends
    top_up(account, purse, 100, 30)
    assert moved(spend(account, purse, 120)) == paid


def test_the_book_that_paid_last_gets_back_first(account, purse):
    top_up(account, purse, 100, 30)
    spend(account, purse, 120, key="S")
    assert moved(refund(purse, "S", 15)) == (None, 15)
    purse.spends = Purse.Spends.BONUS
    assert moved(refund(purse, "S", 15)) == (10, 5)
    assert moved(refund(purse, "S")) == (90, None)
    with pytest.raises(reversals.NotReversible, match="can still be given back"):
        refund(purse, "S")


def test_no_more_comes_back_than_was_paid(account, purse):
    top_up(account, purse, 100)
    spend(account, purse, 60, key="S")
    with pytest.raises(reversals.NotReversible, match=r"60\.00"):
        refund(purse, "S", 61)
    with pytest.raises(UnknownSpend, match="nobody"):
        refund(purse, "nobody")
    with pytest.raises(UnknownSpend):
        refund(Purse(principal=Book.objects.get(code="card-bonus"), code="x", name="x"), "S")


def test_what_comes_back_has_the_expiry_that_it_had(account, purse):
    Book.objects.filter(code="card-bonus").update(expiry="months_after", expiry_months=1)
    purse.bonus.refresh_from_db()
    top_up(account, purse, 100, 30)
    spend(account, purse, 130, key="S")
    later = NOW + 60 * DAY
    assert refund(purse, "S", now=later).balance == 100


def test_asked_again_the_same_answer_comes(account, purse):
    asked = {"key": "T"}
    first = top_up(account, purse, 100, 30, **asked)
    assert top_up(account, purse, 100, 30, **asked) == first
    for principal, bonus in ((100, 31), (99, 30), (100, 0)):
        with pytest.raises(postings.KeyReused):
            top_up(account, purse, principal, bonus, **asked)
    with pytest.raises(postings.KeyReused):
        spend(account, purse, 100, **asked)
    assert spend(account, purse, 120, key="S") == spend(account, purse, 120, key="S")
    assert refund(purse, "S", 20, key="R") == refund(purse, "S", 20, key="R")
    with pytest.raises(postings.KeyReused):
        refund(purse, "S", 21, key="R")


def test_the_card_is_used_at_its_own_places(account, purse, nodes):
    for place in ("b2", "g", "s4"):
        with pytest.raises(Elsewhere, match="Harbour card"):
            top_up(account, purse, 100, organization=nodes[place])
    top_up(account, purse, 100, organization=nodes["b1"])
    own = Purse(organization=nodes["s1"], code="s1", name="Store card", principal=purse.principal)
    with pytest.raises(Elsewhere, match="Store card"):
        spend(account, own, 10, organization=nodes["b1"])
    assert spend(account, own, 10, organization=nodes["s1"]).balance == 90


def test_a_card_without_a_bonus(account, purse):
    purse.bonus = None
    with pytest.raises(Unfit, match="no bonus"):
        top_up(account, purse, 100, 1)
    assert top_up(account, purse, 100).balance == 100
    assert moved(spend(account, purse, 40)) == (-40, None)


@pytest.mark.parametrize("amount", [0, -1, Decimal("0.001"), 1.5])
def test_what_is_no_amount_is_refused(account, purse, amount):
    top_up(account, purse, 100, 30)
    for verb in (spend, top_up):
        with pytest.raises(Unfit):
            verb(account, purse, amount)


def test_books_that_count_differently_make_no_card(account, purse, nodes):
    purse.bonus = book(code="points", organization=nodes["b1"])
    with pytest.raises(Unfit, match="count differently"):
        top_up(account, purse, 100)


def test_a_closed_book_takes_no_money_and_still_pays(account, purse):
    top_up(account, purse, 100, 30)
    purse.bonus.closed_at = NOW
    with pytest.raises(points.Closed):
        top_up(account, purse, 50, 5)
    assert top_up(account, purse, 50).balance == 180
    assert spend(account, purse, 180).balance == 0


def test_all_accounts_of_a_person_pay_together_and_part_again(account, purse):
    other = factories.account(channel=account.channel)
    top_up(account, purse, 50)
    top_up(other, purse, 50)
    merge(account, other)
    assert spend(account, purse, 80, key="S").balance == 20
    split(account, other)
    assert refund(purse, "S").balance == 50
    assert [spend(each, purse, 50).balance for each in (account, other)] == [0, 0]


def test_paid_out_the_same_share_of_the_bonus_is_forfeited(account, purse):
    top_up(account, purse, 300, 60)
    first = pay_out(account, purse, 100, key="P")
    assert (moved(first), first.balance) == ((-100, -20), 240)
    assert pay_out(account, purse, 100, key="P") == first
    assert moved(pay_out(account, purse, 200)) == (-200, -40)
    assert house("card-principal") == {"issued": -30000, "paid_out": 30000}
    assert house("card-bonus") == {"issued": -6000, "adjusted": 6000}
    told = Event.objects.filter(account=account).order_by("id").values_list("name", "properties__amount")
    assert list(told)[2:4] == [
        ("stored_value_principal.paid_out", "-100.00"), ("stored_value_bonus.forfeited", "-20.00"),
    ]  # fmt: skip


def house(code):
    """What the wallets of the house gained in a book."""
    found = Entry.objects.filter(wallet__book__code=code).exclude(wallet__role="")
    return dict(found.values_list("wallet__role").annotate(Sum("amount")))


@pytest.mark.parametrize(
    ("principal", "bonus", "asked", "forfeited"),
    [
        (Decimal("0.03"), Decimal("0.10"), Decimal("0.01"), Decimal("-0.03")),  # a third of it, rounded down
        (1000, Decimal("0.09"), 100, None),  # less than the smallest coin
        (100, 0, 100, None),
        (100, Decimal("0.01"), 100, Decimal("-0.01")),
    ],
)
def test_the_share_is_rounded_down_to_whole_steps(account, purse, principal, bonus, asked, forfeited):
    top_up(account, purse, principal, bonus)
    assert moved(pay_out(account, purse, asked)) == (-asked, forfeited)


def test_only_what_was_paid_in_is_paid_out(account, purse):
    top_up(account, purse, 100, 50)
    spend(account, purse, 70)
    with pytest.raises(points.NotEnough) as refused:
        pay_out(account, purse, 31)
    assert refused.value.available == 30
    assert moved(pay_out(account, purse, 30)) == (-30, -50)
    with pytest.raises(points.NotEnough):
        pay_out(account, purse, 1)


def test_a_bonus_that_waits_is_forfeited_with_the_rest(account, purse):
    """Else whoever is paid out at once would keep what was given for money that he took back."""
    Book.objects.filter(code="card-bonus").update(pending_days=7)
    purse.bonus.refresh_from_db()
    top_up(account, purse, 100, 40)
    assert moved(pay_out(account, purse, 100)) == (-100, -40)
    assert top_up(account, purse, 1, now=NOW + 8 * DAY).balance == 1


def test_what_is_over_is_no_part_of_the_share(account, purse):
    Book.objects.filter(code="card-bonus").update(expiry="months_after", expiry_months=1)
    purse.bonus.refresh_from_db()
    top_up(account, purse, 100, 40)
    assert moved(pay_out(account, purse, 100, now=NOW + 60 * DAY)) == (-100, None)


def test_paid_out_is_no_spending_it_is_not_refunded_nor_reversed_nor_does_it_prolong(account, purse):
    Book.objects.filter(code="card-bonus").update(expiry="sliding", expiry_months=1)
    purse.bonus.refresh_from_db()
    top_up(account, purse, 100, 40)
    pay_out(account, purse, 50, key="P", now=NOW + 20 * DAY)
    with pytest.raises(UnknownSpend):
        refund(purse, "P")
    for posting in Posting.objects.filter(verb="pay_out"):
        with pytest.raises(reversals.NotReversible, match="paid out cannot be reversed"):
            points.reverse(posting=posting, key=key(), now=NOW)
    assert set(Lot.objects.filter(wallet__book=purse.bonus).values_list("expires_at", flat=True)) == {
        purse.bonus.ends(NOW)
    }


def test_paid_out_over_all_accounts_of_a_person_at_the_cards_places(account, purse, nodes):
    other = factories.account(channel=account.channel)
    top_up(account, purse, 50, 5)
    top_up(other, purse, 50, 5)
    merge(account, other)
    with pytest.raises(Elsewhere, match="Harbour card"):
        pay_out(account, purse, 80, organization=nodes["b2"])
    assert moved(pay_out(account, purse, 80)) == (-80, -8)
    split(account, other)
    assert sorted(top_up(each, purse, 1).balance for each in (account, other)) == [1, 23]


def test_the_key_of_a_pay_out_is_used_once(account, purse):
    top_up(account, purse, 100, 40)
    spend(account, purse, 10, key="S")
    pay_out(account, purse, 10, key="P", reason="closing")
    for again in (
        lambda: pay_out(account, purse, 10, key="S"), lambda: pay_out(account, purse, 11, key="P"),
        lambda: pay_out(account, purse, 10, key="P", reason="other"), lambda: spend(account, purse, 10, key="P"),
    ):  # fmt: skip
        with pytest.raises(postings.KeyReused):
            again()


@pytest.mark.django_db(transaction=True)
def test_two_pay_outs_and_a_spending_of_the_last_at_once(account, purse):
    top_up(account, purse, 100, 40)
    card = Purse.objects.select_related("principal", "bonus", "organization").get()
    found = at_once(
        *(lambda: pay_out(account, card, 100) for _ in range(2)), lambda: spend(account, card, 120)
    )
    assert sorted(type(each).__name__ for each in found) == ["NotEnough", "NotEnough", "Receipts"]
