"""Each rule of the ledger that the database itself keeps is broken once, and holds."""

import uuid

import pytest
from django.db import DatabaseError, transaction

from members.models import Book, Entry, Lot, LotUse, Posting, Wallet
from tests import factories
from tests.members.ledger.purses import DAY, NOW, accounts, book, earn, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger():
    group = factories.organization()
    ours = book(organization=group, expiry="months_after", expiry_months=3)
    [account] = accounts(1, organization=group)
    earn(account, ours, 100)
    spend(account, ours, 30)
    return ours


def refused(make, match=None):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        make()


@pytest.mark.parametrize("model", [Entry, LotUse, Posting])
def test_what_is_written_is_neither_changed_nor_deleted(ledger, model):
    refused(lambda: model.objects.update(amount=1), "append-only")
    refused(lambda: model.objects.all()._raw_delete("default"), "append-only")


@pytest.mark.parametrize("model", [Book, Wallet, Lot])
def test_what_others_refer_to_is_never_deleted(ledger, model):
    refused(lambda: model.objects.all()._raw_delete("default"), "never deleted")


@pytest.mark.parametrize("field", ["scale", "unit", "kind", "code"])
def test_a_book_keeps_what_it_counts(ledger, field):
    changed = {"scale": 2, "unit": "CNY", "kind": "growth", "code": "other"}[field]
    refused(lambda: Book.objects.update(**{field: changed}), "a book keeps")
    Book.objects.update(expiry_months=6, name="Other")


def test_a_wallet_keeps_its_owner(ledger):
    refused(lambda: Wallet.objects.exclude(role="").update(account=Wallet.objects.get(role="").account_id))


def test_of_a_lot_only_what_is_left_changes(ledger):
    refused(lambda: Lot.objects.update(amount=200), "of a lot")
    refused(lambda: Lot.objects.update(available_from=NOW + DAY), "of a lot")
    refused(lambda: Lot.objects.update(expires_at=NOW), "of a lot")
    refused(lambda: Lot.objects.update(expires_at=None), "of a lot")
    refused(lambda: Lot.objects.update(remaining=-1), "lot_remains")
    refused(lambda: Lot.objects.update(remaining=101), "lot_remains")
    Lot.objects.update(remaining=0, available_from=NOW - DAY, expires_at=NOW + 1000 * DAY)


def test_a_balance_falls_below_zero_only_where_the_book_allows_it(ledger):
    wallet = Wallet.objects.filter(role="")
    refused(lambda: wallet.update(balance=-1), "wallet_not_below_zero")
    refused(lambda: wallet.update(below_zero=True), "wallet_floor")
    Book.objects.update(below_zero=True)
    wallet.update(balance=-1)
    refused(lambda: Book.objects.update(below_zero=False), "wallet_not_below_zero")


def test_a_wallet_is_an_accounts_or_the_houses(ledger):
    account = Wallet.objects.get(role="").account
    refused(lambda: Wallet.objects.create(book=ledger, account=account, balance=0), "wallet_of_account")
    refused(lambda: Wallet.objects.create(book=ledger, role="spent"), "wallet_of_role")
    refused(lambda: Wallet.objects.create(book=ledger, role="lost"), "wallet_role_known")
    for wrong in (
        {"balance": 0}, {"role": "spent", "balance": 0}, {"account": account, "role": "spent"}, {"pot": "a"}, {},
        {"pot": "a", "role": "spent"}, {"account": account, "pot": "a", "balance": 0},
    ):  # fmt: skip
        refused(
            lambda wrong=wrong: Wallet.objects.create(book=ledger, **wrong), "wallet_of_an_account_or_a_role"
        )


def posting(ledger, **fields):
    account = Wallet.objects.get(role="", book=ledger).account
    given = {"verb": "earn", "key": str(uuid.uuid4()), "amount": 0} | fields
    return Posting.objects.create(
        book=ledger, account=account, content=uuid.uuid4(), occurred_at=NOW, recorded_at=NOW, **given
    )


def test_the_entries_of_a_posting_balance_and_come_together(ledger):
    own, spent = Wallet.objects.get(role=""), Wallet.objects.get(role="spent")
    other = book(organization=ledger.organization, code="other").wallets.get(role="spent")
    made = posting(ledger)
    sides = lambda *pairs: Entry.objects.bulk_create(  # noqa: E731
        Entry(posting=made, wallet=wallet, amount=amount) for wallet, amount in pairs
    )
    refused(lambda: sides((own, 5), (spent, -4)), "do not sum to zero")
    refused(lambda: sides((own, 5), (other, -5)), "do not sum to zero")
    sides((own, 5), (spent, -5))
    refused(lambda: sides((own, 7), (spent, -7)), "has its entries already")


@pytest.mark.parametrize(
    "fields",
    [
        {"key": ""},
        {"short": 1},
        {"verb": "reverse"},
        {"verb": "adjust", "reason": ""},
        {"order_key": "O1"},
    ],
)
def test_a_posting_says_what_its_verb_needs(ledger, fields):
    refused(lambda: posting(ledger, **fields), "posting_")


def test_a_key_is_used_once(ledger):
    posting(ledger, key="a")
    refused(lambda: posting(ledger, key="a"), "posting_once")


@pytest.mark.parametrize(
    "policy",
    [
        {"expiry_months": 0},
        {"expiry": "never", "expiry_months": 1},
        {"expiry": "tomorrow"},
        {"scale": 5},
        {"kind": "x"},
    ],
)
def test_a_book_has_a_policy_that_can_be_kept(ledger, policy):
    refused(lambda: Book.objects.filter(code="points").update(**policy))
