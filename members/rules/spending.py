"""How points of a book may pay for an order. Pure.

worth of p points = p × unit_value;   p ≥ at_least,   p a multiple of step,   worth ≤ most_share × order
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

AT_LEAST, STEP, SHARE = "at_least", "step", "share"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """``unit_value``: what one point pays, in the currency of the order; points in units of the book."""

    unit_value: Decimal
    most_share: Decimal = Decimal(1)
    at_least: Decimal = Decimal(0)
    step: Decimal = Decimal(1)


class Beyond(ValueError):
    """Points cannot pay so. ``bound`` is what was broken: at_least, step or share; ``most`` what the order allows."""

    def __init__(self, bound: str, most: Decimal) -> None:
        super().__init__(bound)
        self.bound, self.most = bound, most


def most(*, rule: Rule, order_amount: Decimal, have: Decimal | None = None) -> tuple[Decimal, Decimal]:
    """How many points may pay for the order, and what they pay; ``have``: how many there are (None: enough)."""
    steps = _steps(Fraction(order_amount) * Fraction(rule.most_share) / Fraction(rule.unit_value), rule)
    if have is not None:
        steps = min(steps, _steps(Fraction(have), rule))
    points = rule.step * max(steps, 0)
    if points < rule.at_least or not points:
        return Decimal(0), Decimal(0)
    return points, points * rule.unit_value


def check(*, rule: Rule, points: Decimal, order_amount: Decimal) -> None:
    """Raises Beyond."""
    allowed, _worth = most(rule=rule, order_amount=order_amount)
    if Fraction(points) * Fraction(rule.unit_value) > Fraction(order_amount) * Fraction(rule.most_share):
        raise Beyond(SHARE, allowed)
    if points < rule.at_least:
        raise Beyond(AT_LEAST, allowed)
    if Fraction(points) % Fraction(rule.step):
        raise Beyond(STEP, allowed)


def _steps(points: Fraction, rule: Rule) -> int:
    return points // Fraction(rule.step)
