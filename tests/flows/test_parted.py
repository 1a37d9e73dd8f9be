"""Taken for one person and parted again, everybody has what was his before: value, holds, rights, cards and tiers."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from identity.actions import verdicts
from members.actions import gift_cards, right_uses, rights
from members.models import (
    Account,
    Entry,
    GiftCard,
    Hold,
    Lot,
    LotUse,
    Posting,
    Programme,
    RightGrant,
    RightUse,
    Tier,
    TierGrant,
    Wallet,
)
from members.queries import balances, cards, standings
from members.queries import rights as held
from tests.members.entitled import LONG_AGO, right
from tests.members.ledger.purses import DAY, NOW, book, faults
from tests.members.ledger.test_many_histories import STEPS, Till, World

pytestmark = pytest.mark.django_db
ROWS = (Wallet, Lot, LotUse, Posting, Entry, Hold, RightGrant, RightUse, TierGrant, GiftCard)
LATER = NOW + 20 * DAY


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(steps=STEPS)
def test_whatever_happened_before_joining_and_parting_changes_nothing(db, steps):
    with transaction.atomic():
        world = World()
        Till(world).play([step for step in steps if step[0] not in ("merge", "split")])
        entitle(world)
        one, other, third = world.accounts
        rows, alone = snapshot(), [whole(each) for each in world.accounts]
        first = join(world, [one], [other])
        second = join(world, [other], [third])
        together = whole(one)
        assert together == whole(third) != alone[0]
        assert spendable(together) == {
            code: sum(each.get(code, 0) for each in map(spendable, alone)) for code in spendable(together)
        }
        assert usable(together) == sum(map(usable, alone))
        assert tier(together) == "gold"
        for verdict in (first, second):
            verdicts.withdraw(verdict=verdict, by=world.clerk, now=LATER)
        assert [whole(each) for each in world.accounts] == alone
        assert snapshot() == rows
        assert faults() == []
        transaction.set_rollback(True)


def entitle(world) -> None:
    """Each with a right by hand, of which the first has used one; silver for one, gold for another; a gift card given."""
    club = Programme.objects.create(organization=world.place, name="Club")
    tiers = [Tier.objects.create(programme=club, code=code, name=code, rank=rank)
             for rank, code in enumerate(("silver", "gold"), 1)]  # fmt: skip
    cleaning = right(organization=world.place, code=f"cleaning-{world.place.pk}", kind="service")
    rights.add_rule(right=cleaning, tier=tiers[1], period="year", starts_at=LONG_AGO)
    for number, account in enumerate(world.accounts):
        rights.grant(
            right=cleaning, account=account, quantity=number + 1, source="campaign", key=f"{account.pk}",
            reason="", by=None, now=NOW,
        )  # fmt: skip
        TierGrant.objects.create(
            key=f"{account.pk}", programme=club, account=account, basis=[account.pk], tier=tiers[number // 2],
            reason="by_hand", from_at=NOW, recorded_at=NOW, by=world.clerk, note="as agreed",
        )  # fmt: skip
    one, other, _third = world.accounts
    right_uses.use(
        member=one.member, right=cleaning, key=f"used-{one.pk}", organization=world.place, channel=None, by=None, now=NOW
    )  # fmt: skip
    gifts = book(code=f"gift-{world.place.pk}", kind="gift_card", organization=world.place)
    issued = gift_cards.issue(book=gifts, amount=50, key=f"gift-{one.pk}", now=NOW, buyer=one)
    gift_cards.give(code=issued.code, giver=one, to=other, now=NOW)


def join(world, left, right):
    pair = {"left": [each.pk for each in left], "right": [each.pk for each in right]}
    return verdicts.same(**pair, by=world.clerk, now=LATER, reason="the same customer")


def whole(account) -> tuple:
    """All that the person has whose account it is now."""
    member = Account.objects.select_related("member").get(pk=account.pk).member
    one = [member.pk]
    return (
        member.pk, balances.of(members=one, now=LATER), held.of(members=one, now=LATER),
        cards.of(member=member, now=LATER), standings.of(members=one, at=LATER),
    )  # fmt: skip


def spendable(told) -> dict:
    return {each.code: each.available for each in told[1]}


def usable(told) -> int:
    """Of rights that were given, not of those that a tier brings."""
    return sum(each.quantity - each.used for each in told[2] if each.grant)


def tier(told) -> str:
    [standing] = told[4]
    return standing.tier


def snapshot() -> list:
    return [list(model.objects.order_by("pk").values_list()) for model in ROWS]
