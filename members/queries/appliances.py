"""Durable goods by their serial numbers: whose they are, and what is known of each."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from members import sets
from members.models import Appliance, Member, Order, OrderLine
from members.queries import rights
from members.queries.rights import Entitlement

OWNERS = """
SELECT x.serial, a.id FROM unnest(%s::text[]) AS n (serial) JOIN members_appliance x USING (serial)
JOIN members_account a ON a.id = coalesce(x.bound_account_id, x.account_id) AND a.emptied_at IS NULL
"""

OWNED = """
SELECT x.serial, x.sku, x.name, x.category, x.bought_at, x.bound_at FROM members_appliance x
WHERE x.account_id = ANY(%s::bigint[]) OR x.bound_account_id = ANY(%s::bigint[])
ORDER BY coalesce(x.bought_at, x.bound_at) DESC, x.serial DESC
"""

SERIALS_OF = """
SELECT serial FROM members_appliance WHERE account_id = ANY(%(ids)s) OR bound_account_id = ANY(%(ids)s)
UNION
SELECT properties ->> 'serial' FROM members_event
WHERE account_id = ANY(%(ids)s) AND name = 'bind_device' AND properties ->> 'serial' <> ''
"""


@dataclass(frozen=True, slots=True)
class Good:
    """An appliance, as short as it can be told."""

    serial: str
    sku: str
    name: str
    category: str
    bought_at: dt.datetime | None
    bound_at: dt.datetime | None


@dataclass(frozen=True)
class Service:
    """Something that was bought for an appliance: a line of other goods with its serial number."""

    name: str
    sku: str
    bought_at: dt.datetime
    channel: str
    order_key: str
    status: str


@dataclass(frozen=True)
class Owned:
    """One appliance of a member. ``bought_here`` and ``connected_here``: by one of his own accounts."""

    appliance: Appliance
    bought_here: bool
    connected_here: bool
    rights: tuple[Entitlement, ...]
    services: tuple[Service, ...]

    @property
    def serial(self) -> str:
        return self.appliance.serial


def owners(*, serials: Collection[str]) -> dict[str, int]:
    """{serial number: account} of those that are known: whoever connected the appliance last, else whoever bought it."""
    return dict(sets.run(OWNERS, [], 0, sorted(serials))) if serials else {}


def serials_of(*, accounts: Collection[int]) -> set[str]:
    """The appliances that these accounts bought or connected, now or before."""
    with connection.cursor() as cursor:
        cursor.execute(SERIALS_OF, {"ids": sorted(accounts)})
        return {row[0] for row in cursor.fetchall()}


def goods(*, accounts: Collection[int]) -> list[Good]:
    """The appliances that these accounts bought or connected, the newest first."""
    ids = list(accounts)
    return [Good(*row) for row in sets.prepared(OWNED, ids, ids)]


def of(*, member: Member, now: dt.datetime) -> list[Owned]:
    """The appliances that the accounts of one person bought or connected, the newest first, each with its rights."""
    accounts = set(member.accounts.values_list("pk", flat=True))
    found = _appliances(accounts)
    serials = [each.serial for each in found]
    granted, done = defaultdict(list), _services(accounts, found)
    for each in rights.of_serials(serials=serials, now=now):
        granted[each.serial].append(each)
    return [
        Owned(
            each,
            each.account_id in accounts,
            each.bound_account_id in accounts,
            tuple(granted[each.serial]),
            tuple(done[each.serial]),
        )
        for each in found
    ]


def _appliances(accounts: set[int]) -> list[Appliance]:
    rows = Appliance.objects.filter(Q(account__in=accounts) | Q(bound_account__in=accounts))
    rows = rows.select_related("channel", "organization", "account__channel", "bound_account__channel")
    return sorted(rows, key=lambda each: (each.bought_at or each.bound_at, each.serial), reverse=True)


def _services(accounts: set[int], found: list[Appliance]) -> dict[str, list[Service]]:
    """Lines with the serial number that are not the sale of the appliance itself; only the person's own orders."""
    own = {each.serial: each for each in found}
    lines = (
        OrderLine.objects.filter(serial__in=own, order__account__in=accounts)
        .select_related("order__channel")
        .order_by("-order__occurred_at", "line")
    )
    services = defaultdict(list)
    for line in lines:
        if line.order.status != Order.Status.CANCELLED and not _is_itself(line, own[line.serial]):
            services[line.serial].append(_service(line))
    return services


def _is_itself(line: OrderLine, appliance: Appliance) -> bool:
    return line.sku == appliance.sku or (line.category != "" and line.category == appliance.category)


def _service(line: OrderLine) -> Service:
    order = line.order
    return Service(
        line.name or line.sku, line.sku, order.occurred_at, order.channel.code, order.external_id,
        order.get_status_display(),
    )  # fmt: skip
