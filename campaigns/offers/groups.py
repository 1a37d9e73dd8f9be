"""Pieces in groups of n, dearest first, as runs of equal pieces: a quantity of 6,000 costs what 1 costs.

Consecutive groups of the dearest-first order are best for the customer: the discounted ones of each group are as dear as
any grouping can make them, and the first g groups hold the g × n dearest pieces.
"""

from collections.abc import Sequence
from math import lcm

from campaigns.offers.amounts import half_up
from campaigns.offers.scales import PIECE, WHOLE

FINE = (
    10**18
)  # two different prices a piece, of quantities up to 10^9 each, differ by more than 1 in this scale


def dearest_first(worths: Sequence[int], quantities: Sequence[int], free: Sequence[int]) -> list[int]:
    """Places of the lines that have whole free pieces; of equal prices a piece the first line comes first.

    ``worths``: minor units of ``quantities`` (thousandths); ``free``: thousandths still to be had.
    """
    prices = [-(worth * FINE // quantity) for worth, quantity in zip(worths, quantities, strict=True)]
    return sorted((place for place in range(len(free)) if free[place] >= PIECE), key=prices.__getitem__)


def cheapest_off(
    worths: Sequence[int],
    quantities: Sequence[int],
    free: Sequence[int],
    *,
    buy: int,
    cheapest: int,
    off: int,
    times: int,
) -> tuple[int, int, list[int]]:
    """Discount (minor units, half up, never above the price of the pieces), number of groups, thousandths used of each line.

    Of each ``buy`` pieces the ``cheapest`` ones are ``off`` basis points less, in at most ``times`` groups.
    """
    order = dearest_first(worths, quantities, free)
    count = sum(free[place] // PIECE for place in order)
    found = min(count // buy, times)
    last, used = found * buy, [0] * len(free)
    scale = lcm(*(quantities[place] for place in order))
    start = cheap = price = 0
    for place in order:
        end = min(start + free[place] // PIECE, last)
        if end <= start:
            break
        unit = worths[place] * PIECE * (scale // quantities[place])
        price += unit * (end - start)
        cheap += unit * (_cheap(end, buy, cheapest) - _cheap(start, buy, cheapest))
        used[place] = (end - start) * PIECE
        start = end
    return min(half_up(cheap * off, scale * WHOLE), price // scale), found, used


def for_price(
    worths: Sequence[int],
    quantities: Sequence[int],
    free: Sequence[int],
    *,
    pieces: int,
    amount: int,
    times: int,
) -> tuple[int, int, list[int]]:
    """Discount (minor units, rounded down), number of groups, thousandths used of each line.

    Each ``pieces`` cost ``amount``, in at most ``times`` groups, as long as that is less than they cost.
    """
    order = dearest_first(worths, quantities, free)
    scale = lcm(*(quantities[place] for place in order))
    used, left, gain = [0] * len(free), times, 0
    pending: list[tuple[int, int]] = []
    price, need = 0, pieces
    for place in order:
        unit, count = worths[place] * PIECE * (scale // quantities[place]), free[place] // PIECE
        while count and left:
            whole = count // pieces if need == pieces else 0
            taken = min(need, count)
            if whole:
                price, taken, repeated = unit * pieces, pieces, min(whole, left)
            else:
                price, repeated = price + unit * taken, 1
            pending.append((place, taken))
            need -= taken
            count -= taken * repeated
            if need:
                break
            if price <= amount * scale:
                return gain // scale, times - left, used
            gain += (price - amount * scale) * repeated
            left -= repeated
            for place_of, number in pending:
                used[place_of] += number * repeated * PIECE
            pending, price, need = [], 0, pieces
    return gain // scale, times - left, used


def _cheap(end: int, buy: int, cheapest: int) -> int:
    """How many of the first ``end`` pieces are among the cheapest of their group."""
    return end // buy * cheapest + max(0, end % buy - (buy - cheapest))
