"""Exact division of whole numbers: rounding, and sharing a sum so that no unit is lost."""

from collections.abc import Sequence

from campaigns.offers.scales import PIECE


def half_up(numerator: int, denominator: int) -> int:
    """``numerator`` ÷ ``denominator``, both ≥ 0, to the nearest whole; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


def whole_pieces(part: int, *, of: int) -> int:
    """Of ``part`` thousandths the whole pieces, if that ``of`` which it is a part comes by the piece; else as it is."""
    return part if of % PIECE else part - part % PIECE


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Shares of ``total`` in proportion to ``weights`` that add up to it, by the method of the largest remainder (Hamilton
    1792): each gets its share rounded down, what is left goes one by one to the largest remainders, of equal ones to
    the first. No share is above its weight if ``total`` ≤ Σ weights. Raises ValueError if all weights are 0.
    """
    whole = sum(weights)
    if not whole:
        raise ValueError("nothing to share by: all weights are 0")
    shares = [total * weight // whole for weight in weights]
    rest = total - sum(shares)
    if rest:
        remainders = [-(total * weight % whole) for weight in weights]
        for place in sorted(range(len(weights)), key=remainders.__getitem__)[:rest]:
            shares[place] += 1
    return shares
