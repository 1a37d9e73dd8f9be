"""Giving, using and revoking rights. A use is made once, for its key, at a place where the right holds."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.actions import events, right_codes
from members.actions.events import Happening
from members.models import Account, Channel, Member, Organization, Right, RightGrant, RightRule, RightUse
from members.queries import acting, rights
from members.queries.rights import Entitlement

OF_MEMBER = 7_765_023  # one use of a person's rights at a time
Source = RightGrant.Source


class Refused(ValueError):
    """The right cannot be used, given or revoked: the message says why."""


class UnknownRight(Refused):
    """The member has no such right."""


class NotHere(Refused):
    """The right does not hold at this place or through this channel."""


class UsedUp(Refused): ...


class Expired(Refused): ...


class Revoked(Refused): ...


class Waiting(Refused):
    """Its first day has not come, or no activation code has been brought in for it."""


class KeyReused(Refused):
    """The key was used for something else before."""

    def __init__(self, key: str) -> None:
        super().__init__(
            _("The key %(key)r was used for something else before. Use a new key for a new one.")
            % {"key": key}
        )


@dataclass(frozen=True)
class Use:
    """The ``number``-th use of a grant that can be used ``quantity`` times."""

    key: str
    right: str
    grant: int
    number: int
    quantity: int
    organization: str
    used_at: dt.datetime


def use(
    *, member: Member, right: Right, key: str, organization: Organization, channel: Channel | None,
    by: AbstractBaseUser | None, now: dt.datetime, grant: RightGrant | None = None,
) -> Use:  # fmt: skip
    """Use a right once, of several the one that ends first; asked again with the same key, the same answer.

    ``grant`` names one of several. Raises NotHere, UsedUp, Expired, Revoked, Waiting, UnknownRight or KeyReused.
    """
    try:
        with transaction.atomic():
            _alone(member)
            if earlier := _earlier(key):
                return _same(earlier, member, right, organization)
            _check_place(right, organization, channel)
            chosen = _take(member, right, grant, channel, now)
            return _note(chosen, key, organization, channel, by, now)
    except IntegrityError as fault:  # somebody else's use had the key just now
        if (earlier := _earlier(key)) is None:
            raise
        raise KeyReused(key) from fault


def grant(
    *, right: Right, account: Account, quantity: int, source: str, key: str, reason: str,
    by: AbstractBaseUser | None, now: dt.datetime, valid_until: dt.datetime | None = None,
) -> RightGrant:  # fmt: skip
    """Give a right by hand or by a campaign, once for each key. Raises KeyReused, or Refused without a reason."""
    if source not in (Source.HAND, Source.CAMPAIGN):
        raise Refused(_("Goods and tiers bring rights by their rules."))
    if source == Source.HAND and not reason.strip():
        raise Refused(_("Say why the right is given: the reason is kept with your name."))
    until = valid_until or right.ends(now)
    with transaction.atomic():
        made, new = RightGrant.objects.get_or_create(
            right=right, source=source, source_key=key,
            defaults={"account": account, "quantity": quantity, "valid_from": now, "valid_until": until,
                      "recorded_at": now, "reason": reason.strip(), "by": by},
        )  # fmt: skip
        if (made.account_id, made.quantity) != (account.pk, quantity):
            raise KeyReused(key)
        if new:
            _get_code(made, right, now)
            _tell("right.granted", made, right, account.channel, account.organization, now)
    return made


def revoke(*, grant: RightGrant, reason: str, by: AbstractBaseUser, now: dt.datetime) -> RightGrant:
    """Take a grant back for good, by hand. What a tier brings goes with the tier. Raises Refused."""
    if not reason.strip():
        raise Refused(_("Say why the right is revoked: the reason is kept with your name."))
    with transaction.atomic():
        found = (
            RightGrant.objects.select_for_update(of=("self",))
            .select_related("right", "account")
            .get(pk=grant.pk)
        )
        if found.source == Source.TIER:
            raise Refused(_("A tier brings this right: it goes with the tier."))
        if found.revoked_at:
            raise Revoked(_("It was revoked before."))
        found.revoked_at, found.reason = now, f"{by.get_username()}: {reason.strip()}"[:300]
        found.save(update_fields=["revoked_at", "reason"])
        place = found.account.organization
        _tell("right.revoked", found, found.right, found.account.channel, place, now, by=by.pk)
    return found


def add_rule(*, right: Right, starts_at: dt.datetime, **fields) -> RightRule:
    """A rule of a right, by tier or by goods. The goods are copied: changing the set later changes no rule."""
    goods = fields.get("goods")
    skus, categories = (goods.skus, goods.categories) if goods else ([], [])
    return RightRule.objects.create(
        right=right, starts_at=starts_at, skus=skus, categories=categories, **fields
    )


def _alone(member: Member) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [OF_MEMBER, member.pk % 2**31])


def _earlier(key: str) -> RightUse | None:
    return RightUse.objects.select_related("grant__right", "account", "organization").filter(key=key).first()


def _same(earlier: RightUse, member: Member, right: Right, organization: Organization) -> Use:
    told = (earlier.account.member_id, earlier.grant.right_id, earlier.organization_id)
    if told != (member.pk, right.pk, organization.pk):
        raise KeyReused(earlier.key)
    return _use(earlier)


def _check_place(right: Right, organization: Organization, channel: Channel | None) -> None:
    nodes = list(right.places.all()) or [right.organization]
    within = organization.path.startswith(right.organization.path)
    if not within or not any(organization.path.startswith(node.path) for node in nodes):
        raise NotHere(
            _("%(right)s cannot be used at %(place)s, but at: %(places)s.")
            % {"right": right, "place": organization, "places": ", ".join(map(str, nodes))}
        )
    channels = list(right.channels.all()) if channel else []
    if channels and channel not in channels:
        raise NotHere(
            _("%(right)s cannot be used through %(channel)s, but through: %(channels)s.")
            % {"right": right, "channel": channel.name, "channels": ", ".join(each.name for each in channels)}
        )


def _take(
    member: Member, right: Right, grant: RightGrant | None, channel: Channel | None, now: dt.datetime
) -> RightGrant:
    """The grant to use, locked: of those that can be used, the one that ends first."""
    for each in _found(member, right, grant, now):
        if each.state != rights.AVAILABLE:
            break
        locked = _locked(each, member, right, channel, now)
        if locked.revoked_at is None and locked.used < locked.quantity:
            return locked
    raise _refusal(right, _found(member, right, grant, now), now)


def _found(member: Member, right: Right, grant: RightGrant | None, now: dt.datetime) -> list[Entitlement]:
    """As they stand: what somebody else revoked or used while this one waited is told as that."""
    return [
        each
        for each in rights.of(members=[member.pk], now=now)
        if each.right_id == right.pk and (grant is None or each.grant == grant.pk)
    ]


def _locked(
    each: Entitlement, member: Member, right: Right, channel: Channel | None, now: dt.datetime
) -> RightGrant:
    if each.grant is None:
        return _begin(each, member, right, channel, now)
    return RightGrant.objects.select_for_update().get(pk=each.grant)


def _begin(
    each: Entitlement, member: Member, right: Right, channel: Channel | None, now: dt.datetime
) -> RightGrant:
    """The row of what a tier brings, made as it is used for the first time in its period."""
    account = acting.account(member=member, channel=channel)
    made = RightGrant.objects.create(
        right=right, account=account, source=Source.TIER, rule_id=each.rule, quantity=each.quantity,
        source_key=f"{each.rule}:{each.valid_from.isoformat()}:{account.pk}",
        valid_from=each.valid_from, valid_until=each.valid_until, recorded_at=now,
    )  # fmt: skip
    _get_code(made, right, now)
    if right.with_code and not hasattr(made, "activation"):
        raise Waiting(_no_code(right))
    return made


def _get_code(made: RightGrant, right: Right, now: dt.datetime) -> None:
    if right.with_code:
        right_codes.give(rights=[right.pk], now=now)


def _refusal(right: Right, found: Sequence[Entitlement], now: dt.datetime) -> Refused:
    states = {each.state: each for each in reversed(found)}
    named = {"right": right}
    if rights.WAITING in states:
        first = states[rights.WAITING].valid_from
        return Waiting(
            _no_code(right) if first <= now
            else _("%(right)s can be used from %(day)s on.") % named | {"day": _day(first)}
        )  # fmt: skip
    if rights.USED in states or rights.AVAILABLE in states:
        return UsedUp(_("%(right)s was used already%(when)s.") % (named | {"when": _last(right, found)}))
    if rights.EXPIRED in states:
        last = states[rights.EXPIRED].valid_until
        return Expired(
            _("%(right)s ended on %(day)s.") % (named | {"day": _day(last - dt.timedelta(microseconds=1))})
            if last else _("%(right)s has ended.") % named
        )  # fmt: skip
    if rights.REVOKED in states:
        return Revoked(_("%(right)s was revoked.") % named)
    return UnknownRight(_("This member does not have %(right)s.") % named)


def _no_code(right: Right) -> str:
    return _("No activation code for %(right)s is there yet. Bring codes in, then try again.") % {
        "right": right
    }


def _day(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y")


def _last(right: Right, found: Sequence[Entitlement]) -> str:
    uses = RightUse.objects.filter(grant__in=[each.grant for each in found if each.grant])
    last = uses.select_related("organization").order_by("-used_at", "-id").first()
    if last is None:
        return ""
    at = date_format(timezone.localtime(last.used_at), "j M Y H:i")
    return _(", last on %(at)s at %(place)s") % {"at": at, "place": last.organization}


def _note(
    chosen: RightGrant, key: str, organization: Organization, channel: Channel | None,
    by: AbstractBaseUser | None, now: dt.datetime,
) -> Use:  # fmt: skip
    chosen.used += 1
    chosen.save(update_fields=["used"])
    made = RightUse.objects.create(
        grant=chosen, number=chosen.used, key=key, account_id=chosen.account_id, organization=organization,
        channel=channel, used_at=now, recorded_at=now, by=by,
    )  # fmt: skip
    told = {"place": organization.code} | ({"by": by.pk} if by else {})
    _tell("right.used", chosen, chosen.right, channel or chosen.account.channel, organization, now, **told)
    return _use(made)


def _use(made: RightUse) -> Use:
    return Use(
        made.key, made.grant.right.code, made.grant_id, made.number, made.grant.quantity,
        made.organization.code, made.used_at,
    )  # fmt: skip


def _tell(
    name: str, grant: RightGrant, right: Right, channel: Channel, organization: Organization,
    now: dt.datetime, **more: object,
) -> None:  # fmt: skip
    events.record(
        happenings=[
            Happening(
                name=name, occurred_at=now, channel=channel.pk, account=grant.account_id,
                organization=organization.pk, properties={"right": right.code, "grant": grant.pk} | more,
            )
        ]
    )  # fmt: skip
