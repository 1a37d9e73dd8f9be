"""The real value of a customer: what he paid, what he is expected to pay, and what the people are worth whom he brought.

A sum of other number tags, so each part stays to be seen with its own formula and date (the panel “Real value” on a
member's page). A part that is not known counts as nothing; who has no part at all has no value.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build, join
from tags.models_of import everyone

CODE = "real_value"
VERSION = "1"
SHAPE = "number"
SORT = "score"
VALUES = ()
FORMULA = gettext_noop("Transactional value + lifetime value (CLV) + network value.")

PARTS = ("transactional_value", "clv", "network_value")

# The array's slot of a tag is found by its code; a part whose tag is not approved is not counted.
NUMBER = 'm."numbers"[(SELECT t.slot FROM tags_tag t WHERE t.code = {code} AND t.status = {approved})]'
ROWS = "SELECT m.member_id, {total} AS number FROM tags_membertags m WHERE TRUE{terms}"


@dataclass(frozen=True)
class RealValue:
    """``parts``: codes of number tags in one currency."""

    parts: tuple[str, ...] = PARTS

    def signals(self) -> set[str]:
        """None of its own: what the parts need."""
        return set()

    def sources(self) -> tuple:
        return ()

    def needs(self) -> set[str]:
        """The tags that are computed first."""
        return set(self.parts)

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        numbers = [build(NUMBER, code=code, approved="approved") for code in self.parts]
        known = build("num_nonnulls({numbers}) > 0", numbers=join(numbers, ", "))
        total = join([build("coalesce({number}, 0)", number=number) for number in numbers], " + ")
        terms = also([known, setting.only(Sql("m.member_id"))])
        here = everyone.here(setting, Sql("m.member_id"))
        return build(ROWS, total=total, terms=join([terms, here], ""))


def parse(parameters: object, place: str = "parameters") -> RealValue:
    """``{"parts": ["transactional_value", "clv", "network_value"]}``; may be left out."""
    fields = reading.mapping(parameters, place, optional=["parts"])
    return RealValue(
        reading.many(fields.get("parts", list(PARTS)), reading.inside(place, "parts"), reading.text)
    )
