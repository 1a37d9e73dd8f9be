"""Goods as whoever serves them may see them: the appliance and its warranty, not the customer behind it.

Everybody of the same group finds an appliance by its serial number, wherever it was bought; nobody comes to know a
customer by it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from members import masking
from members.models import Appliance, MemberProfile, Organization, Right, RightGrant, Ticket
from members.queries import scopes
from members.queries.scopes import Reach


@dataclass(frozen=True)
class Warranty:
    """``state``: valid, waiting (it begins later) or expired."""

    name: str
    state: str
    until: dt.datetime | None

    @property
    def last_day(self) -> dt.datetime | None:
        """It is over as the next day begins."""
        return self.until and self.until - dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Serviced:
    """``customer`` is masked. ``account`` and ``member`` are for filing a ticket; they are not shown."""

    serial: str
    sku: str
    name: str
    category: str
    bought_at: dt.datetime | None
    customer: str
    account: int
    member: int
    warranties: tuple[Warranty, ...]

    @property
    def is_covered(self) -> bool:
        return any(each.state == "valid" for each in self.warranties)


def by_serial(*, serial: str, node: Organization | None, now: dt.datetime) -> Serviced | None:
    """The appliance of this serial number, if somebody of the group owns it."""
    found = _owned(node).filter(serial=serial.strip()) if serial.strip() else Appliance.objects.none()
    return next(iter(_serviced(found, now)), None)


def of_members(*, members: Collection[int], node: Organization | None, now: dt.datetime) -> list[Serviced]:
    """What these people own and have a valid warranty for; of their other goods nothing is told."""
    found = _owned(node).filter(member__in=members).order_by("serial")
    return [each for each in _serviced(found, now) if each.is_covered]


def tickets(*, reach: Reach) -> QuerySet[Ticket]:
    """Tickets that organizations within reach serve."""
    return scopes.at_organization(
        Ticket.objects.select_related("channel", "organization", "account__member__profile"), reach=reach
    )


def _owned(node):
    """Whoever connected an appliance owns it, else whoever bought it. Without a node: in every group."""
    group = f"/{node.path.strip('/').split('/')[0]}/" if node else "/"
    bound = Q(bound_account__organization__path__startswith=group)
    bought = Q(bound_account=None, account__organization__path__startswith=group)
    return Appliance.objects.filter(bound | bought).annotate(
        owner=Coalesce("bound_account_id", "account_id"),
        member=Coalesce("bound_account__member_id", "account__member_id"),
    )


def _serviced(found, now):
    goods = list(found)
    covers = _warranties([each.serial for each in goods], now)
    people = [each.member for each in goods]
    names = dict(MemberProfile.objects.filter(member__in=people).values_list("member", "name"))
    return [
        Serviced(
            each.serial, each.sku, each.name, each.category, each.bought_at,
            masking.name(names.get(each.member, "")), each.owner, each.member, tuple(covers[each.serial]),
        )
        for each in goods
    ]  # fmt: skip


def _warranties(serials, now):
    grants = RightGrant.objects.filter(
        serial__in=serials, right__kind=Right.Kind.WARRANTY, revoked_at=None
    ).select_related("right")
    found = defaultdict(list)
    for grant in grants.order_by("valid_until", "pk"):
        found[grant.serial].append(Warranty(grant.right.name, _state(grant, now), grant.valid_until))
    return found


def _state(grant, now):
    if grant.valid_until is not None and grant.valid_until <= now:
        return "expired"
    return "waiting" if grant.valid_from > now else "valid"
