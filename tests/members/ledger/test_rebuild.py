"""Balances and lots are summed up again from what was written once and for all."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from members.actions import points, rebuilding
from members.models import Lot, Posting, Wallet
from tests import factories
from tests.connections import at_once
from tests.members.ledger.purses import NOW, accounts, book, earn, faults, key, merge, spend


@pytest.fixture
def ledger(db):
    group = factories.organization()
    ours, pair = book(organization=group), accounts(2, organization=group)
    for account in pair:
        earn(account, ours, 100)
    merge(*pair)
    spent = spend(pair[0], ours, 130)
    points.reverse(posting=Posting.objects.get(pk=spent.posting), amount=50, key=key(), now=NOW)
    return ours


def standing():
    return (
        list(Wallet.objects.order_by("id").values_list("pk", "balance")),
        list(Lot.objects.order_by("id").values_list("pk", "remaining")),
    )


def unguarded(*statements):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)


def run(**options):
    out = io.StringIO()
    call_command("rebuild_balances", stdout=out, **options)
    return out.getvalue()


def test_rebuilding_a_sound_ledger_changes_nothing(ledger):
    before = standing()
    assert run().count("0 differed") == 2
    assert run(dry_run=True).count("0 differ:") == 2
    assert standing() == before


@pytest.mark.parametrize("batch", [1, 100])
def test_what_differs_is_put_right_once(ledger, batch):
    before = standing()
    Wallet.objects.filter(role="").update(balance=7)
    Lot.objects.filter(pk__in=Lot.objects.order_by("id").values("pk")[:1]).update(remaining=1)
    wallets, lots = rebuilding.balances(batch=batch)
    assert (wallets.count, lots.count) == (2, 1)
    assert wallets.rows[0][1].startswith("stood at 7, its movements sum to")
    assert standing() == before
    assert [each.count for each in rebuilding.balances()] == [0, 0]
    assert faults() == []


def test_a_dry_run_only_says_so(ledger):
    Wallet.objects.filter(role="").update(balance=7)
    before, out = standing(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("rebuild_balances", dry_run=True, stdout=out)
    assert ended.value.code == 1
    assert "2 differ: a balance is the sum of its entries" in out.getvalue()
    assert standing() == before


def test_what_the_book_does_not_allow_is_shown_and_left(ledger):
    unguarded(
        "ALTER TABLE members_lotuse DISABLE TRIGGER USER",
        "UPDATE members_lotuse SET amount = amount + 1000 WHERE amount > 0",
        "ALTER TABLE members_lotuse ENABLE TRIGGER USER",
    )
    before = standing()
    _wallets, lots = rebuilding.balances()
    assert lots.count == 2
    assert "left as it is" in lots.rows[0][1]
    assert standing() == before


@pytest.mark.django_db(transaction=True)
def test_tills_go_on_while_it_works():
    group = factories.organization()
    ours, several = book(organization=group), accounts(4, organization=group)
    for account in several:
        earn(account, ours, 100)
    Wallet.objects.filter(account=several[0]).update(balance=7)
    work = [lambda each=each: spend(each, ours, 3) for each in several[1:] * 3]
    found = at_once(*work, lambda: rebuilding.balances(batch=1), lambda: rebuilding.balances(batch=2))
    assert not [each for each in found if isinstance(each, Exception)]
    assert Wallet.objects.get(account=several[0]).balance == 100
    assert faults() == []
