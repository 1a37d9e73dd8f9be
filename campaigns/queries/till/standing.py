"""How one sale of a till stands, and what it earns by the plans. Writes and locks nothing."""

from typing import NamedTuple

from campaigns.models import PriceProof, TillOrder
from members.models import Channel, Organization
from members.queries import earned
from members.queries.earned import Earned


class Standing(NamedTuple):
    """``proof``: of a sale that is done; ``earned``: by the order, if it has a customer."""

    sale: TillOrder
    proof: PriceProof | None
    earned: list[Earned]


def of(*, channel: Channel, store: Organization, number: str) -> Standing | None:
    """None: no sale of this number is known there."""
    sale = TillOrder.objects.filter(channel=channel, store_id=store.pk, number=number).first()
    if sale is None:
        return None
    if sale.state != TillOrder.State.COMMITTED:
        return Standing(sale, None, [])
    proof = PriceProof.objects.filter(sale=sale).first()
    brought = earned.of_order(channel=channel.pk, number=number) if sale.account_id else []
    return Standing(sale, proof, brought)
