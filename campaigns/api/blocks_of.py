"""What campaigns sent to a member or decided about him, for the 360 document."""

from campaigns.queries import progress
from members.api import blocks
from members.api.blocks import Asked, Block
from members.queries import scopes

SHOWN = 20


def _messages(asked: Asked) -> list[dict]:
    """Of campaigns of the node. The address that was written to stays masked away."""
    decided = progress.of_member(member=asked.member)
    seen = scopes.at_organization(decided, reach=asked.reach, field="campaign__organization")
    return [
        {
            "campaign": each.campaign.name,
            "touchpoint": each.campaign.touchpoint,
            "outcome": each.outcome,
            "decided_at": each.decided_at,
        }
        for each in seen[:SHOWN]
    ]


blocks.register(Block("messages", _messages))
