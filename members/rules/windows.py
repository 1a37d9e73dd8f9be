"""When a plan holds: from its start to its end or its stop, all the time, in a season or around a holiday."""

import calendar
import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from members.rules import holidays

ALWAYS, SEASON, HOLIDAY = "always", "season", "holiday"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Half-open: the first instant belongs to it, the end and the stop do not. Seasons and holidays are whole days of
    the company's time zone; both days of a season belong to it (``MM-DD``), and it may wrap the year."""

    starts_at: dt.datetime
    ends_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None
    calendar: str = ALWAYS
    season_from: str = ""
    season_to: str = ""
    holiday: str = ""
    days_before: int = 0
    days_after: int = 0

    def holds(self, at: dt.datetime, *, zone: ZoneInfo) -> bool:
        """Whether what happened at that instant falls under the plan. Raises holidays.UnknownHoliday."""
        if at < self.starts_at or any(
            end is not None and end <= at for end in (self.ends_at, self.stopped_at)
        ):
            return False
        if self.calendar == SEASON:
            return self._in_season(at.astimezone(zone).date())
        return self.calendar == ALWAYS or self._around_holiday(at.astimezone(zone).date())

    def _in_season(self, day: dt.date) -> bool:
        first, last = (_in_year(each, day.year) for each in (self.season_from, self.season_to))
        today = f"{day:%m-%d}"
        return first <= today <= last if first <= last else today >= first or today <= last

    def _around_holiday(self, day: dt.date) -> bool:
        """Days around a holiday of last year or of the next one may reach into this one."""
        named = (holidays.day(self.holiday, year) for year in (day.year - 1, day.year, day.year + 1))
        return any(-self.days_before <= (day - each).days <= self.days_after for each in named if each)


def _in_year(month_and_day: str, year: int) -> str:
    return "02-28" if month_and_day == "02-29" and not calendar.isleap(year) else month_and_day
