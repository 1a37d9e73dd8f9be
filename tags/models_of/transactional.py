"""Transactional value: what a customer paid, less what came back to him.

Orders 199 and 300 and a return of 100 are worth 399. Which orders count is said in ``tags.conditions.purchases``; a
return whose sale was never seen lowers the value. Who never bought has none.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought
from tags.conditions.sql import Sql, build
from tags.conditions.window import EVER, Window
from tags.models_of import everyone

CODE = "transactional"
VERSION = "1"
SHAPE = "number"
SORT = "score"
FORMULA = gettext_noop(
    "Amounts paid for purchases, less what was refunded. An observed sum; nothing is estimated."
)
VALUES = ()

ROWS = """
SELECT s.member_id, (coalesce(s.amount, 0) + coalesce(s.unmatched, 0))::float8 AS number
FROM {bought} s WHERE s.orders > 0{here}"""


@dataclass(frozen=True)
class Transactional:
    window: Window = EVER

    def source(self) -> Bought:
        return Bought(Purchases(window=self.window), needs=("orders", "amount", "unmatched"))

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return (self.source(),)

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        return build(
            ROWS, bought=setting.table(self.source()), here=everyone.here(setting, Sql("s.member_id"))
        )


def parse(parameters: object, place: str = "parameters") -> Transactional:
    """``{"window": {"days": 365}}``; may be left out: ever."""
    fields = reading.mapping(parameters, place, optional=["window"])
    return Transactional(window.parse(fields.get("window"), reading.inside(place, "window")))
