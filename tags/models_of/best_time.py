"""When somebody is most open: the hour, or the day of the week, at which most of his clicks, visits and purchases happen.

By the clock of the project's zone. It counts from ``least`` facts on, if at least the part ``share`` of them falls on that
hour or day and no other has as many; else there is no value.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading, window
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.window import Window
from tags.models_of import facts

CODE = "best_time"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop(
    "The hour (0 to 23) or day of the week (1: Monday) with the most answers and purchases, where it has its part of them."
)
PARTS = {"hour": "hour", "weekday": "isodow"}
EVENTS = ("link_clicked", "push_opened", "email_opened", "product_view", "add_to_cart", "open_app")

BEST = """
SELECT member_id, slot FROM (
    SELECT member_id, slot, facts, sum(facts) OVER w AS total, lead(facts) OVER (w ORDER BY facts DESC) AS next,
           row_number() OVER (w ORDER BY facts DESC) AS place
    FROM (SELECT member_id, date_part({part}, occurred_at AT TIME ZONE {zone})::int::text AS slot, count(*) AS facts
          FROM ({facts}) f GROUP BY 1, 2) s
    WINDOW w AS (PARTITION BY member_id)) r
WHERE place = 1 AND total >= {least} AND facts >= {share}::float8 * total AND facts > coalesce(next, 0)"""


@dataclass(frozen=True)
class BestTime:
    """``part``: "hour" or "weekday"."""

    part: str = "hour"
    events: tuple[str, ...] = EVENTS
    purchases: bool = True
    window: Window = facts.YEAR
    least: int = 5
    share: float = 0.3

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in self.events} | ({"orders"} if self.purchases else set())

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        happened = facts.events(setting, names=self.events, window=self.window, columns=Sql("e.occurred_at"))
        if self.purchases:
            bought = facts.orders(setting, window=self.window, columns=Sql("o.occurred_at"))
            happened = build("{events} UNION ALL {bought}", events=happened, bought=bought)
        return build(
            BEST,
            part=PARTS[self.part],
            zone=str(moments.zone()),
            facts=happened,
            least=self.least,
            share=self.share,
        )


def parse(parameters: object, place: str = "parameters") -> BestTime:
    """``{"part": "hour", "events": ["link_clicked"], "purchases": true, "least": 5, "share": 0.3}``; and ``window``."""
    fields = reading.mapping(
        parameters, place, optional=["part", "events", "purchases", "window", "least", "share"]
    )
    part = fields.get("part", "hour")
    return BestTime(
        part=reading.choice(part, reading.inside(place, "part"), PARTS, what=_("the part of time")),
        events=facts.texts(fields, "events", place, default=EVENTS),
        purchases=reading.flag(fields.get("purchases", True), reading.inside(place, "purchases")),
        window=window.parse(fields.get("window", {"days": 365}), reading.inside(place, "window")),
        least=facts.number(fields, "least", place, default=5),
        share=facts.share(fields, "share", place, default="0.3"),
    )
