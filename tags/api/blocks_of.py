"""The tags of a member, for the 360 document."""

from members.api import blocks
from members.api.blocks import Asked, Block
from tags.queries import visible


def _tags(asked: Asked) -> list[dict]:
    values, _held = visible.values_of(member=asked.member, node=asked.node)
    return [
        {"tag": each.tag.code, "tag_name": each.tag.name, "value": each.code, "value_name": each.name}
        for each in values
    ]


blocks.register(Block("tags", _tags))
