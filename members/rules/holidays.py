"""Named days of the Gregorian and of the Chinese lunar calendar, as shops in China keep them."""

import datetime as dt
from collections.abc import Callable

from borax.calendars.lunardate import LunarDate, TermUtils

FIRST_YEAR, LAST_YEAR = 1901, 2100  # what the tables of the lunar calendar cover
TOMB_SWEEPING, WINTER_SOLSTICE = (
    6,
    23,
)  # among the 24 solar terms, which begin with the lesser cold in January


def _gregorian(month: int, day: int) -> Callable[[int], dt.date]:
    return lambda year: dt.date(year, month, day)


def _lunar(month: int, day: int) -> Callable[[int], dt.date]:
    return lambda year: LunarDate(year, month, day).to_solar_date()


def _term(number: int) -> Callable[[int], dt.date]:
    return lambda year: TermUtils.nth_term_day(year, number)


DAYS: dict[str, Callable[[int], dt.date]] = {
    "new_year": _gregorian(1, 1),
    "new_years_eve_lunar": lambda year: _lunar(1, 1)(year) - dt.timedelta(days=1),
    "spring_festival": _lunar(1, 1),
    "lantern": _lunar(1, 15),
    "valentine": _gregorian(2, 14),
    "womens_day": _gregorian(3, 8),
    "qingming": _term(TOMB_SWEEPING),
    "labour_day": _gregorian(5, 1),
    "childrens_day": _gregorian(6, 1),
    "dragon_boat": _lunar(5, 5),
    "shopping_618": _gregorian(6, 18),
    "qixi": _lunar(7, 7),
    "mid_autumn": _lunar(8, 15),
    "national_day": _gregorian(10, 1),
    "double_ninth": _lunar(9, 9),
    "double_eleven": _gregorian(11, 11),
    "double_twelve": _gregorian(12, 12),
    "winter_solstice": _term(WINTER_SOLSTICE),
    "christmas": _gregorian(12, 25),
}
CODES = tuple(DAYS)


class UnknownHoliday(LookupError):
    """No holiday has this code."""


def day(code: str, year: int) -> dt.date | None:
    """Its date in that Gregorian year; None outside the years that the tables cover. Raises UnknownHoliday."""
    if code not in DAYS:
        raise UnknownHoliday(code)
    return DAYS[code](year) if FIRST_YEAR <= year <= LAST_YEAR else None
