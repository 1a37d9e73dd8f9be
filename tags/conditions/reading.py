"""Reads JSON values and says where one is not what it must be. Every function takes the value and its place."""

import datetime as dt
import math
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from tags.conditions.faults import Fault, unknown

LONGEST_TEXT = 300
LONGEST_LIST = 1_000
LARGEST_NUMBER = Decimal(10) ** 14
FINEST, LONGEST_NUMBER = 30, 60  # digits after the point; characters of one written as text
EARLIEST, LATEST = dt.date(1800, 1, 1), dt.date(2200, 1, 1)


def mapping(value: object, place: str, *, required: Iterable[str] = (), optional: Iterable[str] = ()) -> dict:
    """An object with these fields only."""
    if not isinstance(value, dict):
        raise Fault(place, _("this must be an object"), _("Write {…} with the fields in it."))
    required, allowed = list(required), [*required, *optional]
    for key in value:
        if key not in allowed:
            raise unknown(inside(place, str(key)[:60]), _("the field"), key, allowed)
    for key in required:
        if key not in value:
            remedy = _("Add it; the fields are %(names)s.") % {"names": ", ".join(allowed)}
            raise Fault(place, _("the field “%(name)s” is missing") % {"name": key}, remedy)
    return value


def text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Fault(place, _("this must be a text"), _("Write it in quotation marks."))
    if len(value) > LONGEST_TEXT or "\x00" in value:
        raise Fault(
            place, _("this text cannot be stored anywhere"), _("At most 300 characters, none of them zero.")
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Fault(place, _("this text is broken (half a character)"), _("Type it again.")) from None
    return value


def flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise Fault(place, _("this must be yes or no"), _("Write true or false, without quotation marks."))
    return value


def integer(value: object, place: str, *, least: int = -(10**9), most: int = 10**9) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Fault(
            place, _("this must be a whole number"), _("Write it in digits, without quotation marks.")
        )
    if not least <= value <= most:
        remedy = _("Choose one from %(least)d to %(most)d.") % {"least": least, "most": most}
        raise Fault(place, _("this number is out of range"), remedy)
    return value


def decimal(value: object, place: str) -> Decimal:
    """A number, or a text of digits: money is written as text so that no cent is lost."""
    broken = Fault(place, _("this must be a number"), _('Write digits, such as 100 or "99.90".'))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise broken
    if isinstance(value, float) and not math.isfinite(value):
        raise broken
    if isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
        raise Fault(place, _("this number is too large"), _("Stay below 100,000,000,000,000."))
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise broken from None
    if not number.is_finite():
        raise broken
    if number.as_tuple().exponent < -FINEST or len(str(value)) > LONGEST_NUMBER:
        raise Fault(place, _("this number has too many digits"), _("At most 30 after the point."))
    if abs(number) >= LARGEST_NUMBER:
        raise Fault(place, _("this number is too large"), _("Stay below 100,000,000,000,000."))
    return number


def date(value: object, place: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Fault(place, _("this must be a date"), _('Write it like "2026-01-31".')) from None
    if not EARLIEST <= day <= LATEST:
        raise Fault(place, _("%(day)s is out of range") % {"day": day}, _("Choose a year from 1800 to 2199."))
    return day


def choice(value: object, place: str, known: Iterable[str], *, what: str) -> str:
    known = list(known)
    if not isinstance(value, str) or value not in known:
        raise unknown(place, what, value, known)
    return value


def many(value: object, place: str, read: Callable[[object, str], object]) -> tuple:
    """One value, or a list of them: always a tuple, without repetitions, in the order given."""
    if not isinstance(value, list):
        return (read(value, place),)
    if not value:
        raise Fault(place, _("this list is empty"), _("Name at least one, or leave the field out."))
    if len(value) > LONGEST_LIST:
        raise Fault(place, _("this list is too long"), _("Name at most 1,000; save an audience for more."))
    return tuple(dict.fromkeys(read(item, f"{place}[{number}]") for number, item in enumerate(value)))


def inside(place: str, field: str) -> str:
    return f"{place}.{field}" if place else field
