"""How a refund goes back over the payments of its sale.

In proportion to what is left of each, by largest remainder: none gets back more than it paid, and whatever the parts, they
add up to the whole. What a book paid comes back in whole steps of it; the part of a step that is left over is paid in
what else was paid with, if anything was.
"""

from collections.abc import Sequence
from typing import NamedTuple

from campaigns.offers.amounts import apportion


class Payment(NamedTuple):
    """``minor`` units of the currency; ``steps`` of a book that paid them, 0 of anything else."""

    minor: int
    steps: int = 0


def split(*, payments: Sequence[Payment], back: Sequence[Payment], total: int) -> list[Payment]:
    """What of ``total`` goes back on each payment, ``back`` having come back before."""
    left = [paid.minor - gone.minor for paid, gone in zip(payments, back, strict=True)]
    shares = apportion(total, left) if total else [0] * len(left)
    for place, (paid, gone) in enumerate(zip(payments, back, strict=True)):
        rest = gone.minor + shares[place] - _worth(paid, gone, shares[place]) if paid.steps else 0
        other = next((each for each in _others(payments) if left[each] - shares[each] >= rest), None)
        if rest and other is not None:
            shares[place] -= rest
            shares[other] += rest
    return [
        Payment(share, _steps(paid, gone.minor + share) - gone.steps if paid.steps else 0)
        for paid, gone, share in zip(payments, back, shares, strict=True)
    ]


def _steps(paid: Payment, minor: int) -> int:
    """Of its steps so many are back when ``minor`` units are, rounded down."""
    return paid.steps * minor // paid.minor if paid.minor else 0


def _worth(paid: Payment, gone: Payment, share: int) -> int:
    """The units that the whole steps pay which are back after ``share`` more, rounded up."""
    steps = _steps(paid, gone.minor + share)
    return max(gone.minor, -(-paid.minor * steps // paid.steps))


def _others(payments: Sequence[Payment]) -> list[int]:
    return [place for place, paid in enumerate(payments) if not paid.steps]
