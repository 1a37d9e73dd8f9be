"""What campaigns sent to a member or decided about him, for the 360 document."""

from campaigns.queries import progress
from members.api import blocks, whole
from members.api.blocks import Asked, Block

SHOWN = 20


def _messages(asked: Asked) -> list[dict]:
    """Of campaigns of the node. The address that was written to stays masked away."""
    decided = progress.latest(member=asked.member, node=asked.node, limit=SHOWN)
    return [whole.fields(each) for each in decided]


blocks.register(Block("messages", _messages))
