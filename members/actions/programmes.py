"""What a steward decides where accounts of one person disagree in a programme that asks."""

from collections.abc import Collection

from members.models import Programme, Settlement


def settle(
    *, programme: Programme, accounts: Collection[int], tiers: str, points: str, by, now, reason: str = ""
) -> Settlement:
    """These accounts' statements are made one so: ``tiers`` highest or growth, ``points`` add or highest."""
    return Settlement.objects.create(
        programme=programme,
        accounts=sorted(set(accounts)),
        tiers=Settlement.Tiers(tiers),
        points=Settlement.Points(points),
        reason=reason,
        decided_by=by,
        decided_at=now,
    )


def unsettle(*, settlement: Settlement, now) -> bool:
    """Take a settlement back: the programme's own policy holds again. Whether there was anything to take back."""
    return bool(Settlement.objects.filter(pk=settlement.pk, withdrawn_at=None).update(withdrawn_at=now))
