"""Each rule of the database about rights, goods and service is broken once, and holds."""

import uuid

import pytest

from members.models import (
    Appliance,
    GoodsSet,
    Programme,
    Right,
    RightCode,
    RightGrant,
    RightRule,
    RightUse,
    Ticket,
    Tier,
)
from tests import factories
from tests.members.breaking import deleted, refused
from tests.members.ledger.purses import DAY, NOW

pytestmark = pytest.mark.django_db
BY_HAND = {"source": "hand", "channel": None, "order_key": ""}


@pytest.fixture
def right(group):
    return Right.objects.create(
        organization=group, code="cleaning", name="Cleaning", kind="service", active_from=NOW
    )


@pytest.fixture
def fridges(group):
    return GoodsSet.objects.create(organization=group, code="fridges", name="Fridges", skus=["FR-500"])


def grant(right, account, source_key: str = "k", **fields) -> RightGrant:
    given = {"source": "order", "channel": account.channel, "order_key": "SO-1"} | fields
    return RightGrant.objects.create(
        right=right, account=account, source_key=source_key, valid_from=NOW, recorded_at=NOW, **given
    )


def test_a_right_is_of_a_kind_and_has_a_time(right):
    refused(lambda: Right.objects.update(kind="luck"), "right_kind_known")
    refused(lambda: Right.objects.update(active_to=NOW), "right_period")


class TestGrants:
    def test_it_is_used_as_often_as_it_was_given(self, right, account):
        grant(right, account)
        refused(lambda: RightGrant.objects.update(used=2), "used_at_most")
        RightGrant.objects.update(used=1)
        refused(lambda: RightGrant.objects.update(used=0), "only its uses")
        refused(lambda: RightGrant.objects.update(quantity=5), "only its uses")
        refused(lambda: RightGrant.objects.update(serial="F1"), "only its uses")
        refused(lambda: deleted(RightGrant), "never deleted")
        refused(lambda: grant(right, account, "none", quantity=0), "used_at_most")

    def test_each_use_is_counted_once(self, right, account, group):
        granted = grant(right, account)
        given = {
            "grant": granted,
            "account": account,
            "organization": group,
            "used_at": NOW,
            "recorded_at": NOW,
        }

        def use(number, key):
            RightUse.objects.create(number=number, key=key, **given)

        use(1, "u1")
        refused(lambda: use(1, "u2"), "used_once")
        refused(lambda: use(2, "u1"), "use_key")
        refused(lambda: use(0, "u3"), "use_counted")
        refused(lambda: use(2, ""), "use_counted")
        refused(lambda: RightUse.objects.update(used_at=NOW + DAY), "append-only")
        refused(lambda: deleted(RightUse), "append-only")

    def test_one_live_grant_a_serial_number(self, right, account):
        first = grant(right, account, "a", serial="F1")
        refused(lambda: grant(right, account, "a"), "granted_once")
        refused(lambda: grant(right, account, "b", serial="F1"), "once_a_serial")
        one = RightGrant.objects.filter(pk=first.pk)
        one.update(revoked_at=NOW, reason="returned")
        grant(right, account, "b", serial="F1")
        refused(lambda: one.update(revoked_at=None), "once_a_serial")

    def test_it_says_where_it_comes_from(self, right, account):
        refused(lambda: grant(right, account, ""), "by_something")
        refused(lambda: grant(right, account, **BY_HAND | {"source": "luck"}), "by_something")
        refused(lambda: grant(right, account, order_key=""), "of_an_order")
        refused(lambda: grant(right, account, source="campaign"), "of_an_order")

    def test_who_gives_by_hand_signs(self, right, account):
        staff = factories.staff()
        refused(lambda: grant(right, account, **BY_HAND, reason="for the trouble"), "signed")
        refused(lambda: grant(right, account, **BY_HAND, by=staff), "signed")
        grant(right, account, **BY_HAND, by=staff, reason="for the trouble")


def test_of_a_rule_only_its_end_changes(right, fridges):
    refused(lambda: RightRule.objects.create(right=right, starts_at=NOW), "tier_or_goods")
    given = {"right": right, "goods": fridges, "starts_at": NOW}
    refused(lambda: RightRule.objects.create(period="year", **given), "tier_or_goods")
    refused(lambda: RightRule.objects.create(quantity=0, **given), "gives_something")
    RightRule.objects.create(**given)
    refused(lambda: RightRule.objects.update(quantity=2), "only its end")
    refused(lambda: RightRule.objects.update(ends_at=NOW), "right_rule_period")
    RightRule.objects.update(ends_at=NOW + DAY)
    refused(lambda: deleted(RightRule), "never deleted")


def test_a_rule_by_tier_knows_its_period(right, group):
    club = Programme.objects.create(organization=group, name="Club")
    tier = Tier.objects.create(programme=club, code="gold", name="Gold", rank=2)
    refused(
        lambda: RightRule.objects.create(right=right, tier=tier, period="week", starts_at=NOW),
        "gives_something",
    )


def test_a_goods_set_holds_something(fridges):
    refused(lambda: GoodsSet.objects.update(skus=[]), "holds_something")
    GoodsSet.objects.update(skus=[], categories=["fridge"])


def test_a_code_is_given_out_once(right, account):
    granted = grant(right, account)
    code = RightCode.objects.create(right=right, code="VIP-1", brought_at=NOW)
    refused(lambda: RightCode.objects.create(right=right, code="VIP-1", brought_at=NOW), "code_unique")
    refused(lambda: RightCode.objects.update(grant=granted), "given_to_somebody")
    RightCode.objects.update(grant=granted, given_at=NOW)
    refused(lambda: RightCode.objects.update(grant=None, given_at=None), "given out once")
    refused(lambda: code.delete(), "given out once")


def test_an_appliance_is_known_by_its_serial_number_and_by_somebody(account):
    given = {"account": account, "bought_at": NOW}
    Appliance.objects.create(serial="F1", **given)
    refused(lambda: Appliance.objects.create(serial="F1", **given), "appliance_unique")
    refused(lambda: Appliance.objects.create(serial="", **given), "serial_given")
    refused(lambda: Appliance.objects.update(bought_at=None), "bought_or_bound")


class TestTickets:
    def ticket(self, account, **fields):
        given = {"external_id": "T1", "kind": "repair", "organization": account.organization} | fields
        return Ticket.objects.create(
            channel=account.channel, content=uuid.uuid4(), account=account, filed_at=NOW, **given
        )

    def test_a_ticket_is_rated_when_it_is_done(self, account):
        self.ticket(account)
        refused(lambda: Ticket.objects.update(rating=5), "rated_when_done")
        refused(lambda: Ticket.objects.update(state="done"), "closed_or_open")
        refused(lambda: Ticket.objects.update(state="lost", closed_at=NOW), "closed_or_open")
        Ticket.objects.update(state="done", closed_at=NOW, rating=5)
        refused(lambda: Ticket.objects.update(rating=6), "rated_when_done")
        refused(lambda: deleted(Ticket), "never deleted")

    def test_a_ticket_is_told_once_with_its_number_and_kind(self, account):
        self.ticket(account)
        refused(lambda: self.ticket(account), "ticket_unique")
        refused(lambda: self.ticket(account, external_id=""), "number_given")
        refused(lambda: self.ticket(account, external_id="T2", kind="gift"), "kind_known")
