"""Intake of mixed records by `manage.py ingest`: rate, rate at the end, memory, and against COPY."""

import itertools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from django.db import connection

from benchmarks import copying, house, makers
from benchmarks.measures import Measure, at_least, at_most, times_at_most

FULL = 1_000_000
TENTH = 10
PAUSE = 0.1
MEMORY_EVERY = 10
MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


def run(*, scale: float) -> list[Measure]:
    count = max(1_000, int(FULL * scale))
    house.build(channels=makers.CHANNELS, stores=makers.STORES)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "records.jsonl"
        makers.write(path=path, count=count)
        timeline, memory = _ingest(path=path, count=count)
        seconds = timeline[-1][0]
        part = count // TENTH
        first = part / _reached(timeline, part)
        last = part / (seconds - _reached(timeline, count - part))
        return [
            at_least(f"ingest of {count:,} records", count / seconds, "records/s", 5_000),
            times_at_most(
                "ingest against COPY of the same rows",
                seconds,
                "s",
                4.0,
                yardstick=copying.seconds_to_copy_back(folder=Path(place)),
            ),
            at_least("rate of the last tenth against the first", last / first, "×", 0.8),
            at_most("peak memory of ingest", memory, "MB", 300),
        ]


def _ingest(*, path: Path, count: int) -> tuple[list[tuple[float, int]], float]:
    """[(seconds, records done)…] and the most memory in MB that it and its writers held at a time."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, str(MANAGE), "ingest", str(path)], stdout=subprocess.DEVNULL)
    timeline, memory = [(0.0, 0)], [0.0]
    while True:
        ended = process.poll() is not None
        if done := _done():
            timeline.append((time.perf_counter() - begun, done))
        if ended:
            break
        if len(timeline) % MEMORY_EVERY == 0:
            memory.append(_memory(process.pid))
        time.sleep(PAUSE)
    if process.returncode:
        raise RuntimeError(f"manage.py ingest ended with status {process.returncode}")
    if timeline[-1][1] != count:
        raise RuntimeError(f"{timeline[-1][1]:,} of {count:,} records have a verdict")
    return timeline, max(memory)


def _memory(pid: int) -> float:
    """MB held by a process and its children; what several of them share is counted once (where the system tells)."""
    try:
        process = psutil.Process(pid)
        held = [each.memory_full_info() for each in (process, *process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(getattr(each, "pss", each.rss) for each in held) / 2**20


def _done() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(verdict.value::bigint), 0)"
            " FROM identity_ingestrun, jsonb_each_text(verdicts) AS verdict"
        )
        return int(cursor.fetchone()[0])


def _reached(timeline: list[tuple[float, int]], count: int) -> float:
    """Seconds after which `count` records were done, between two looks by straight line."""
    for (before, done), (after, more) in itertools.pairwise(timeline):
        if more >= count:
            return before + (after - before) * (count - done) / max(1, more - done)
    return timeline[-1][0]
