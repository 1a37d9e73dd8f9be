"""The province that a Chinese telephone number was given out in: by the segment of a mobile, the area code of a landline.

The table says of every first seven digits of a national number which province they belong to, as runs: where one starts,
and whose it is. It is made of the data of Google's libphonenumber (Apache 2.0) by ``manage.py write_phone_segments``
(ADR 045): whole, they would take 100 MB of a process.
"""

import zlib
from array import array
from bisect import bisect_right
from functools import cache
from pathlib import Path

from members.provinces import PROVINCES

TABLE = Path(__file__).with_name("segments.bin")
DIGITS = 7


def province(number: str) -> str:
    """Of an E.164 number; "" of a number abroad, and where the table knows none."""
    national = number.removeprefix("+86")
    if national == number or len(national) < DIGITS or not (national.isascii() and national.isdecimal()):
        return ""
    starts, places = table()
    place = places[bisect_right(starts, int(national[:DIGITS])) - 1]
    return PROVINCES[place - 1] if place else ""


@cache
def table() -> tuple[array, bytes]:
    """The first number of each run, ascending from 0; whose it is, 0 of nobody's, n + 1 of ``PROVINCES[n]``."""
    raw = zlib.decompress(TABLE.read_bytes())
    runs = len(raw) // 4
    starts = array("I", (int.from_bytes(raw[3 * at : 3 * at + 3], "big") for at in range(runs)))
    return starts, raw[3 * runs :]


def packed(runs: list[tuple[int, int]]) -> bytes:
    """What ``table`` reads, of (first number, place)."""
    starts = b"".join(start.to_bytes(3, "big") for start, _place in runs)
    return zlib.compress(starts + bytes(place for _start, place in runs), 9)
