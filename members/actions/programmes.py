"""What a steward decides where accounts of one person disagree in a programme that asks."""

from collections.abc import Collection

from django.db import transaction

from members.models import Account, Event, Programme, Settlement

POLICIES = ("tier_policy", "points_policy")


@transaction.atomic
def settle(
    *, programme: Programme, accounts: Collection[int], tiers: str, points: str, by, now, reason: str = ""
) -> Settlement:
    """These accounts' statements are made one so: ``tiers`` highest or growth, ``points`` add or highest."""
    made = Settlement.objects.create(
        programme=programme,
        accounts=sorted(set(accounts)),
        tiers=Settlement.Tiers(tiers),
        points=Settlement.Points(points),
        reason=reason,
        decided_by=by,
        decided_at=now,
    )
    _tell(made, "programme.settled", now)
    return made


@transaction.atomic
def unsettle(*, settlement: Settlement, now) -> bool:
    """Take a settlement back: the programme's own policy holds again. Whether there was anything to take back."""
    held = Settlement.objects.filter(pk=settlement.pk, withdrawn_at=None)
    if not held.update(withdrawn_at=now):
        return False
    _tell(settlement, "programme.unsettled", now)
    return True


def _tell(settlement, name, now) -> None:
    """On each account: what is derived from its statements follows the log."""
    told = {"points": settlement.points, "tiers": settlement.tiers}
    home = settlement.programme.organization_id
    rows = (
        Account.everything.filter(pk__in=settlement.accounts).order_by("pk").values_list("pk", "channel_id")
    )
    Event.objects.bulk_create(
        Event(
            name=name, occurred_at=now, account_id=account, channel_id=channel, organization_id=home, properties=told
        )
        for account, channel in rows
    )  # fmt: skip


@transaction.atomic
def change(*, programme: Programme, tier_policy: str, points_policy: str, now) -> Programme:
    """Other policies from now on. What is derived follows at once; each change is told in the event log."""
    locked = Programme.objects.select_for_update().get(pk=programme.pk)
    before = {name: getattr(locked, name) for name in POLICIES}
    locked.tier_policy, locked.points_policy = tier_policy, points_policy
    locked.save(update_fields=POLICIES)
    told(programme=locked, before=before, now=now)
    return locked


def told(*, programme: Programme, before: dict[str, str], now) -> None:
    """Note in the event log that policies changed."""
    Event.objects.create(
        name="programme.changed",
        occurred_at=now,
        organization=programme.organization,
        properties={"from": before, "to": {name: getattr(programme, name) for name in POLICIES}},
    )
