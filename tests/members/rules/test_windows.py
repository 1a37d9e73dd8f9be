"""When a plan holds: half-open instants, seasons and holidays in whole days of the company's zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import holidays
from members.rules.windows import Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = dt.timedelta(seconds=1)


def at(*parts) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=SHANGHAI)


def holds(moment: dt.datetime, **given) -> bool:
    return Window(**{"starts_at": at(2020, 1, 1)} | given).holds(moment, zone=SHANGHAI)


def test_the_first_instant_belongs_to_a_window_and_the_last_one_does_not():
    start, end, stop = at(2026, 6, 1), at(2026, 7, 1), at(2026, 6, 20, 12)
    during = {"starts_at": start, "ends_at": end}
    assert not holds(start - SECOND, **during)
    assert holds(start, **during)
    assert holds(end - SECOND, **during)
    assert not holds(end, **during)
    assert holds(stop - SECOND, **during, stopped_at=stop)
    assert not holds(stop, **during, stopped_at=stop)


def test_a_season_is_whole_days_of_the_company_s_zone():
    summer = {"calendar": "season", "season_from": "06-01", "season_to": "08-31"}
    for year in (2025, 2026):
        assert not holds(at(year, 6, 1) - SECOND, **summer)
        assert holds(at(year, 6, 1), **summer)
        assert holds(at(year, 9, 1) - SECOND, **summer)
        assert not holds(at(year, 9, 1), **summer)
    assert holds(dt.datetime(2026, 5, 31, 16, tzinfo=dt.UTC), **summer)
    assert not holds(dt.datetime(2026, 8, 31, 16, tzinfo=dt.UTC), **summer)


def test_a_season_may_wrap_the_year_and_end_on_a_leap_day():
    winter = {"calendar": "season", "season_from": "12-01", "season_to": "02-29"}
    found = [
        holds(at(*day), **winter) for day in ((2023, 11, 30), (2023, 12, 1), (2024, 1, 1), (2024, 2, 29))
    ]
    assert found == [False, True, True, True]
    assert holds(at(2025, 2, 28, 23, 59, 59), **winter)
    assert not holds(at(2025, 3, 1), **winter)
    from_leap_day = {"calendar": "season", "season_from": "02-29", "season_to": "03-10"}
    assert holds(at(2025, 2, 28), **from_leap_day)
    assert not holds(at(2024, 2, 28), **from_leap_day)


@given(st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2090, 1, 1)))
def test_a_season_and_the_rest_of_the_year_are_the_whole_year(moment):
    moment = moment.replace(tzinfo=SHANGHAI)
    season = holds(moment, calendar="season", season_from="11-05", season_to="02-09")
    rest = holds(moment, calendar="season", season_from="02-10", season_to="11-04")
    assert season != rest


# Dates as published by the State Council and the Hong Kong Observatory.
KNOWN = {
    "mid_autumn": [(2024, 9, 17), (2025, 10, 6), (2026, 9, 25)],
    "spring_festival": [(2024, 2, 10), (2025, 1, 29), (2026, 2, 17)],
    "new_years_eve_lunar": [(2025, 1, 28), (2026, 2, 16)],
    "lantern": [(2024, 2, 24), (2025, 2, 12)],
    "dragon_boat": [(2023, 6, 22), (2024, 6, 10), (2025, 5, 31)],
    "qixi": [(2024, 8, 10), (2025, 8, 29)],
    "double_ninth": [(2024, 10, 11), (2025, 10, 29)],
    "qingming": [(2024, 4, 4), (2025, 4, 4), (2026, 4, 5), (2023, 4, 5)],
    "winter_solstice": [(2024, 12, 21), (2023, 12, 22)],
    "shopping_618": [(2026, 6, 18)],
    "double_eleven": [(2026, 11, 11)],
}


@pytest.mark.parametrize(("code", "date"), [(code, date) for code in KNOWN for date in KNOWN[code]])
def test_holidays_fall_on_their_published_dates(code, date):
    assert holidays.day(code, date[0]) == dt.date(*date)


@pytest.mark.parametrize("code", holidays.CODES)
def test_each_holiday_has_a_day_in_each_year_of_the_tables_and_none_beyond(code):
    assert all(holidays.day(code, year).year == year for year in range(1901, 2101))
    assert holidays.day(code, 1900) is None
    assert holidays.day(code, 2101) is None


def test_an_unknown_holiday_is_refused():
    with pytest.raises(holidays.UnknownHoliday):
        holidays.day("nobodys_day", 2026)


@pytest.mark.requirement("MEM-026")
def test_a_mid_autumn_plan_holds_on_the_right_gregorian_date_in_two_years():
    plan = {"calendar": "holiday", "holiday": "mid_autumn"}
    assert holds(at(2024, 9, 17), **plan)
    assert holds(at(2025, 10, 6, 23, 59, 59), **plan)
    others = [(2024, 9, 16, 23, 59, 59), (2024, 9, 18), (2025, 9, 17), (2025, 10, 5), (2025, 10, 7)]
    assert not any(holds(at(*day), **plan) for day in others)


def test_days_around_new_year_reach_over_the_year():
    plan = {"calendar": "holiday", "holiday": "new_year", "days_before": 3, "days_after": 2}
    days = [
        at(2025, 12, 28),
        at(2025, 12, 29),
        at(2025, 12, 31),
        at(2026, 1, 1),
        at(2026, 1, 3),
        at(2026, 1, 4),
    ]
    assert [holds(day, **plan) for day in days] == [False, True, True, True, True, False]
    christmas = {"calendar": "holiday", "holiday": "christmas", "days_after": 10}
    assert holds(at(2026, 1, 4), **christmas)
    assert not holds(at(2026, 1, 5), **christmas)
