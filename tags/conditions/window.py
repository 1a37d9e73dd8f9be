"""When the facts of a leaf happened: ``"ever"``, ``{"days": 90}``, ``{"hours": 48}``, ``"this month"`` or
``{"from": "2026-01-01", "to": "2026-01-31"}``.

Days are whole days of the project's time zone, so that a condition gives the same answer all day long: the last 90 days
are the as-of day and the 90 before it (recency up to 90). From and to are both included; either may be left out. Hours
are hours: the last 48 are counted back from the as-of moment. Weeks begin on Monday.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from tags.conditions import calendar, moments, reading, turning
from tags.conditions.faults import Fault, unknown
from tags.conditions.sql import NOTHING, Sql, also, build
from tags.conditions.turning import Turn

MOST_DAYS = 36_500
MOST_HOURS = 24 * 366
PERIODS = {
    "today": gettext_noop("today"), "yesterday": gettext_noop("yesterday"),
    "this week": gettext_noop("this week"), "last week": gettext_noop("last week"),
    "this month": gettext_noop("this month"), "last month": gettext_noop("last month"),
    "this year": gettext_noop("this year"), "last year": gettext_noop("last year"),
}  # fmt: skip


@dataclass(frozen=True)
class Window:
    days: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    hours: int | None = None
    period: str = ""

    def terms(self, column: Sql, as_of: dt.datetime) -> Sql:
        """`` AND column …``: inside the window and not after ``as_of``."""
        return also(self.tests(column, as_of))

    def tests(self, column: Sql, as_of: dt.datetime) -> list[Sql]:
        since, until = self.bounds(as_of)
        return [
            build("{column} <= {as_of}", column=column, as_of=as_of),
            build("{column} < {until}", column=column, until=until) if until else NOTHING,
            build("{column} >= {since}", column=column, since=since) if since else NOTHING,
        ]

    def bounds(self, as_of: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
        """The first moment inside, and the first after it; None: without bound."""
        if self.hours is not None:
            return as_of - dt.timedelta(hours=self.hours), None
        first, last = self.first, self.last
        if self.days is not None:
            first = moments.day_of(as_of) - dt.timedelta(days=self.days)
        if self.period:
            first, last = calendar.period(self.period, moments.day_of(as_of))
        return (
            moments.start_of(first) if first else None,
            moments.start_of(last + moments.DAY) if last else None,
        )

    @property
    def needed(self) -> tuple[str, ...]:
        """The column of a scan that tells when something leaves the window."""
        if self.days is not None:
            return ("leaves_at",)
        return ("first_at", "unmatched_at") if self.hours is not None else ()

    def turns_of(self, columns: Mapping[str, Sql], as_of: dt.datetime) -> list[Turn]:
        """As ``turns``, of the columns of a source, which may be a scan's."""
        if self.days is not None and "leaves_at" in columns:
            return [Turn(columns["leaves_at"], by_day=True)]
        firsts = [columns[name] for name in ("first_at", "unmatched_at") if name in columns]
        return [turn for first in firsts for turn in self.turns(first, as_of)]

    def turns(self, first: Sql, as_of: dt.datetime) -> list[Turn]:
        """When the oldest of the facts inside, of the moment ``first``, leaves the window."""
        if self.hours is not None:
            return turning.after(first, dt.timedelta(hours=self.hours), as_of)
        if self.days is not None:
            return turning.days_later(first, [self.days + 1], as_of)
        if self.period:
            return [self._next_period(as_of)]
        return []

    def _next_period(self, as_of: dt.datetime) -> Turn:
        """For everybody at once, also those without any fact inside: last month's facts come in with the next month."""
        _first, last = calendar.period(self.period.replace("last", "this"), moments.day_of(as_of))
        if self.period == "yesterday":
            last = moments.day_of(as_of)
        return Turn(build("{at}::timestamptz", at=moments.start_of(last + moments.DAY)))

    def describe(self) -> str:
        if self.period:
            return _(PERIODS[self.period])
        if self.hours is not None:
            return ngettext("in the last %(n)d hour", "in the last %(n)d hours", self.hours) % {
                "n": self.hours
            }
        if self.days is not None:
            return ngettext("in the last %(n)d day", "in the last %(n)d days", self.days) % {"n": self.days}
        if self.first and self.last:
            return _("from %(first)s to %(last)s") % {"first": self.first, "last": self.last}
        if self.first:
            return _("since %(first)s") % {"first": self.first}
        return _("until %(last)s") % {"last": self.last} if self.last else ""


EVER = Window()


def parse(value: object, place: str) -> Window:
    if value in (None, "ever"):
        return EVER
    if isinstance(value, str):
        return _period(value, place)
    fields = reading.mapping(value, place, optional=["days", "hours", "from", "to"])
    for name, most in (("days", MOST_DAYS), ("hours", MOST_HOURS)):
        if name not in fields:
            continue
        if len(fields) > 1:
            raise Fault(
                place,
                _("a window has either days or dates or hours"),
                _("Leave out all but days, or hours, or from and to."),
            )
        return Window(
            **{name: reading.integer(fields[name], reading.inside(place, name), least=0, most=most)}
        )
    return _between(fields, place)


def _period(value: str, place: str) -> Window:
    if value not in PERIODS:
        fault = unknown(place, _("the window"), value, ["ever", *PERIODS])
        remedy = _('Or write {"days": 90}, {"hours": 48} or {"from": …, "to": …}.')
        raise Fault(place, fault.problem, f"{fault.remedy} {remedy}")
    return Window(period=value)


def _between(fields: dict, place: str) -> Window:
    dates = {name: reading.date(value, reading.inside(place, name)) for name, value in fields.items()}
    if not dates:
        raise Fault(place, _("this window is empty"), _('Give days, hours, or from and to; or write "ever".'))
    window = Window(first=dates.get("from"), last=dates.get("to"))
    if window.first and window.last and window.first > window.last:
        raise Fault(
            reading.inside(place, "to"), _("the window ends before it begins"), _("Swap the two dates.")
        )
    return window
