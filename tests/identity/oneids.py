"""Accounts with identifiers straight into the tables, as intake leaves them, and the people they became."""

import datetime as dt
from collections.abc import Iterable

from identity.actions import oneid, seeds, undo
from identity.models import Binding, Identifier, Verdict
from members.models import Account, Channel, Organization
from tests import factories

NOW = factories.NOW
DAY = dt.timedelta(days=1)


def house(**channels: dict) -> dict[str, Channel]:
    """Channels by code: house(mall={}, web={"named": False})."""
    seeds.kinds()
    return _channels(factories.organization(), channels)


def more(**channels: dict) -> dict[str, Channel]:
    """Further channels of the house."""
    return _channels(Organization.objects.get(parent=None), channels)


def _channels(group: Organization, channels: dict[str, dict]) -> dict[str, Channel]:
    return {
        code: factories.channel(organization=group, code=code, **fields) for code, fields in channels.items()
    }


def account(
    channel: Channel,
    external_id: str,
    *carries: str,
    at: dt.datetime = NOW,
    role: str = "holder",
    orders: int = 0,
    **traits,
) -> Account:
    """An account that carries "kind:value" or "kind@namespace:value" identifiers since `at`."""
    made = Account.objects.filter(channel=channel, external_id=external_id).first() or factories.account(
        channel=channel,
        external_id=external_id,
        at=at,
        traits={name: {"at": at.isoformat(), "value": value} for name, value in traits.items()},
    )
    for told in carries:
        bind(made, told, at=at, role=role, orders=orders)
    return made


def bind(
    account: Account, told: str, *, at: dt.datetime = NOW, role: str = "holder", orders: int = 0
) -> Identifier:
    place, value = told.split(":", 1)
    kind, _, namespace = place.partition("@")
    identifier, _ = Identifier.objects.get_or_create(kind_id=kind, namespace=namespace, value=value)
    Binding.objects.get_or_create(
        account=account,
        identifier=identifier,
        role=role,
        defaults={"first_at": at, "last_at": at, "orders": orders},
    )
    return identifier


def resolve(*accounts: Account, **more) -> set[int]:
    return oneid.resolve(accounts=[each.pk for each in accounts], now=NOW, **more)


def part(account: Account, *others: Account, by=None, reason: str = "", at: dt.datetime = NOW) -> Verdict:
    """Undo a merge as the page does it: these others are not the person of the first."""
    member = Account.objects.get(pk=account.pk).member
    said = undo.somebody_else(member=member, accounts=[each.pk for each in others])
    return undo.say(verdict=said, by=by, now=at, reason=reason)


def people(accounts: Iterable[Account] | None = None) -> list[list[str]]:
    """External ids by person, sorted."""
    rows = (
        Account.objects.all() if accounts is None else Account.objects.filter(pk__in=[a.pk for a in accounts])
    )
    blocks: dict[int, list[str]] = {}
    for row in rows:
        blocks.setdefault(row.member_id, []).append(row.external_id)
    return sorted(sorted(block) for block in blocks.values())
