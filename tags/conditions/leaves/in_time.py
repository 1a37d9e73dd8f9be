"""What is known of a person and changes with time alone: the age, whether the birthday is near, how long ago he was seen."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from tags.conditions import calendar, moments, reading, turning
from tags.conditions.comparison import Comparison
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sources import Source
from tags.conditions.sql import Sql, build
from tags.conditions.turning import Turn

OLDEST = 150
FARTHEST = 183

# The place of a birthday among the 366 days of a leap year.
OF_YEAR = """({days}::timestamptz[])[extract(doy FROM make_date(2000, extract(month FROM {born})::int,
                                                               extract(day FROM {born})::int))::int]"""
NEAR = "(extract(month FROM {born}) * 100 + extract(day FROM {born}))::int = ANY({days}::int[])"


@dataclass(frozen=True)
class Times(Source):
    """The moments of a profile from which time counts."""

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("birth_date", "date"), ("first_seen_at", "timestamptz"), ("last_seen_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("times",)

    def rows(self, setting: Setting) -> Sql:
        return build(
            "SELECT p.member_id, p.birth_date, p.first_seen_at, p.last_seen_at FROM members_memberprofile p"
            " WHERE {only}",
            only=setting.only(Sql("p.member_id")) or Sql("TRUE"),
        )


@dataclass(frozen=True)
class Near:
    """From so many days before the birthday to so many after it, both included."""

    before: int
    after: int

    def __str__(self) -> str:
        return _("%(before)d days before to %(after)d days after") % {
            "before": self.before,
            "after": self.after,
        }


def near(value: object, place: str) -> Near:
    fields = reading.mapping(value, place, optional=["before", "after"])
    if not fields:
        raise Fault(place, _("say how near the birthday is"), _('Write {"before": 7, "after": 0}.'))
    return Near(
        **{
            name: reading.integer(fields.get(name, 0), reading.inside(place, name), least=0, most=FARTHEST)
            for name in ("before", "after")
        }
    )


def celebrates(within: Near, born: Sql, today: dt.date) -> Sql:
    days = calendar.near(today, before=within.before, after=within.after)
    return build(NEAR, born=born, days=sorted(month * 100 + day for month, day in days))


def aged(compared: Comparison, born: Sql, today: dt.date) -> Sql:
    """An age as a range of birth dates, which the index on them serves."""
    if compared.op == "!=":
        return build("NOT ({same})", same=aged(Comparison("=", compared.value), born, today))
    youngest, oldest = _ages(compared)
    return build(
        "{born} > {after} AND {born} <= {until}",
        born=born,
        after=moments.years_before(today, oldest + 1),
        until=moments.years_before(today, youngest),
    )


def _ages(compared: Comparison) -> tuple[int, int]:
    """The youngest and the oldest that match."""
    value = compared.value
    if compared.op == "between":
        return value
    return {
        "=": (value, value),
        "<": (0, value - 1),
        "<=": (0, value),
        ">": (value + 1, OLDEST),
        ">=": (value, OLDEST),
    }[compared.op]


def next_birthday(born: Sql, as_of: dt.datetime) -> list[Turn]:
    return _looked_up(born, calendar.next_birthdays(moments.day_of(as_of)))


def next_near(within: Near, born: Sql, as_of: dt.datetime) -> list[Turn]:
    """When the birthday comes near, or is over."""
    today = moments.day_of(as_of)
    return _looked_up(born, calendar.next_changes(today, before=within.before, after=within.after))


def _looked_up(born: Sql, days: dict[tuple[int, int], dt.date]) -> list[Turn]:
    of_year = calendar.by_day_of_year(days)
    return [Turn(build(OF_YEAR, born=born, days=[day and moments.start_of(day) for day in of_year]))]


def reached(column: Sql, compared: Comparison, as_of: dt.datetime) -> list[Turn]:
    """When a moment is as many days ago as the comparison says; a date stays a date for ever."""
    return turning.days_later(column, turning.elapsed(compared.ages()), as_of)
