"""Amounts of a book are counted in whole steps: 12.50 of a book with two decimals are 1250."""

from decimal import Decimal, localcontext

MOST = 10**15  # steps that one posting may move; sums of a thousand such postings still fit


class Unfit(ValueError):
    """The amount cannot be moved in this book. The message says why."""


def steps(amount: Decimal | int, *, scale: int) -> int:
    """The amount in steps of 10 ** -scale. Raises Unfit for what falls between two steps, for floats and for too much."""
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
        raise Unfit(f"{amount!r} is not an exact amount: give a Decimal or a whole number.")
    amount = Decimal(amount)
    if not amount.is_finite():
        raise Unfit(f"{amount} is not an amount.")
    if abs(amount) > MOST:
        raise Unfit(f"{amount} is more than one posting may move.")
    with localcontext(prec=40):
        counted = amount.scaleb(scale)
        if counted != counted.to_integral_value():
            raise Unfit(f"{amount} has too many decimals: this book counts in steps of {unit(scale=scale)}.")
    if abs(counted) > MOST:
        raise Unfit(f"{amount} is more than one posting may move.")
    return int(counted)


def positive(amount: Decimal | int, *, scale: int) -> int:
    """`steps` of an amount above zero. Raises Unfit."""
    found = steps(amount, scale=scale)
    if found <= 0:
        raise Unfit(f"{amount} is not above zero.")
    return found


def shown(counted: int, *, scale: int) -> Decimal:
    return Decimal(counted).scaleb(-scale)


def unit(*, scale: int) -> Decimal:
    return Decimal(1).scaleb(-scale)
