"""The sign of the zodiac by the birthday, with the dates that are usual in China (阳历). No birthday, no sign."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.models_of import facts

CODE = "zodiac"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = (
    ("capricorn", gettext_noop("Capricorn"), "摩羯座"),
    ("sagittarius", gettext_noop("Sagittarius"), "射手座"),
    ("scorpio", gettext_noop("Scorpio"), "天蝎座"),
    ("libra", gettext_noop("Libra"), "天秤座"),
    ("virgo", gettext_noop("Virgo"), "处女座"),
    ("leo", gettext_noop("Leo"), "狮子座"),
    ("cancer", gettext_noop("Cancer"), "巨蟹座"),
    ("gemini", gettext_noop("Gemini"), "双子座"),
    ("taurus", gettext_noop("Taurus"), "金牛座"),
    ("aries", gettext_noop("Aries"), "白羊座"),
    ("pisces", gettext_noop("Pisces"), "双鱼座"),
    ("aquarius", gettext_noop("Aquarius"), "水瓶座"),
)
FORMULA = gettext_noop("The sign of month and day of birth; nothing where the birthday is not known.")
LAST_DAYS = (  # (the last month and day as month × 100 + day, sign), in the order of the year
    (119, "capricorn"), (218, "aquarius"), (320, "pisces"), (419, "aries"), (520, "taurus"), (621, "gemini"),
    (722, "cancer"), (822, "leo"), (922, "virgo"), (1023, "libra"), (1122, "scorpio"), (1221, "sagittarius"),
    (1231, "capricorn"),
)  # fmt: skip

WORDS = {code: chinese for code, _english, chinese in VALUES}
DAY = "(date_part('month', {birth_date}) * 100 + date_part('day', {birth_date}))::int"
SIGNS = """
SELECT p.member_id, CASE {cases} END
FROM members_memberprofile p CROSS JOIN LATERAL (
    SELECT {day}
) d (day)
WHERE p.birth_date IS NOT NULL{only}"""


def word(birth_date: dt.date | None) -> str:
    """狮子座, …: what a message calls the sign; empty where the birthday is not known."""
    if birth_date is None:
        return ""
    return WORDS[next(sign for last, sign in LAST_DAYS if birth_date.month * 100 + birth_date.day <= last)]


def called(birth_date: Sql) -> Sql:
    """The same of a column; NULL where the birthday is not known."""
    return build("CASE {cases} END", cases=_cases(build(DAY, birth_date=birth_date), WORDS))


def _cases(day: Sql, said: dict[str, str]) -> Sql:
    parts = [
        build("WHEN {day} <= {last} THEN {said}::text", day=day, last=last, said=said[sign])
        for last, sign in LAST_DAYS
    ]
    return join(parts, " ")


@dataclass(frozen=True)
class Zodiac:
    def signals(self) -> set[str]:
        return {"profile.birth_date"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        cases = _cases(Sql("d.day"), {sign: sign for sign in WORDS})
        day = build(DAY, birth_date=Sql("p.birth_date"))
        return build(SIGNS, cases=cases, day=day, only=facts.only(setting, Sql("p.member_id")))


def parse(parameters: object, place: str = "parameters") -> Zodiac:
    """Without parameters."""
    reading.mapping(parameters, place)
    return Zodiac()
