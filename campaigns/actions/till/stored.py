"""What was sent of a sale before."""

import msgspec

from campaigns.actions.till.sales import Unknown
from members import sets
from members.models import Channel

ERASED = "erased"  # with its customer
ASKED = "SELECT asked, revision FROM campaigns_tillorder WHERE channel_id = %s AND number = %s"


def basket(*, channel: Channel, number: str) -> tuple[dict, int]:
    """The till's own words, and their revision. Raises Unknown."""
    rows = sets.prepared(ASKED, channel.pk, number)
    if not rows or rows[0][0] == ERASED:
        raise Unknown(number)
    return msgspec.json.decode(rows[0][0]), rows[0][1]
