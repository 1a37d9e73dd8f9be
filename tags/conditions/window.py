"""When the facts of a leaf happened: ``"ever"``, ``{"days": 90}`` or ``{"from": "2026-01-01", "to": "2026-01-31"}``.

Whole days of the project's time zone, so that a condition gives the same answer all day long: the last 90 days are
the as-of day and the 90 before it (recency up to 90). From and to are both included; either may be left out.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tags.conditions import moments, reading
from tags.conditions.faults import Fault
from tags.conditions.sql import Sql, also, build

MOST_DAYS = 36_500


@dataclass(frozen=True)
class Window:
    days: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def terms(self, column: Sql, as_of: dt.datetime) -> Sql:
        """`` AND column …``: inside the window and not after ``as_of``."""
        until = moments.start_of(self.last + moments.DAY) if self.last else None
        return also(
            [
                build("{column} <= {as_of}", column=column, as_of=as_of),
                build("{column} < {until}", column=column, until=until) if until else Sql(),
                self._since(column, as_of),
            ]
        )

    def _since(self, column: Sql, as_of: dt.datetime) -> Sql:
        first = self.first
        if self.days is not None:
            first = moments.day_of(as_of) - dt.timedelta(days=self.days)
        return build("{column} >= {since}", column=column, since=moments.start_of(first)) if first else Sql()

    def describe(self) -> str:
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
        raise Fault(
            place, _("this is not a window"), _('Write "ever", {"days": 90} or {"from": …, "to": …}.')
        )
    fields = reading.mapping(value, place, optional=["days", "from", "to"])
    if "days" in fields:
        if len(fields) > 1:
            raise Fault(place, _("a window has either days or dates"), _("Leave out days, or from and to."))
        return Window(
            days=reading.integer(fields["days"], reading.inside(place, "days"), least=0, most=MOST_DAYS)
        )
    return _between(fields, place)


def _between(fields: dict, place: str) -> Window:
    dates = {name: reading.date(value, reading.inside(place, name)) for name, value in fields.items()}
    if not dates:
        raise Fault(place, _("this window is empty"), _('Give days, or from and to; or write "ever".'))
    window = Window(first=dates.get("from"), last=dates.get("to"))
    if window.first and window.last and window.first > window.last:
        raise Fault(
            reading.inside(place, "to"), _("the window ends before it begins"), _("Swap the two dates.")
        )
    return window
