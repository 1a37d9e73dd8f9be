"""Loyalty in five levels: the score of ``loyalty`` against the bounds 20, 40, 60 and 80, each included in its level.

A score of 78 is level 4, high; 40 is level 3, medium.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import bands, loyalty
from tags.models_of.loyalty import Loyalty

CODE = "loyalty"
VERSION = "1"
SHAPE = "one"
SORT = "layer"
FORMULA = gettext_noop(
    "The loyalty score (40 · orders of a year + 30 · days as a buyer + 20 · interactions + 10 · invitations, each up to its"
    " full mark) against the bounds 20, 40, 60 and 80, the lower bound included."
)
VALUES = (
    ("very_low", gettext_noop("Level 1, very low"), "1 级 很低"),
    ("low", gettext_noop("Level 2, low"), "2 级 低"),
    ("medium", gettext_noop("Level 3, medium"), "3 级 中"),
    ("high", gettext_noop("Level 4, high"), "4 级 高"),
    ("very_high", gettext_noop("Level 5, very high"), "5 级 很高"),
)
CODES = tuple(code for code, _english, _chinese in VALUES)
BOUNDS = (Decimal(20), Decimal(40), Decimal(60), Decimal(80))

USUAL = Loyalty()

ROWS = "SELECT l.member_id, {code} AS code FROM ({scores}) l"


@dataclass(frozen=True)
class Levels:
    score: Loyalty = USUAL
    bounds: tuple[Decimal, ...] = BOUNDS

    def signals(self) -> set[str]:
        return self.score.signals()

    def sources(self) -> tuple:
        return self.score.sources()

    def told(self, _fitted: dict | None = None) -> dict[str, str]:
        return bands.told(self.bounds, CODES, unit=_("points"))

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        code = bands.code_of(Sql("l.number"), self.bounds, CODES)
        return build(ROWS, code=code, scores=self.score.rows(setting))


def parse(parameters: object, place: str = "parameters") -> Levels:
    """``{"bounds": [20, 40, 60, 80], "weights": {…}, "full": {…}}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["bounds", "weights", "full"])
    usual = [int(bound) for bound in BOUNDS]
    bounds = bands.parse(fields.get("bounds", usual), reading.inside(place, "bounds"), count=len(BOUNDS))
    return Levels(loyalty.from_fields(fields, place), bounds)
