"""Which account went from which OneID to which, as a feed that other systems follow."""

from django.db.models import Q, QuerySet

from identity.models import LineageEntry
from members.models import Member
from members.models.event import SettledBefore


def since(*, tx: int = 0, id: int = 0) -> QuerySet[LineageEntry]:
    """Settled entries behind the cursor (tx, id), in the order to be read; a late commit is never skipped."""
    behind = Q(tx=tx, id__gt=id) | Q(tx__gt=tx)
    return (
        LineageEntry.objects.filter(behind, tx__gte=tx, tx__lt=SettledBefore())
        .select_related("account__channel", "from_member", "to_member")
        .order_by("tx", "id")
    )


def current(*, oneid: str) -> Member | None:
    """The member that a OneID, retired or not, leads to: for ever that of the account that minted it."""
    return Member.objects.filter(accounts__minted__oneid=oneid).first()
