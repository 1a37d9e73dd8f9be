"""Reads the story's files into the pool, by the same actions as `manage.py ingest`."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from identity.actions import runs
from identity.files import opening
from identity.models import IngestRun

Clock = Callable[[], dt.datetime]


def ingest(*, paths: Iterable[Path], clock: Clock, told: Callable[[int], None] | None = None) -> Counter:
    """Verdict → records, and "waiting". A file that was read to its end before is only counted again.

    `told` is called with the bytes read since the last call.
    """
    counts: Counter = Counter()
    for path in paths:
        counts += _read(path=path, clock=clock, told=told or (lambda _bytes: None))
    return counts


def _read(*, path: Path, clock: Clock, told: Callable[[int], None]) -> Counter:
    with opening.source(path) as source:
        fingerprint = opening.short(f"{source.fingerprint()}::")
        before = IngestRun.objects.filter(fingerprint=fingerprint, state=IngestRun.State.FINISHED).first()
        if before:
            told(source.size)
            return Counter(before.verdicts)
        run = runs.begin(source=source, name=str(path), fingerprint=fingerprint, now=clock())
        done = 0
        for _group, _given in runs.read(source=source, run=run, clock=clock):
            told(source.bytes_read() - done)
            done = source.bytes_read()
        return Counter(runs.finish(run=run, now=clock()).verdicts)
