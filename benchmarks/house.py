"""The least company that records can be read into: one group, and the channels named."""

from collections.abc import Iterable

from identity.models import IdentifierKind
from members.models import Channel, Organization

GROUP = "group"


def build(*, channels: Iterable[str], stores: Iterable[str] = (), kinds: Iterable[str] = ()) -> None:
    """`kinds` are identifiers that link without any limit, as the exact keys of a reference answer do."""
    group, _made = Organization.objects.get_or_create(code=GROUP, defaults={"name": "Group", "kind": "group"})
    for code in channels:
        Channel.objects.get_or_create(code=code, defaults=_channel(code, group))
    brand = None
    for code in stores:
        brand = brand or Organization.objects.create(code="brand", name="Brand", kind="brand", parent=group)
        Organization.objects.create(code=code, name=code, kind="store", parent=brand)
    for code in kinds:
        limits = {"max_accounts": None, "max_members": None, "max_distinct": {}}
        IdentifierKind.objects.update_or_create(
            code=code, defaults={"name": code, "strength": 90, "links": True, **limits}
        )


def _channel(code: str, group: Organization) -> dict:
    return {
        "name": code,
        "kind": "crm",
        "source_class": "self_operated",
        "organization": group,
        "first_party": True,
    }
