"""Appliances and warranties for tests, as sales tell of them."""

import datetime as dt

from members.models import Account, Appliance, Right, RightGrant
from tests import factories
from tests.api import callers

NOW = factories.NOW
DAY = dt.timedelta(days=1)


def appliance(serial: str, *, account: Account, **fields) -> Appliance:
    """A refrigerator that was sold to the account."""
    return Appliance.objects.create(
        serial=serial, account=account, organization=account.organization, channel=account.channel,
        bought_at=NOW - 30 * DAY, **{"sku": "FR-500", "name": "Fridge 500", "category": "refrigerator"} | fields,
    )  # fmt: skip


def warranty(
    serial: str, *, account: Account, until: dt.datetime | None = NOW + 700 * DAY, **fields
) -> RightGrant:
    group = account.organization
    while group.parent:
        group = group.parent
    right, _made = Right.objects.get_or_create(
        code="warranty", defaults={"organization": group, "name": "Two years of warranty", "kind": "warranty",
                                   "active_from": NOW - 999 * DAY},
    )  # fmt: skip
    begun = {"valid_from": NOW - 30 * DAY, "recorded_at": NOW - 30 * DAY}
    return RightGrant.objects.create(
        right=right, account=account, source="campaign", source_key=f"{serial}:{until}", serial=serial,
        valid_until=until, **begun | fields,
    )  # fmt: skip


def sold_at_dealer_a(nodes, *, phone: str):
    """The member with this telephone, who bought the refrigerator F1 at dealer A (d1), with a warranty."""
    pos = factories.channel(organization=nodes["d1"], code="pos-a", kind="pos")
    member = callers.person(channel=pos, phone=phone, name="王小明", external_id="a-77")
    appliance("F1", account=member.accounts.get())
    warranty("F1", account=member.accounts.get())
    return member
