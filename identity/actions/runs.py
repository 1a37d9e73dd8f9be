"""Files read into the pool: batch by batch, each with its progress in the same transaction.

A run killed at any instruction goes on where its last batch ended; a finished file read again replays harmlessly.
A batch is written in parts side by side; the position moves when its last part is in. A batch of which a part is
missing is read again, and what was in are duplicates.
"""

import multiprocessing
from collections import Counter
from functools import partial

from django.db import connection

from identity.actions import intake, writers
from identity.files.items import Unusable
from identity.models import IngestRun
from identity.records import problems, verdicts
from members import table_statistics
from members.actions.versions import Raced


class Undone(Unusable):
    """The import that is being read is undone at the same time."""


BATCH = 6_000
BYTES = 8 << 20


def begin(*, source, name, fingerprint, now) -> IngestRun:
    """The run of this content: new, going on, or from the start again if it was finished or undone. Raises Unusable."""
    run, _made = IngestRun.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={"source": name, "size": source.size, "started_at": now},
    )
    if run.state == IngestRun.State.UNDOING:
        raise Unusable("This import is being undone. Wait until that has ended, then read the file again.")
    if run.state in (IngestRun.State.FINISHED, IngestRun.State.UNDONE):
        run.position, run.verdicts, run.started_at = 0, {}, now
    run.source, run.state, run.ended_at, run.error = name, IngestRun.State.RUNNING, None, ""
    run.parts = {}
    run.save()
    return run


def read(*, source, run, clock, channel="", batch=BATCH, dry_run=False, check=None):
    """Take in what `source` still holds; yields (Items, Verdicts) after each batch. `clock()` is the time now.

    `check(raw record)` gives the problem for which a record may not come in, or None. The next batch is read while
    this one is written. In a transaction of the caller's, in a dry run and in the worker (whose processes may have no
    children) this process writes alone.
    """
    start = run.position if run else 0
    alone = dry_run or connection.in_atomic_block or multiprocessing.current_process().daemon
    before = None
    with writers.Alone() if alone else writers.SideBySide() as team:
        for begin, group in _groups(source.items(start=start), batch, start):
            fill_in(group, channel, check)
            if before:
                yield before[0], before[1]()
            write = partial(_write, run=run, span=(begin, group[-1].resume), now=clock(), dry_run=dry_run)
            before = group, team.begin(group, write)
        if before:
            yield before[0], before[1]()


def _write(items, part, parts, *, run, span, now, dry_run, again=False):
    """Take in one part of a batch: the verdicts of `items`, or None if the writer of another part was in the way."""
    given = intake.prepare(records=items, known=intake.known(now=now), now=now)
    also = partial(_advance, run, span, part, parts) if run else None
    take_in = partial(intake.take_in, given=given, now=now, dry_run=dry_run, run=run, also=also)
    if parts == 1 or again:
        return take_in()
    try:
        return take_in(attempts=1)
    except Raced:
        return None


def _groups(found, batch, start):
    """(begin, Items), of at most `batch` records and about BYTES bytes, so that memory stays flat."""
    group, begin = [], start
    for item in found:
        group.append(item)
        if len(group) >= batch or item.resume - begin >= BYTES:
            yield begin, group
            group, begin = [], item.resume
    if group:
        yield begin, group


def fill_in(group, channel, check=None) -> None:
    """Give records that name no channel theirs, and a problem to those that may not come in."""
    for item in group:
        if isinstance(item.raw, dict):
            if channel and not item.raw.get("channel"):
                item.raw["channel"] = channel
            if check and item.problem is None and (problem := check(item.raw)):
                item.problem, item.text = problem, problems.excerpt(item.raw)
        elif item.problem is None:
            item.problem = problems.of("record.object", place=f"line {item.line}", value=item.raw)
            item.text = problems.excerpt(item.raw)


def _advance(run, span, part, parts, given):
    """Note in the part's own transaction that it is in; after the last one the position moves on."""
    begin, end = span
    now = IngestRun.objects.select_for_update().get(pk=run.pk)
    if now.state in (IngestRun.State.UNDOING, IngestRun.State.UNDONE):
        raise Undone("Somebody is undoing this import; what was read of it is taken back.")
    if begin != now.position:
        return  # another process reads the same file, and was here first
    now.parts[f"{part} to {end}"] = Counter(verdict.verdict for verdict in given)
    done = [counts for name, counts in now.parts.items() if name.endswith(f" to {end}")]
    if len(done) == parts:
        now.position, now.parts = end, {}
        now.verdicts = _added(now.verdicts, *done)
    now.save(update_fields=["position", "parts", "verdicts"])


def _added(*counts):
    total = {name: sum(each.get(name, 0) for each in counts) for name in verdicts.ALL}
    return {name: count for name, count in total.items() if count}


def finish(*, run, now) -> IngestRun:
    IngestRun.objects.filter(pk=run.pk, state=IngestRun.State.RUNNING).update(
        state=IngestRun.State.FINISHED, ended_at=now
    )
    run.refresh_from_db()
    table_statistics.refresh()
    return run


def fail(*, run, error, now) -> None:
    IngestRun.objects.filter(pk=run.pk, state=IngestRun.State.RUNNING).update(
        state=IngestRun.State.FAILED, ended_at=now, error=str(error)
    )
