"""Using rights: once for each key, at a place where the right holds."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.actions import rights
from members.models import Channel, Member, Organization, Right, RightGrant, RightUse
from members.queries import acting
from members.queries import rights as held
from members.queries.rights import Entitlement

OF_MEMBER = 7_765_023  # one use of a person's rights at a time


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

    ``grant`` names one of several. Raises, of `rights`, NotHere, UsedUp, Expired, Revoked, Waiting,
    UnknownRight or KeyReused.
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
        raise rights.KeyReused(key) from fault


def _alone(member: Member) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [OF_MEMBER, member.pk % 2**31])


def _earlier(key: str) -> RightUse | None:
    return RightUse.objects.select_related("grant__right", "account", "organization").filter(key=key).first()


def _same(earlier: RightUse, member: Member, right: Right, organization: Organization) -> Use:
    told = (earlier.account.member_id, earlier.grant.right_id, earlier.organization_id)
    if told != (member.pk, right.pk, organization.pk):
        raise rights.KeyReused(earlier.key)
    return _use(earlier)


def _check_place(right: Right, organization: Organization, channel: Channel | None) -> None:
    nodes = list(right.places.all()) or [right.organization]
    within = organization.path.startswith(right.organization.path)
    if not within or not any(organization.path.startswith(node.path) for node in nodes):
        raise rights.NotHere(
            _("%(right)s cannot be used at %(place)s, but at: %(places)s.")
            % {"right": right, "place": organization, "places": ", ".join(map(str, nodes))}
        )
    channels = list(right.channels.all()) if channel else []
    if channels and channel not in channels:
        raise rights.NotHere(
            _("%(right)s cannot be used through %(channel)s, but through: %(channels)s.")
            % {"right": right, "channel": channel.name, "channels": ", ".join(each.name for each in channels)}
        )


def _take(
    member: Member, right: Right, grant: RightGrant | None, channel: Channel | None, now: dt.datetime
) -> RightGrant:
    """The grant to use, locked: of those that can be used, the one that ends first."""
    for each in _found(member, right, grant, now):
        if each.state != held.AVAILABLE:
            break
        locked = _locked(each, member, right, channel, now)
        if locked.revoked_at is None and locked.used < locked.quantity:
            return locked
    raise _refusal(right, _found(member, right, grant, now), now)


def _found(member: Member, right: Right, grant: RightGrant | None, now: dt.datetime) -> list[Entitlement]:
    """As they stand: what somebody else revoked or used while this one waited is told as that."""
    return [
        each
        for each in held.of(members=[member.pk], now=now)
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
        right=right, account=account, source=RightGrant.Source.TIER, rule_id=each.rule, quantity=each.quantity,
        source_key=f"{each.rule}:{each.valid_from.isoformat()}:{account.pk}",
        valid_from=each.valid_from, valid_until=each.valid_until, recorded_at=now,
    )  # fmt: skip
    rights.get_code(made=made, right=right, now=now)
    if right.with_code and not hasattr(made, "activation"):
        raise rights.Waiting(_no_code(right))
    return made


def _refusal(right: Right, found: Sequence[Entitlement], now: dt.datetime) -> rights.Refused:
    states = {each.state: each for each in reversed(found)}
    named = {"right": right}
    if held.WAITING in states:
        first = states[held.WAITING].valid_from
        return rights.Waiting(
            _no_code(right) if first <= now
            else _("%(right)s can be used from %(day)s on.") % (named | {"day": _day(first)})
        )  # fmt: skip
    if held.USED in states or held.AVAILABLE in states:
        return rights.UsedUp(
            _("%(right)s was used already%(when)s.") % (named | {"when": _last(right, found)})
        )
    if held.EXPIRED in states:
        last = states[held.EXPIRED].valid_until
        return rights.Expired(
            _("%(right)s ended on %(day)s.") % (named | {"day": _day(last - dt.timedelta(microseconds=1))})
            if last else _("%(right)s has ended.") % named
        )  # fmt: skip
    if held.REVOKED in states:
        return rights.Revoked(_("%(right)s was revoked.") % named)
    return rights.UnknownRight(_("This member does not have %(right)s.") % named)


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
    rights.tell(
        name="right.used", grant=chosen, channel=channel or chosen.account.channel, organization=organization,
        now=now, **told,
    )  # fmt: skip
    return _use(made)


def _use(made: RightUse) -> Use:
    return Use(
        made.key, made.grant.right.code, made.grant_id, made.number, made.grant.quantity,
        made.organization.code, made.used_at,
    )  # fmt: skip
