"""A rate in percent: how much of what could have happened did. Clicks of messages, activities joined of those invited to.

Without ``by`` events are counted; the rate is at most 100. With ``by``, the name of a property, its different values are:
an activity that somebody joined counts if he was invited to it, however often either was told. Who had fewer than
``least`` occasions has no rate: never invited is not 0 %.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.window import Window
from tags.models_of import facts

CODE = "rate"
VERSION = "1"
SHAPE = "number"
SORT = "score"
VALUES = ()
FORMULA = gettext_noop(
    "100 × what happened ÷ what could have happened, of the same person within the window; nothing below the fewest occasions."
)

COUNTED = """
SELECT member_id, least(100, 100.0 * count(*) FILTER (WHERE done) / count(*) FILTER (WHERE NOT done))::float8
FROM ({facts}) f GROUP BY member_id HAVING count(*) FILTER (WHERE NOT done) >= {least}"""

DISTINCT = """
SELECT member_id, (100.0 * count(*) FILTER (WHERE done) / count(*))::float8
FROM (SELECT member_id, key, bool_or(done) AS done FROM ({facts}) f
      WHERE key <> '' GROUP BY member_id, key HAVING bool_or(NOT done)) k
GROUP BY member_id HAVING count(*) >= {least}"""


@dataclass(frozen=True)
class Rate:
    """``done`` of ``occasions``: names of events. ``ways``: only by these touchpoints."""

    done: tuple[str, ...]
    occasions: tuple[str, ...]
    by: str = ""
    ways: tuple[str, ...] = ()
    window: Window = window.EVER
    least: int = 1

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in (*self.done, *self.occasions)}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        found = facts.events(
            setting,
            names=(*self.done, *self.occasions),
            window=self.window,
            columns=build(
                "e.name = ANY({done}) AS done, e.properties ->> {by}::text AS key",
                done=list(self.done),
                by=self.by,
            ),
            more=build("e.touchpoint = ANY({ways})", ways=list(self.ways)) if self.ways else Sql(),
        )
        return build(DISTINCT if self.by else COUNTED, facts=found, least=self.least)


def parse(parameters: object, place: str = "parameters") -> Rate:
    """``{"done": ["activity_joined"], "occasions": ["activity_invited"], "by": "activity", "least": 1}``; and ``ways``,
    ``window``."""
    fields = reading.mapping(
        parameters, place, required=["done", "occasions"], optional=["by", "ways", "window", "least"]
    )
    return Rate(
        done=facts.texts(fields, "done", place, default=()),
        occasions=facts.texts(fields, "occasions", place, default=()),
        by=reading.text(fields["by"], reading.inside(place, "by")) if fields.get("by") else "",
        ways=facts.texts(fields, "ways", place, default=()),
        window=window.parse(fields.get("window"), reading.inside(place, "window")),
        least=facts.number(fields, "least", place, default=1),
    )
