"""Random red packets whose money was named beforehand: divided once, when their offer is published."""

from campaigns.offers import forms, packets
from campaigns.offers.offer import Offer
from members import sets

MAKE = """
INSERT INTO campaigns_packet (offer, version, number, amount)
SELECT %s, %s, n.number, n.amount FROM unnest(%s::bigint[]) WITH ORDINALITY AS n (amount, number) ON CONFLICT DO NOTHING
"""


def divide(*, offer: Offer) -> None:
    """Of any other offer nothing. Divided again, the same."""
    form = offer.form
    if isinstance(form, forms.Packet) and form.count:
        amounts = packets.divide(
            total=form.total,
            count=form.count,
            seed=f"{offer.code}:{offer.version}",
            least=form.least,
            most=form.most,
        )
        sets.prepared(MAKE, offer.code, offer.version, sets.array(amounts))
