"""Fixed habits: whose purchases come at regular intervals.

The coefficient of variation of the days between purchases (sample standard deviation ÷ mean) is below 0.5, and there were
at least four purchases (days with an order). Fewer tell nothing: no value.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import everyone
from tags.models_of.rhythm import Rhythm

CODE = "habits"
VERSION = "1"
SHAPE = "one"
SORT = "group"
FORMULA = gettext_noop(
    "Standard deviation of the days between purchases, divided by their mean: below 0.5 from at least four purchases is a"
    " habit. The coefficient of variation, K. Pearson 1896."
)
VALUES = (
    ("irregular", gettext_noop("Irregular"), "不规律"),
    ("habit", gettext_noop("Fixed habit"), "固定习惯"),
)
VARIATION = Decimal("0.5")
PURCHASES = 4

ROWS = """
SELECT s.member_id, CASE WHEN s.spread < {variation}::float8 * s.cycle THEN 'habit' ELSE 'irregular' END::text AS code
FROM {rhythm} s WHERE s.days >= {purchases}{here}"""


@dataclass(frozen=True)
class Habits:
    variation: Decimal = VARIATION
    purchases: int = PURCHASES

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return (Rhythm(),)

    def told(self, _fitted: dict | None = None) -> dict[str, str]:
        given = {"cv": f"{self.variation.normalize():f}", "count": self.purchases}
        return {
            "irregular": _("coefficient of variation from %(cv)s, at least %(count)d purchases") % given,
            "habit": _("coefficient of variation below %(cv)s, at least %(count)d purchases") % given,
        }

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        return build(
            ROWS,
            variation=self.variation,
            purchases=self.purchases,
            rhythm=setting.table(Rhythm()),
            here=everyone.here(setting, Sql("s.member_id")),
        )


def parse(parameters: object, place: str = "parameters") -> Habits:
    """``{"variation": 0.5, "purchases": 4}``; both may be left out."""
    fields = reading.mapping(parameters, place, optional=["variation", "purchases"])
    return Habits(
        variation=reading.decimal(
            fields.get("variation", str(VARIATION)), reading.inside(place, "variation")
        ),
        purchases=reading.integer(
            fields.get("purchases", PURCHASES), reading.inside(place, "purchases"), least=3, most=1_000
        ),
    )
