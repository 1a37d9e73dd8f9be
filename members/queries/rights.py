"""What rights a member has now: those granted to any of his accounts, and those that his tiers bring.

Nothing of it is stored with the member: after a merge the rights of both are there, after an undo each has his own.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from members.models import RightCode, RightGrant, RightRule, Tier
from members.queries import standings

AVAILABLE, USED, EXPIRED, REVOKED, WAITING = "available", "used", "expired", "revoked", "waiting"
INSTANT = dt.timedelta(microseconds=1)
Period = RightRule.Period


@dataclass(frozen=True)
class Entitlement:
    """One right of one member. ``grant`` is None for what a tier brings and nobody has used yet.

    ``state``: available, used (up), expired, revoked, or waiting: for its first day, or for an activation code.
    ``code``: whether an activation code is ready.
    """

    member: int
    right: str
    name: str
    kind: str
    source: str
    grant: int | None
    rule: int | None
    serial: str
    quantity: int
    used: int
    state: str
    valid_from: dt.datetime
    valid_until: dt.datetime | None
    account: int | None
    right_id: int
    organization: int
    code: bool = False

    @property
    def left(self) -> int:
        return self.quantity - self.used if self.state == AVAILABLE else 0

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which it holds; None: for ever."""
        return timezone.localtime(self.valid_until - INSTANT).date() if self.valid_until else None


def of(*, members: Collection[int], now: dt.datetime) -> list[Entitlement]:
    """Every right of these members (ids): what can be used first, what ends first before what ends later."""
    if not members:
        return []
    grants = list(granted().filter(account__member__in=members))
    by_tier = _by_tier(sorted(set(members)), grants, now)
    covered = {(each.member, each.rule, each.valid_from) for each in by_tier}
    rows = [
        each
        for grant in grants
        if not ((each := of_grant(grant, now=now)).source == RightGrant.Source.TIER and _key(each) in covered)
    ]
    return sorted([*rows, *by_tier], key=_order)


def of_serials(*, serials: Collection[str], now: dt.datetime) -> list[Entitlement]:
    """The rights that hang on these appliances, whoever has them."""
    rows = granted().filter(serial__in=serials).exclude(serial="") if serials else ()
    return sorted((of_grant(each, now=now) for each in rows), key=_order)


def warranties(*, serial: str, now: dt.datetime) -> list[Entitlement]:
    """The warranties of one appliance, whoever has them: what a workshop asks."""
    return [each for each in of_serials(serials=[serial], now=now) if each.kind == "warranty"]


def granted() -> QuerySet[RightGrant]:
    """Grants with what telling of them needs."""
    code = RightCode.objects.filter(grant=OuterRef("pk"))
    return RightGrant.objects.select_related("right", "account").annotate(ready=Exists(code)).order_by("id")


def of_grant(grant: RightGrant, *, now: dt.datetime) -> Entitlement:
    """A grant of ``granted()`` as it stands now."""
    right = grant.right
    return Entitlement(
        grant.account.member_id, right.code, right.name, right.kind, grant.source, grant.pk, grant.rule_id,
        grant.serial, grant.quantity, grant.used, _state(grant, now), grant.valid_from, grant.valid_until,
        grant.account_id, right.pk, right.organization_id, grant.ready,
    )  # fmt: skip


def _state(grant: RightGrant, now: dt.datetime) -> str:
    if grant.revoked_at:
        return REVOKED
    if grant.used >= grant.quantity:
        return USED
    if grant.valid_until and grant.valid_until <= now:
        return EXPIRED
    if grant.source == RightGrant.Source.TIER:
        return EXPIRED  # of an earlier period, or of a tier that is no longer his
    return WAITING if grant.valid_from > now or (grant.right.with_code and not grant.ready) else AVAILABLE


def period(rule: RightRule, *, now: dt.datetime) -> tuple[dt.datetime, dt.datetime | None]:
    """The period of a rule by tier in which ``now`` lies: from, until (None: for ever)."""
    zone = timezone.get_default_timezone()
    day = now.astimezone(zone).date()
    if rule.period == Period.EVER:
        return rule.starts_at, rule.ends_at
    first = day.replace(day=1) if rule.period == Period.MONTH else day.replace(month=1, day=1)
    months = 1 if rule.period == Period.MONTH else 12
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    begins, ends = (dt.datetime.combine(at, dt.time.min, zone) for at in (first, dt.date(year, month + 1, 1)))
    return max(begins, rule.starts_at), min(ends, rule.ends_at) if rule.ends_at else ends


def _by_tier(members: list[int], grants: Iterable[RightGrant], now: dt.datetime) -> list[Entitlement]:
    rules = list(_rules(now))
    if not rules:
        return []
    ranks = _ranks(members, {rule.tier.programme_id for rule in rules})
    uses = defaultdict(list)
    for grant in grants:
        if grant.source == RightGrant.Source.TIER:
            uses[grant.account.member_id, grant.rule_id, grant.valid_from].append(grant)
    found = []
    for member in members:
        for rule in rules:
            if ranks.get((member, rule.tier.programme_id), -1) >= rule.tier.rank:
                begins, ends = period(rule, now=now)
                found.append(_derived(member, rule, begins, ends, uses[member, rule.pk, begins]))
    return found


def _rules(now: dt.datetime) -> QuerySet[RightRule]:
    running = Q(ends_at=None) | Q(ends_at__gt=now)
    offered = Q(right__active_to=None) | Q(right__active_to__gt=now)
    rules = RightRule.objects.exclude(tier=None).filter(running, offered, starts_at__lte=now)
    return rules.filter(right__active_from__lte=now).select_related("right", "tier").order_by("id")


def _ranks(members: list[int], programmes: set[int]) -> dict[tuple[int, int], int]:
    """{(member, programme): rank of the tier}."""
    known = {
        (tier.programme_id, tier.code): tier.rank for tier in Tier.objects.filter(programme__in=programmes)
    }
    return {
        (each.member, each.programme): known[each.programme, each.tier]
        for each in standings.of(members=members)
        if (each.programme, each.tier) in known
    }


def _derived(member, rule, begins, ends, grants: list[RightGrant]) -> Entitlement:
    right, used = rule.right, sum(grant.used for grant in grants)
    open_ = next((grant for grant in grants if grant.used < grant.quantity and not grant.revoked_at), None)
    shown = open_ or next(iter(grants), None)
    state = USED if used >= rule.quantity else AVAILABLE
    return Entitlement(
        member, right.code, right.name, right.kind, RightGrant.Source.TIER.value, shown and shown.pk, rule.pk, "",
        rule.quantity, min(used, rule.quantity), state, begins, ends, shown and shown.account_id, right.pk,
        right.organization_id, bool(shown and shown.ready),
    )  # fmt: skip


def _key(each: Entitlement) -> tuple:
    return each.member, each.rule, each.valid_from


STATES = (AVAILABLE, WAITING, USED, EXPIRED, REVOKED)
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _order(each: Entitlement) -> tuple:
    return each.member, STATES.index(each.state), each.valid_until or NEVER, each.right, each.grant or 2**63
