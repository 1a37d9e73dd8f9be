"""Giving and revoking rights."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import events, right_codes
from members.actions.events import Happening
from members.models import Account, Channel, Organization, Right, RightGrant, RightRule

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
            get_code(made=made, right=right, now=now)
            tell(
                name="right.granted", grant=made, channel=account.channel, organization=account.organization, now=now
            )  # fmt: skip
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
        account = found.account
        tell(
            name="right.revoked", grant=found, channel=account.channel, organization=account.organization, now=now,
            by=by.pk,
        )  # fmt: skip
    return found


def add_rule(*, right: Right, starts_at: dt.datetime, **fields) -> RightRule:
    """A rule of a right, by tier or by goods. The goods are copied: changing the set later changes no rule."""
    goods = fields.get("goods")
    skus, categories = (goods.skus, goods.categories) if goods else ([], [])
    return RightRule.objects.create(
        right=right, starts_at=starts_at, skus=skus, categories=categories, **fields
    )


def get_code(*, made: RightGrant, right: Right, now: dt.datetime) -> None:
    """A grant of a right with activation codes gets one, if one is there."""
    if right.with_code:
        right_codes.give(rights=[right.pk], now=now)


def tell(
    *, name: str, grant: RightGrant, channel: Channel, organization: Organization, now: dt.datetime, **more: object
) -> None:  # fmt: skip
    """The event log is told."""
    events.record(
        happenings=[
            Happening(
                name=name, occurred_at=now, channel=channel.pk, account=grant.account_id,
                organization=organization.pk, properties={"right": grant.right.code, "grant": grant.pk} | more,
            )
        ]
    )  # fmt: skip
