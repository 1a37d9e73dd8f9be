"""Age in full years, by the birthday; it changes on it. Who was born on 29 February is a year older on 1 March in common
years, as everywhere here. No birthday, no age."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import moments, reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import facts

CODE = "age"
VERSION = "1"
SHAPE = "number"
SORT = "score"
VALUES = ()
FORMULA = gettext_noop(
    "Full years since the birthday, by the project's calendar; nothing where the birthday is not known."
)
OLDEST = 150

YEARS = """
SELECT p.member_id, (date_part('year', {today}::date) - date_part('year', p.birth_date)
       - (to_char({today}::date, 'MMDD') < to_char(p.birth_date, 'MMDD'))::int)::float8
FROM members_memberprofile p
WHERE p.birth_date BETWEEN {today}::date - make_interval(years => {oldest}) AND {today}::date{only}"""


@dataclass(frozen=True)
class Age:
    def signals(self) -> set[str]:
        return {"profile.birth_date"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        only = facts.only(setting, Sql("p.member_id"))
        return build(YEARS, today=moments.day_of(setting.as_of), oldest=OLDEST, only=only)


def parse(parameters: object, place: str = "parameters") -> Age:
    """Without parameters."""
    reading.mapping(parameters, place)
    return Age()
