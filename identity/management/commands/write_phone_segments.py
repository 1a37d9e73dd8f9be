"""Write the table of telephone segments again, of the data of the installed phonenumbers. Needs about 200 MB once."""

from itertools import groupby

from django.core.management.base import BaseCommand
from phonenumbers.geodata import GEOCODE_DATA

from identity.cleaning import segments
from members.provinces import PROVINCES, known

CHINA = "86"


class Command(BaseCommand):
    help = "Write identity/cleaning/segments.bin of the data of the installed phonenumbers."

    def handle(self, **options):
        runs = runs_of(places())
        segments.TABLE.write_bytes(segments.packed(runs))
        self.stdout.write(f"{len(runs)} runs, {segments.TABLE.stat().st_size} bytes")


def places() -> dict[str, str]:
    """The first digits of national numbers → the province; the library writes "Jinan, Shandong" and "Beijing"."""
    return {
        prefix.removeprefix(CHINA): known(names["en"].rpartition(",")[2].strip())
        for prefix, names in GEOCODE_DATA.items()
        if prefix.startswith(CHINA)
    }


def runs_of(found: dict[str, str]) -> list[tuple[int, int]]:
    """(first number, place), a longer prefix before a shorter one."""
    held = bytearray(10**segments.DIGITS)
    for prefix, province in sorted(found.items(), key=lambda each: len(each[0])):
        width = 10 ** (segments.DIGITS - len(prefix))
        place = PROVINCES.index(province) + 1 if province else 0
        held[int(prefix) * width : (int(prefix) + 1) * width] = bytes([place]) * width
    runs, at = [], 0
    for place, group in groupby(held):
        runs.append((at, place))
        at += sum(1 for _each in group)
    return runs
