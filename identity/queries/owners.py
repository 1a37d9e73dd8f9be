"""Whose a telephone is, over all organizations: for a service desk, which is told of goods and not of people."""

from identity.models import Binding
from identity.queries import lookup


def of_phone(*, phone: str) -> list[int]:
    """Ids of the members who carry it as their own. Raises lookup.Malformed."""
    value = lookup.normalised(kind="phone", value=phone)
    carried = Binding.objects.holding().filter(
        lookup.FIRM, identifier__kind="phone", identifier__value=value, account__revoked_at=None
    )
    return sorted(set(carried.values_list("account__member", flat=True)))
