"""What rights a member has now: those granted to any of his accounts, and those that his tiers bring.

Nothing of it is stored with the member: after a merge the rights of both are there, after an undo each has his own.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from msgspec import Struct

from members import sets
from members.models import RightCode, RightGrant, RightRule, Tier
from members.queries import standings

AVAILABLE, USED, EXPIRED, REVOKED, WAITING = "available", "used", "expired", "revoked", "waiting"
INSTANT = dt.timedelta(microseconds=1)
Period = RightRule.Period

GRANTS = """
SELECT a.member_id, r.code, r.name, r.kind, g.source, g.id, g.rule_id, g.serial, g.quantity, g.used, g.revoked_at,
       g.valid_from, g.valid_until, g.account_id, r.id, r.organization_id, r.with_code,
       EXISTS (SELECT FROM members_rightcode c WHERE c.grant_id = g.id)
"""
OF_MEMBERS = f"""
{GRANTS}
FROM members_account a JOIN members_rightgrant g ON g.account_id = a.id JOIN members_right r ON r.id = g.right_id
WHERE a.member_id = ANY(%s::bigint[]) ORDER BY g.id
"""
OF_SERIALS = f"""
{GRANTS}
FROM members_rightgrant g JOIN members_account a ON a.id = g.account_id JOIN members_right r ON r.id = g.right_id
WHERE g.serial = ANY(%s::text[]) AND g.serial <> '' ORDER BY g.id
"""
RULING = """
SELECT r.id, t.programme_id, t.rank, r.period, r.quantity, r.starts_at, r.ends_at, x.id, x.code, x.name, x.kind,
       x.organization_id
FROM members_rightrule r JOIN members_right x ON x.id = r.right_id JOIN members_tier t ON t.id = r.tier_id
CROSS JOIN (SELECT %s::timestamptz AS at) now
WHERE r.starts_at <= now.at AND (r.ends_at IS NULL OR r.ends_at > now.at)
  AND x.active_from <= now.at AND (x.active_to IS NULL OR x.active_to > now.at)
ORDER BY r.id
"""


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


class Granted(Struct):
    """A grant with its right. ``ready``: whether it has an activation code."""

    member: int
    code: str
    name: str
    kind: str
    source: str
    id: int
    rule: int | None
    serial: str
    quantity: int
    used: int
    revoked_at: dt.datetime | None
    valid_from: dt.datetime
    valid_until: dt.datetime | None
    account: int
    right: int
    organization: int
    with_code: bool
    ready: bool


class Ruling(Struct):
    """A rule by tier that runs now, with its right."""

    id: int
    programme: int
    rank: int
    period: str
    quantity: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    right: int
    code: str
    name: str
    kind: str
    organization: int


def of(*, members: Collection[int], now: dt.datetime) -> list[Entitlement]:
    """Every right of these members (ids): what can be used first, what ends first before what ends later."""
    if not members:
        return []
    grants = [Granted(*row) for row in sets.prepared(OF_MEMBERS, sorted(set(members)))]
    by_tier = _by_tier(sorted(set(members)), grants, now)
    covered = {(each.member, each.rule, each.valid_from) for each in by_tier}
    rows = [
        each
        for grant in grants
        if not ((each := _entitled(grant, now)).source == RightGrant.Source.TIER and _key(each) in covered)
    ]
    return sorted([*rows, *by_tier], key=_order)


def of_serials(*, serials: Collection[str], now: dt.datetime) -> list[Entitlement]:
    """The rights that hang on these appliances, whoever has them."""
    rows = sets.prepared(OF_SERIALS, sorted(set(serials))) if serials else ()
    return sorted((_entitled(Granted(*row), now) for row in rows), key=_order)


def warranties(*, serial: str, now: dt.datetime) -> list[Entitlement]:
    """The warranties of one appliance, whoever has them: what a workshop asks."""
    return [each for each in of_serials(serials=[serial], now=now) if each.kind == "warranty"]


def granted() -> QuerySet[RightGrant]:
    """Grants with what telling of them needs."""
    code = RightCode.objects.filter(grant=OuterRef("pk"))
    return RightGrant.objects.select_related("right", "account").annotate(ready=Exists(code)).order_by("id")


def of_grant(grant: RightGrant, *, now: dt.datetime) -> Entitlement:
    """A grant of ``granted()`` as it stands now."""
    right, account = grant.right, grant.account
    told = Granted(
        account.member_id, right.code, right.name, right.kind, grant.source, grant.pk, grant.rule_id, grant.serial,
        grant.quantity, grant.used, grant.revoked_at, grant.valid_from, grant.valid_until, account.pk, right.pk,
        right.organization_id, right.with_code, grant.ready,
    )  # fmt: skip
    return _entitled(told, now)


def _entitled(grant: Granted, now: dt.datetime) -> Entitlement:
    return Entitlement(
        grant.member, grant.code, grant.name, grant.kind, grant.source, grant.id, grant.rule, grant.serial,
        grant.quantity, grant.used, _state(grant, now), grant.valid_from, grant.valid_until, grant.account,
        grant.right, grant.organization, grant.ready,
    )  # fmt: skip


def _state(grant: Granted, now: dt.datetime) -> str:
    if grant.revoked_at:
        return REVOKED
    if grant.used >= grant.quantity:
        return USED
    if grant.valid_until and grant.valid_until <= now:
        return EXPIRED
    if grant.source == RightGrant.Source.TIER:
        return EXPIRED  # of an earlier period, or of a tier that is no longer his
    return WAITING if grant.valid_from > now or (grant.with_code and not grant.ready) else AVAILABLE


def period(rule: RightRule | Ruling, *, now: dt.datetime) -> tuple[dt.datetime, dt.datetime | None]:
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


def _by_tier(members: list[int], grants: Iterable[Granted], now: dt.datetime) -> list[Entitlement]:
    rules = [Ruling(*row) for row in sets.prepared(RULING, now)]
    if not rules:
        return []
    ranks = _ranks(members, {rule.programme for rule in rules}, now)
    uses = defaultdict(list)
    for grant in grants:
        if grant.source == RightGrant.Source.TIER:
            uses[grant.member, grant.rule, grant.valid_from].append(grant)
    found = []
    for member in members:
        for rule in rules:
            if ranks.get((member, rule.programme), -1) >= rule.rank:
                begins, ends = period(rule, now=now)
                found.append(_derived(member, rule, begins, ends, uses[member, rule.id, begins]))
    return found


def _ranks(members: list[int], programmes: set[int], now: dt.datetime) -> dict[tuple[int, int], int]:
    """{(member, programme): rank of the tier at that time}."""
    known = {
        (tier.programme_id, tier.code): tier.rank for tier in Tier.objects.filter(programme__in=programmes)
    }
    return {
        (each.member, each.programme): known[each.programme, each.tier]
        for each in standings.of(members=members, at=now)
        if (each.programme, each.tier) in known
    }


def _derived(member, rule: Ruling, begins, ends, grants: list[Granted]) -> Entitlement:
    used = sum(grant.used for grant in grants)
    open_ = next((grant for grant in grants if grant.used < grant.quantity and not grant.revoked_at), None)
    shown = open_ or next(iter(grants), None)
    state = USED if used >= rule.quantity else AVAILABLE
    return Entitlement(
        member, rule.code, rule.name, rule.kind, RightGrant.Source.TIER.value, shown and shown.id, rule.id, "",
        rule.quantity, min(used, rule.quantity), state, begins, ends, shown and shown.account, rule.right,
        rule.organization, bool(shown and shown.ready),
    )  # fmt: skip


def _key(each: Entitlement) -> tuple:
    return each.member, each.rule, each.valid_from


STATES = (AVAILABLE, WAITING, USED, EXPIRED, REVOKED)
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _order(each: Entitlement) -> tuple:
    return each.member, STATES.index(each.state), each.valid_until or NEVER, each.right, each.grant or 2**63
