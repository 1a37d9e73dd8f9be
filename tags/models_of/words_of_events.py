"""Words that events say: the activities that somebody joined, the rooms he watched, the surveys he answered.

Each different value of one property of these events within the window, said at least ``least`` times, is a value.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.window import EVER, Window
from tags.models_of import facts

CODE = "words_of_events"
VERSION = "1"
SHAPE = "several"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop(
    "Each different value of a property of the events, said often enough within the window."
)

SAID = """
SELECT member_id, word FROM ({facts}) f WHERE word <> '' AND length(word) <= 100
GROUP BY member_id, word HAVING count(*) >= {least}"""


@dataclass(frozen=True)
class WordsOfEvents:
    events: tuple[str, ...]
    property: str
    window: Window = EVER
    least: int = 1

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in self.events}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        said = facts.events(
            setting,
            names=self.events,
            window=self.window,
            columns=build("e.properties ->> {name}::text AS word", name=self.property),
        )
        return build(SAID, facts=said, least=self.least)


def parse(parameters: object, place: str = "parameters") -> WordsOfEvents:
    """``{"events": ["activity_joined"], "property": "activity", "window": {"days": 365}, "least": 1}``."""
    fields = reading.mapping(parameters, place, required=["events", "property"], optional=["window", "least"])
    return WordsOfEvents(
        events=facts.texts(fields, "events", place, default=()),
        property=reading.text(fields["property"], reading.inside(place, "property")),
        window=window.parse(fields.get("window"), reading.inside(place, "window")),
        least=facts.number(fields, "least", place, default=1),
    )
