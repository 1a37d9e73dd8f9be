"""The ledger's screens: read only, within reach, with personal data masked."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import gift_cards, holds, points
from members.models import Book, Hold, Posting, Wallet
from tests import factories
from tests.members.ledger.purses import book, key

pytestmark = pytest.mark.django_db
VIEW = " ".join(f"members.view_{each}" for each in ("book", "wallet", "posting", "entry", "lot", "lotuse", "hold", "member"))  # fmt: skip


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def ledger(now):
    """One member with an account at each of two brands, who earned at one and spent at the other."""
    tree = factories.tree()
    shared = book(organization=tree["g"], expiry="months_after", expiry_months=12, pending_days=1)
    here = factories.account(
        channel=factories.channel(organization=tree["b1"]), external_id="customer-1234567"
    )
    there = factories.account(
        channel=factories.channel(organization=tree["b2"]), external_id="visitor-7654321", member=here.member
    )
    points.earn(
        account=here, book=shared, amount=100, key=key(), now=now, occurred_at=now - dt.timedelta(days=2)
    )
    points.earn(account=here, book=shared, amount=7, key=key(), now=now)
    points.spend(account=there, book=shared, amount=30, key=key(), now=now)
    return {**tree, "book": shared, "here": here, "there": there}


def text(client, name, *args, **query):
    found = client.get(reverse(f"admin:{name}", args=args), query)
    assert found.status_code == 200, found
    return found.content.decode()


def test_the_page_of_a_member_says_what_he_can_spend(client, ledger):
    client.force_login(factories.staff(organization=ledger["g"], permissions=VIEW))
    page = text(client, "members_member_change", ledger["here"].member.oneid, tab="value")
    panel = page.split('id="balances"')[1].split("</section>")[0]
    assert ">70</span> points" in panel
    assert "7 more later" in panel
    assert "70 until" in panel
    assert f"?member={ledger['here'].member_id}" in panel


def test_a_member_without_value_has_no_such_panel(client, ledger):
    client.force_login(factories.staff(organization=ledger["g"], permissions=VIEW))
    other = factories.account(channel=ledger["here"].channel)
    assert 'id="balances"' not in text(client, "members_member_change", other.member.oneid, tab="value")


def test_a_posting_shows_both_sides_and_no_name(client, ledger):
    client.force_login(factories.staff(organization=ledger["g"], permissions=VIEW))
    spent = Posting.objects.get(verb="spend")
    page = text(client, "members_posting_change", spent.pk)
    assert "the house: spent" in page
    assert "−30 points" in page
    assert "1234567" not in page
    listed = text(client, "members_posting_changelist", member=ledger["here"].member_id)
    assert listed.count("field-done") == 3
    wallet = Wallet.objects.get(account=ledger["here"])
    assert "70 points" in text(client, "members_wallet_change", wallet.pk)


def test_a_store_sees_the_movements_of_its_own_accounts(client, ledger):
    client.force_login(factories.staff(organization=ledger["b1"], permissions=VIEW))
    page = text(client, "members_posting_changelist")
    assert page.count("field-done") == 2
    spent = Posting.objects.get(verb="spend")
    assert client.get(reverse("admin:members_posting_change", args=[spent.pk])).status_code == 404
    client.force_login(factories.staff(organization=ledger["b2"], permissions=VIEW))
    assert text(client, "members_posting_changelist").count("field-done") == 1
    page = text(client, "members_posting_change", spent.pk)
    assert "the house: spent" in page
    assert ledger["here"].channel.name not in page


def test_books_of_another_branch_are_not_there(client, ledger, now):
    other = book(organization=ledger["b2"], code="other")
    points.earn(account=ledger["here"], book=other, amount=9, key=key(), now=now)
    client.force_login(factories.staff(organization=ledger["b1"], permissions=VIEW))
    assert "Other" not in text(client, "members_book_changelist")
    assert text(client, "members_posting_changelist").count("field-done") == 2
    assert "Other" not in text(client, "members_member_change", ledger["here"].member.oneid, tab="value")


@pytest.mark.parametrize("model", ["wallet", "posting"])
def test_nobody_writes_the_ledger_by_hand(client, ledger, model):
    client.force_login(factories.staff(superuser=True))
    assert client.get(reverse(f"admin:members_{model}_add")).status_code == 403
    row = Wallet.objects.get(account=ledger["here"]) if model == "wallet" else Posting.objects.first()
    assert client.post(reverse(f"admin:members_{model}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"admin:members_{model}_delete", args=[row.pk])).status_code == 403


def test_an_administrator_makes_a_book_and_what_it_counts_is_settled(client, ledger):
    client.force_login(factories.staff(superuser=True))
    form = {
        "name": "Growth", "organization": ledger["g"].pk, "code": "growth", "kind": "growth", "unit": "points",
        "scale": 0, "expiry": "never", "expiry_months": 0, "pending_days": 0, "grace_days": 0,
        "waits_from": "completed", "worth": "0.01",
    }  # fmt: skip
    assert client.post(reverse("admin:members_book_add"), form).status_code == 302
    made = Book.objects.get(code="growth")
    assert made.wallets.exclude(role="").count() == len(Wallet.Role.values)
    changed = client.post(
        reverse("admin:members_book_change", args=[made.pk]), form | {"scale": 2, "pending_days": 7}
    )
    assert changed.status_code == 302
    made.refresh_from_db()
    assert (made.scale, made.pending_days, made.waits_from, str(made.worth)) == (
        0,
        7,
        "completed",
        "0.01000000",
    )


@pytest.fixture
def held(ledger, now):
    """25 points of the person held at the first brand's store."""
    until = now + dt.timedelta(minutes=10)
    parts = [holds.Part(ledger["book"], 25)]
    holds.place(account=ledger["here"], parts=parts, key="h", until=until, now=now, organization=ledger["s1"])
    return Hold.objects.get()


def test_a_hold_is_seen_open_and_as_it_ended(client, ledger, held, now):
    client.force_login(factories.staff(organization=ledger["g"], permissions=VIEW))
    listed = text(client, "members_hold_changelist", book=ledger["book"].pk)
    assert "25 points" in listed
    assert re.search(r"field-shown_state[^>]*>\s*(<[^>]*>\s*)*open", listed)
    assert "25 points" in text(client, "members_wallet_change", Wallet.objects.get(account=ledger["here"]).pk)
    holds.commit(key="h", amounts={"points": 20}, now=now)
    page = text(client, "members_hold_change", held.pk)
    assert "committed" in page
    assert "−25 points" in page
    assert "+5 points" in page
    wallet = text(client, "members_wallet_change", Wallet.objects.get(account=ledger["here"]).pk)
    assert "25 points" not in wallet


def test_holds_of_other_customers_are_not_seen(client, ledger, held):
    client.force_login(factories.staff(organization=ledger["b2"], permissions=VIEW))
    assert text(client, "members_hold_changelist").count("field-parts") == 0
    assert client.get(reverse("admin:members_hold_change", args=[held.pk])).status_code == 404
    client.force_login(factories.staff(superuser=True))
    assert client.post(reverse("admin:members_hold_change", args=[held.pk]), {}).status_code == 403


def test_what_is_nobodys_is_seen_where_the_book_is_kept(client, ledger, now):
    gift = book(code="gift", kind="gift_card", unit="CNY", organization=ledger["b1"])
    card = gift_cards.issue(book=gift, amount=200, key=key(), now=now).card
    client.force_login(factories.staff(organization=ledger["b1"], permissions=VIEW))
    listed = text(client, "members_wallet_changelist", book=gift.pk, whose="nobody")
    assert f"gift card {card.number}" in listed
    assert text(client, "members_wallet_changelist", whose="customers").count("field-holds") == 1
    assert f"gift card {card.number}" in text(client, "members_wallet_change", card.pot_id)
    page = text(client, "members_book_change", gift.pk)
    assert "200 CNY" in page
    assert "in 1 pot" in page
    client.force_login(factories.staff(organization=ledger["s1"], permissions=VIEW))
    assert card.number not in text(client, "members_wallet_changelist")
    above = text(client, "members_book_change", gift.pk)
    assert "This book is kept by" in above
    assert "200 CNY" not in above
