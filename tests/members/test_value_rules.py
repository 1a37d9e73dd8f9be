"""Each rule of the database about holds, books, conversions, adjustments, openings and cards is broken once, and holds."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from members.models import (
    Adjustment,
    Book,
    Conversion,
    EarningBasis,
    GiftCard,
    Hold,
    OpeningRule,
    Posting,
    Programme,
    Purse,
    Wallet,
)
from tests import factories
from tests.members.breaking import deleted, posting, refused
from tests.members.ledger.purses import DAY, NOW, book, earn

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(group):
    return book(organization=group)


class TestHolds:
    def hold(self, account, **fields):
        given = {"key": "h1", "content": uuid.uuid4(), "until": NOW + DAY, "made_at": NOW} | fields
        return Hold.objects.create(account=account, **given)

    def test_a_hold_ends_once_and_changes_in_nothing_else(self, account):
        self.hold(account)
        refused(lambda: Hold.objects.update(until=NOW + 2 * DAY), "ends once")
        refused(lambda: Hold.objects.update(state="committed"), "hold_ended_or_open")
        refused(lambda: Hold.objects.update(state="gone", ended_at=NOW), "hold_ended_or_open")
        Hold.objects.update(state="lapsed", ended_at=NOW + DAY)
        refused(lambda: Hold.objects.update(state="committed"), "ends once")
        refused(lambda: deleted(Hold), "never deleted")

    def test_its_postings_have_one_ending(self, ours, account):
        hold = self.hold(account)
        refused(lambda: posting(ours, account, "hold"), "posting_of_a_hold")
        refused(lambda: posting(ours, account, "earn", hold=hold), "posting_of_a_hold")
        held = posting(ours, account, "hold", hold=hold)
        refused(lambda: posting(ours, account, "commit", hold=hold), "posting_corrects_something")
        refused(lambda: posting(ours, account, "hold", hold=hold, corrects=held), "posting_corrects")
        posting(ours, account, "commit", hold=hold, corrects=held)
        for verb in ("release", "commit"):
            refused(
                lambda verb=verb: posting(ours, account, verb, hold=hold, corrects=held), "ends_a_hold_once"
            )
        posting(ours, account, "reverse", corrects=held)

    def test_time_goes_forward_and_a_key_is_used_once(self, account):
        self.hold(account)
        refused(lambda: self.hold(account, key="h2", until=NOW), "hold_lasts")
        refused(lambda: self.hold(account), "hold_once")
        refused(lambda: self.hold(account, key=""), "hold_key_given")


def test_a_posting_keeps_its_plan_and_its_hold(ours, account):
    earn(account, ours, 5)
    refused(lambda: Posting.objects.update(plan=7), "append-only")
    refused(lambda: Posting.objects.update(hold=7), "append-only")


class TestWallets:
    def test_a_wallet_is_an_accounts_or_a_pot_or_a_role(self, ours, account):
        Wallet.objects.create(book=ours, pot="card:1", balance=0)
        refused(lambda: Wallet.objects.create(book=ours, pot="card:1", balance=0), "wallet_of_pot")
        refused(lambda: Wallet.objects.create(book=ours, pot="card:2"), "account_or_a_role")
        refused(lambda: Wallet.objects.create(book=ours, balance=0), "account_or_a_role")
        refused(lambda: Wallet.objects.create(book=ours, role="lent"), "wallet_role_known")
        refused(
            lambda: Wallet.objects.create(book=ours, account=account, pot="card:2", balance=0), "or_a_role"
        )
        refused(lambda: Wallet.objects.filter(pot="card:1").update(pot="card:3"), "keeps its book")
        refused(lambda: Wallet.objects.filter(pot="card:1").update(balance=-1), "not_below_zero")

    def test_every_book_has_all_wallets_of_the_house(self, ours):
        roles = Wallet.objects.filter(book=ours).values_list("role", flat=True)
        assert sorted(roles) == sorted(Wallet.Role.values)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"waits_from": "always"}, "book_waits_from_known"),
        ({"worth": 0}, "book_worth_something"),
        ({"adjust_limit": -1}, "book_adjust_limit"),
    ],
)
def test_a_book_has_a_policy_that_can_be_kept(ours, change, rule):
    refused(lambda: Book.objects.filter(pk=ours.pk).update(**change), rule)


def test_growth_never_expires(group):
    growth = book(organization=group, code="growth", kind="growth")
    rule = "book_growth_never_expires"
    refused(lambda: Book.objects.filter(pk=growth.pk).update(expiry="months_after", expiry_months=12), rule)
    refused(lambda: Book.objects.filter(pk=growth.pk).update(expiry="calendar_year_end"), rule)
    with pytest.raises(ValidationError, match="Growth never expires"):
        book(organization=group, code="short", kind="growth", expiry="sliding", expiry_months=12)


def test_a_conversion_stays_as_it_was(ours, account):
    one, other = (Posting.objects.get(pk=earn(account, ours, 5).posting) for _ in range(2))
    Conversion.objects.create(posting=one, asked=10, rate="0.5", lost=0)
    refused(lambda: Conversion.objects.update(lost=1), "append-only")
    refused(lambda: deleted(Conversion), "append-only")
    refused(lambda: Conversion.objects.create(posting=other, asked=1, rate=0, lost=0), "conversion_rate")
    refused(lambda: Conversion.objects.create(posting=other, asked=1, rate=1, lost=-1), "conversion_lost")


def test_an_order_earns_with_the_tier_that_was_decided_first(account):
    club = Programme.objects.create(organization=account.channel.organization, name="Club")
    given = {
        "channel": account.channel, "order_key": "SO-1", "account": account, "programme": club, "occurred_at": NOW,
        "decided_at": NOW,
    }  # fmt: skip
    EarningBasis.objects.create(**given)
    refused(lambda: EarningBasis.objects.create(**given), "earning_basis_once")
    refused(lambda: EarningBasis.objects.update(decided_at=NOW + DAY), "append-only")


class TestAdjustments:
    def ask(self, ours, account, **fields):
        given = {
            "amount": 5,
            "reason": "typed twice",
            "asked_by": factories.staff(),
            "asked_at": NOW,
        } | fields
        return Adjustment.objects.create(account=account, book=ours, **given)

    def test_it_is_decided_once_and_by_somebody_else(self, ours, account):
        one, other = factories.staff(), factories.staff()
        self.ask(ours, account, asked_by=one)
        change = Adjustment.objects.update
        refused(lambda: change(state="refused", decided_by=one, decided_at=NOW), "decided_by_another")
        refused(lambda: change(state="done", decided_by=other, decided_at=NOW), "decided_or_asked")
        refused(lambda: change(state="refused", decided_by=other), "decided_or_asked")
        refused(lambda: change(amount=500), "as it was asked for")
        refused(lambda: change(reason="erased"), "as it was asked for")
        change(state="refused", decided_by=other, decided_at=NOW)
        refused(lambda: change(state="asked", decided_by=None, decided_at=None), "decided once")
        refused(lambda: deleted(Adjustment), "never deleted")

    def test_it_moves_something_for_a_reason(self, ours, account):
        refused(lambda: self.ask(ours, account, amount=0), "moves_something")
        refused(lambda: self.ask(ours, account, reason=""), "has_a_reason")


def test_a_channel_has_one_opening_rule_in_a_programme(group, account):
    club = Programme.objects.create(organization=group, name="Club")
    given = {"programme": club, "channel": account.channel, "state": "draft"}
    OpeningRule.objects.create(**given)
    refused(lambda: OpeningRule.objects.create(**given), "opening_rule_unique")
    refused(lambda: OpeningRule.objects.update(points_rate=0), "opening_rule_rates")
    refused(lambda: OpeningRule.objects.update(growth_rate=-1), "opening_rule_rates")
    ours = book(organization=group)
    refused(lambda: OpeningRule.objects.update(points_book=ours, growth_book=ours), "opening_rule_two_books")
    OpeningRule.objects.update(state="withdrawn")
    OpeningRule.objects.create(**given)


def test_of_an_opening_rule_that_has_begun_only_the_end_changes(group, account):
    club = Programme.objects.create(organization=group, name="Club")
    rule = OpeningRule.objects.create(programme=club, channel=account.channel)
    rows = OpeningRule.objects.filter(pk=rule.pk)
    rows.update(until=NOW)
    for changed in ({"points_rate": 2}, {"tiers": False}, {"state": "draft"}):
        refused(lambda changed=changed: rows.update(**changed), "only its end changes")
    refused(lambda: deleted(OpeningRule), "only its end changes")
    rows.update(state="withdrawn")
    refused(lambda: rows.update(state="running"), "only its end changes")
    refused(lambda: rows.update(until=None), "only its end changes")


class TestCards:
    @pytest.fixture
    def gifts(self, group):
        return book(organization=group, code="gifts", kind="gift_card", unit="CNY", scale=2)

    def card(self, gifts, number: str = "1", **fields):
        pot = Wallet.objects.create(book=gifts, pot=f"card:{uuid.uuid4()}", balance=0)
        given = {"amount": 100, "code_hash": number, "issue": posting(gifts, None, "earn")} | fields
        return GiftCard.objects.create(book=gifts, number=number, pot=pot, issued_at=NOW, **given)

    def test_a_card_keeps_what_it_is_and_ends_once(self, gifts, account):
        card = self.card(gifts)
        change = GiftCard.objects.update
        refused(lambda: change(amount=200), "keeps what it is")
        refused(lambda: change(state="given"), "given_by_somebody")
        change(state="given", giver=account, given_at=NOW, code_hash="y")
        refused(lambda: change(state="issued"), "keeps what it is")
        refused(lambda: change(state="active"), "active_is_somebodys")
        moved = posting(card.book, account, "transfer")
        change(state="active", receiver=account, activated_at=NOW, activation=moved)
        refused(lambda: change(state="cancelled", cancelled_at=NOW), "ends once")
        refused(lambda: deleted(GiftCard), "never deleted")

    def test_a_cancelled_card_has_its_time(self, gifts):
        self.card(gifts)
        refused(lambda: GiftCard.objects.update(state="cancelled"), "cancelled_has_a_time")
        refused(lambda: GiftCard.objects.update(cancelled_at=NOW), "cancelled_has_a_time")
        GiftCard.objects.update(state="cancelled", cancelled_at=NOW)
        refused(lambda: GiftCard.objects.update(state="issued", cancelled_at=None), "ends once")

    def test_numbers_and_codes_are_of_one_card_that_is_worth_something(self, gifts):
        self.card(gifts)
        refused(lambda: self.card(gifts, code_hash="other"), "number_unique")
        refused(lambda: self.card(gifts, "2", code_hash="1"), "code_unique")
        refused(lambda: self.card(gifts, "2", amount=0), "worth_something")

    def test_a_purse_has_two_books(self, group, ours):
        given = {"organization": group, "name": "P", "principal": ours}
        refused(lambda: Purse.objects.create(code="p", bonus=ours, **given), "purse_two_books")
        refused(lambda: Purse.objects.create(code="p", spends="both", **given), "purse_spends_known")
