"""API keys of channels: made once, shown once, kept as a hash, revoked for ever."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from members.models import Channel, ChannelKey, Organization


class WrongKey(ValueError):
    """What was asked for is no key that could be used safely."""


def issue(
    *,
    channel: Channel,
    scopes: Iterable[str],
    name: str,
    organization: Organization | None = None,
    expires_at: dt.datetime | None = None,
) -> tuple[ChannelKey, str]:
    """A new key and its secret, which is shown now and never again.

    The key sees ``organization`` (the channel's own, if none is given) and what lies below it.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in ChannelKey.Scope.values]
    if unknown or not wanted:
        known = ", ".join(ChannelKey.Scope.values)
        raise WrongKey(_("Give one or more of the scopes %(known)s.") % {"known": known})
    node = organization or channel.organization
    return ChannelKey.objects.create_key(
        channel=channel, organization=node, scopes=wanted, name=name[:50], expiry_date=expires_at
    )


def revoke(*, key: ChannelKey) -> ChannelKey:
    """The key opens nothing from now on. This cannot be undone; issue another one."""
    key.revoked = True
    key.save(update_fields=["revoked"])
    return key
