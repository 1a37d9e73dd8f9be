"""What campaigns sent to a member or decided about him, his coupons and the offers he used, for the 360 document."""

from campaigns import coupon_codes
from campaigns.api import gained as offers
from campaigns.queries import gained, progress
from members.api import blocks, whole
from members.api.blocks import Asked, Block

SHOWN = 20


def _messages(asked: Asked) -> list[dict]:
    """Of campaigns of the node. The address that was written to stays masked away."""
    decided = progress.latest(member=asked.member, node=asked.node, limit=SHOWN)
    return [whole.fields(each) for each in decided]


def _coupons(asked: Asked) -> list[dict]:
    """Good around the node, whatever became of them. Without their codes: who reads one can use it."""
    told = {"accounts": asked.every, "around": asked.around, "node": asked.node, "limit": SHOWN}
    return [whole.fields(each) | {"code": coupon_codes.masked(each.code)} for each in gained.coupons(**told)]


def _offers(asked: Asked) -> list[dict]:
    uses = list(gained.uses(member=asked.member, node=asked.node)[:SHOWN])
    return [row | {"used_at": use.at} for use, row in zip(uses, offers.told(uses), strict=True)]


blocks.register(Block("messages", _messages))
blocks.register(Block("coupons", _coupons))
blocks.register(Block("offers", _offers))
