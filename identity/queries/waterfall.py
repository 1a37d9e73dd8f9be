"""The evidence of a scored pair as a waterfall of match weights: from the prior, field by field, to the posterior.

Weights are bits (log2 of a Bayes factor, Fellegi and Sunter 1969); probability = 2^w / (1 + 2^w).
"""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Step:
    """One bar, from ``start`` to ``end`` in bits; ``x`` and ``width`` place it on a scale of 0 to 100."""

    field: str
    level: str
    left: object
    right: object
    weight: float
    start: float
    end: float
    x: float = 0.0
    width: float = 0.0

    @property
    def size(self) -> float:
        return abs(self.weight)

    @property
    def supports(self) -> bool:
        return self.weight >= 0


@dataclasses.dataclass(frozen=True)
class Waterfall:
    steps: list[Step]
    zero: float
    posterior: float
    probability: float


def draw(*, evidence: Mapping) -> Waterfall | None:
    """The bars of ``{"prior": bits, "fields": [{"field", "level", "left", "right", "weight"}]}``; None without
    fields."""
    fields = evidence.get("fields") or []
    if not fields:
        return None
    steps = _steps(float(evidence.get("prior") or 0), fields)
    low = min(0.0, *(min(step.start, step.end) for step in steps))
    high = max(0.0, *(max(step.start, step.end) for step in steps))
    scale = 100 / ((high - low) or 1)
    placed = [
        dataclasses.replace(
            step, x=(min(step.start, step.end) - low) * scale, width=abs(step.end - step.start) * scale
        )
        for step in steps
    ]
    posterior = steps[-1].end
    return Waterfall(placed, min(100.0, -low * scale), posterior, probability(posterior))


def probability(bits: float) -> float:
    """The chance that a match weight in bits stands for."""
    if bits > 500:
        return 1.0
    odds = 2.0**bits
    return odds / (1 + odds)


def _steps(prior: float, fields: list) -> list[Step]:
    steps = [Step("prior", "", None, None, prior, 0.0, prior)]
    for field in fields:
        start, weight = steps[-1].end, float(field.get("weight") or 0)
        steps.append(
            Step(
                field=str(field.get("field", "")), level=str(field.get("level", "")),
                left=field.get("left"), right=field.get("right"),
                weight=weight, start=start, end=start + weight,
            )
        )  # fmt: skip
    return steps
