"""The key that a caller shows: read at each call, so that a revoked one opens nothing any more. One statement."""

from members import sets
from members.models import Channel, ChannelKey, Organization


def _columns(model: type, alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


_models = {"k": ChannelKey, "c": Channel, "o": Organization}
FIND = f"""
SELECT {", ".join(_columns(model, alias) for alias, model in _models.items())}
FROM members_channelkey k JOIN members_channel c ON c.id = k.channel_id JOIN members_organization o ON o.id = k.organization_id
WHERE k.prefix = %s AND NOT k.revoked
"""  # noqa: S608


def usable(*, prefix: str) -> ChannelKey | None:
    """The key that begins so, with its channel and organization, unless it is revoked. Whether its secret is right, and it
    has not expired, the caller looks at."""
    rows = sets.prepared(FIND, prefix)
    if not rows:
        return None
    values = iter(rows[0])
    key, key.channel, key.organization = (_made(model, values) for model in _models.values())
    return key


def _made(model, values):
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db("default", names, [next(values) for _name in names])
