"""The key that a caller shows: read at each call, so that a revoked one opens nothing any more. One statement."""

from members import rows, sets
from members.models import Channel, ChannelKey, Organization

_models = {"k": ChannelKey, "c": Channel, "o": Organization}
FIND = f"""
SELECT {", ".join(rows.columns(model, alias) for alias, model in _models.items())}
FROM members_channelkey k JOIN members_channel c ON c.id = k.channel_id JOIN members_organization o ON o.id = k.organization_id
WHERE k.prefix = %s AND NOT k.revoked
"""  # noqa: S608


def usable(*, prefix: str) -> ChannelKey | None:
    """The key that begins so, with its channel and organization, unless it is revoked. Whether its secret is right, and it
    has not expired, the caller looks at."""
    found = sets.prepared(FIND, prefix)
    if not found:
        return None
    values = iter(found[0])
    key, key.channel, key.organization = (rows.made(model, values) for model in _models.values())
    return key
