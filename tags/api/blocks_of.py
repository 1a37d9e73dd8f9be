"""The tags of a member, for the 360 document."""

from members.api import blocks, whole
from members.api.blocks import Asked, Block
from tags.queries import visible


def _tags(asked: Asked) -> list[dict]:
    held = visible.held(member=asked.member, node=asked.node)
    return [whole.fields(each) for each in held]


blocks.register(Block("tags", _tags))
