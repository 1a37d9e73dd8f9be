"""Calendar dates as channels write them: 1984-05-06, 1984/5/6, 19840506, 1984年5月6日."""

import re
from datetime import date

EARLIEST = date(1900, 1, 1)
_written = re.compile(r"(\d{4})(?:-|/|\.|年)?(\d{1,2})(?:-|/|\.|月)?(\d{1,2})日?(?:[T ].*)?").fullmatch
_separated = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[T ].*)?|\d{8}").fullmatch


def parse(text: str) -> date | None:
    """The date, or None if it is not one. A time of day behind it is ignored."""
    text = text.strip()
    if len(text) == 10 and text[4] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    matched = _written(text) if len(text) < 40 and _separated(text) else None
    if not matched:
        return None
    try:
        return date(*map(int, matched.groups()))
    except ValueError:
        return None


def is_plausible(day: date, *, today: date) -> bool:
    return EARLIEST <= day <= today
