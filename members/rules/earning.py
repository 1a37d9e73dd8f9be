"""What a sale earns under a long plan and the short plans on top of it. Pure: plans, sale and tier come as they are.

For goods of the sale G = amount − shipping and its lines l₁ … lₙ, the base of a line is what was paid for it and kept:

    bᵢ = lᵢ × G ÷ Σ l − what was refunded of it         (never below 0)

and what was refunded of no line, or of a line beyond its base, lessens all bases in proportion, so that
Σ b = max(0, G − all refunds). In each book a line earns ``rate × bᵢ`` by the first rule, in the order of their
positions, that it matches; the ``fixed`` amount of a rule is earned once if it matches a line with anything kept, and a
rule that gives nothing but such an amount leaves the lines to the others. Both times the multiplier of the tier where the rule says so. A short plan's rule with ``times`` earns (times − 1) × what
the long plan's rates gave for the matching lines. All is added exactly and rounded once for each plan and book.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

DOWN, HALF_UP = "down", "half_up"
MOST = 10**15  # steps that one order may earn in one book


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    amount: Decimal
    sku: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """``number``: the line it is for; None: it names none."""

    number: int | None
    amount: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Sale:
    """``organizations``: codes of the order's node and of those above it."""

    channel: str
    organizations: frozenset[str]
    currency: str
    amount: Decimal
    shipping: Decimal = Decimal(0)
    lines: tuple[Line, ...] = ()
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of a plan. ``rate`` units for each unit of the currency, ``fixed`` units an order, ``times`` what the long
    plan gave; ``scale``: decimals of the book. Empty ``skus`` and ``categories``: all goods; empty ``channels``,
    ``organizations`` or ``tiers``: everywhere, everybody. ``at_least``: of the goods that were kept."""

    position: int
    book: int
    scale: int
    currency: str
    rate: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    times: Decimal | None = None
    multiplied: bool = True
    rounding: str = DOWN
    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    at_least: Decimal | None = None

    def is_for(self, sale: Sale, tier: "Tier | None", kept: Fraction) -> bool:
        return (
            self.currency == sale.currency
            and (not self.channels or sale.channel in self.channels)
            and (not self.organizations or not self.organizations.isdisjoint(sale.organizations))
            and (not self.tiers or (tier is not None and tier.code in self.tiers))
            and (self.at_least is None or kept >= self.at_least)
        )

    def takes(self, line: Line) -> bool:
        everything = not self.skus and not self.categories
        return everything or line.sku in self.skus or line.category in self.categories

    def is_only_fixed(self) -> bool:
        return bool(self.fixed) and not self.rate and self.times is None


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one plan, in the order of their positions. ``multipliers``: {tier: times}, of a long plan."""

    plan: int
    rules: tuple[Rule, ...]
    multipliers: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tier:
    id: int
    code: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one line (None: the order as a whole) earned by one rule, in units, before rounding."""

    line: int | None
    rule: int
    base: Fraction
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Due:
    """``steps`` of a book that a sale earns by one plan, and why."""

    plan: int
    book: int
    steps: int
    why: tuple[Part, ...]


def due(sale: Sale, *, long: Rules, shorts: Sequence[Rules] = (), tier: Tier | None = None) -> list[Due]:
    """What the sale earns, a row for each plan and book in which that is something."""
    lines = sale.lines if sum(line.amount for line in sale.lines) else (Line(0, Decimal(1)),)
    kept = bases(sale, lines)
    multiplier = long.multipliers.get(tier.id, 1) if tier else 1
    found, gave = [], {}
    for plan in (long, *shorts):
        for book, rules in _by_book(plan, sale, tier, sum(kept)).items():
            parts = tuple(_parts(rules, lines, kept, Fraction(multiplier), gave.get(book, {})))
            if plan is long:
                gave[book] = {part.line: part.amount for part in parts if part.line is not None}
            found.append(Due(plan.plan, book, _steps(parts, rules[0]), parts))
    return [each for each in found if each.steps]


def bases(sale: Sale, lines: Sequence[Line]) -> list[Fraction]:
    """What was paid for the goods of each line and not refunded, in the currency."""
    goods, total = sale.amount - sale.shipping, sum(line.amount for line in lines)
    share = Fraction(max(goods, Decimal(0))) / Fraction(total)
    left = [Fraction(line.amount) * share for line in lines]
    places = {line.number: place for place, line in enumerate(lines)}
    common = Fraction(0)
    for refund in sale.refunds:
        place = places.get(refund.number)
        if place is None:
            common += Fraction(refund.amount)
        else:
            left[place] -= Fraction(refund.amount)
    return _lessened(left, common) if sale.refunds else left


def _lessened(left: list[Fraction], common: Fraction) -> list[Fraction]:
    common += sum(-each for each in left if each < 0)
    left = [max(each, Fraction(0)) for each in left]
    there = sum(left)
    if not there or common >= there:
        return [Fraction(0)] * len(left)
    return [each * (there - common) / there for each in left] if common else left


def _by_book(plan: Rules, sale: Sale, tier: Tier | None, kept: Fraction) -> dict[int, list[Rule]]:
    """The rules of the plan that are for this sale."""
    found: dict[int, list[Rule]] = {}
    for rule in plan.rules:
        if rule.is_for(sale, tier, kept):
            found.setdefault(rule.book, []).append(rule)
    return found


def _parts(rules, lines, kept, multiplier, gave) -> Iterator[Part]:
    there = [(line, base) for line, base in zip(lines, kept, strict=True) if base]
    by_line = [rule for rule in rules if not rule.is_only_fixed()]
    for line, base in there:
        rule = next((each for each in by_line if each.takes(line)), None)
        if rule and (amount := _of_line(rule, base, multiplier, gave.get(line.number, Fraction(0)))):
            yield Part(line.number, rule.position, base, amount)
    for rule in rules:
        matching = sum(base for line, base in there if rule.takes(line)) if rule.fixed else 0
        if matching:
            yield Part(None, rule.position, matching, Fraction(rule.fixed) * _times(rule, multiplier))


def _of_line(rule: Rule, base: Fraction, multiplier: Fraction, gave: Fraction) -> Fraction:
    if rule.times is not None:
        return gave * (Fraction(rule.times) - 1)
    return base * Fraction(rule.rate) * _times(rule, multiplier)


def _times(rule: Rule, multiplier: Fraction) -> Fraction:
    return multiplier if rule.multiplied else Fraction(1)


def _steps(parts: Sequence[Part], rule: Rule) -> int:
    exact = min(sum((part.amount for part in parts), Fraction(0)) * 10**rule.scale, Fraction(MOST))
    return math.floor(exact) if rule.rounding == DOWN else math.floor(exact + Fraction(1, 2))
