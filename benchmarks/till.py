"""The till through its doors: gunicorn with 2 workers, 8 tills over HTTP, 200 live offers; beside pgbench's TPC-B, and again
when there are many past sales."""

import datetime as dt
import os

from django.utils import timezone

from benchmarks import till_house, till_load, till_past, tills
from benchmarks.measures import Measure, at_least, at_most, shown, times_at_least, times_at_most
from benchmarks.till_house import House
from benchmarks.till_load import Load

MEMBERS, MOST, FEW = 1_000_000, 10_000_000, 10_000
QUOTES, COMMITS = {"quote": 1}, {"commit": 1}
MIXED = {"quote": 12, "commit": 7, "return": 1}
FLAT = 1.5  # so much longer may a median take where there are many past sales


def run(*, scale: float) -> list[Measure]:
    now = timezone.now()
    members, most = max(2_000, int(MEMBERS * scale)), max(2 * FEW, int(MOST * scale))
    house = till_house.build(members=members, now=now)
    told = {"members": members, "channel": house.channel, "until": now - dt.timedelta(days=1)}
    till_past.sales(first=1, last=FEW, **told)
    with till_load.server() as address:
        few = [till_load.measured(address=address, house=house, mix=mix) for mix in (QUOTES, COMMITS)]
    till_past.sales(first=FEW + 1, last=most, **told)
    with till_load.server() as address:
        return _many(address, house, few, most)


def _many(address: tuple[str, int], house: House, few: list[dict[str, Load]], sales: int) -> list[Measure]:
    found: list[dict[str, Load]] = []

    def committing() -> float:
        found.append(till_load.measured(address=address, house=house, mix=COMMITS))
        return found[-1]["commit"].rate

    [(rate, tpc_b)] = tills.beside_tpc_b(url=os.environ["DATABASE_URL"], works=[committing])
    quotes = till_load.measured(address=address, house=house, mix=QUOTES)["quote"]
    mixed = till_load.measured(address=address, house=house, mix=MIXED)
    return [
        *_told("quotes", quotes, 30),
        shown("quotes in a second", quotes.rate, "/s"),
        *_told("commits", commits := found[0]["commit"], 50),
        at_least("commits in a second", rate, "/s", 300),
        times_at_least("the same beside TPC-B", rate, "/s", 0.05, yardstick=tpc_b),
        *_flat(few, quotes, commits, sales),
        *_together(mixed),
    ]


def _told(what: str, load: Load, limit: float) -> list[Measure]:
    return [
        shown(f"{what} at 8 tills, median", load.median, "ms"),
        at_most("the same, 95 of 100", load.of_100(95), "ms", limit),
    ]


def _flat(few: list[dict[str, Load]], quotes: Load, commits: Load, sales: int) -> list[Measure]:
    told = {"quote": (few[0]["quote"], quotes), "commit": (few[1]["commit"], commits)}
    return [
        times_at_most(
            f"{verb} of {sales:,} past sales beside {FEW:,}, median",
            many.median,
            "ms",
            FLAT,
            yardstick=less.median,
        )
        for verb, (less, many) in told.items()
    ]


def _together(mixed: dict[str, Load]) -> list[Measure]:
    parts = " : ".join(f"{part} {verb}s" for verb, part in MIXED.items())
    rate = sum(load.rate for load in mixed.values())
    return [
        shown(f"{parts}, all together", rate, "/s"),
        *(shown(f"of it {verb}s, 95 of 100", load.of_100(95), "ms") for verb, load in mixed.items()),
    ]
