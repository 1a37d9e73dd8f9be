"""Files read into the pool: batch by batch, each with its position in the same transaction.

A run killed at any instruction goes on where its last batch ended; a finished file read again replays harmlessly.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from django.db.models import F
from django.db.models.functions import Greatest

from identity.actions import intake
from identity.models import IngestRun
from identity.records import problems, verdicts

BATCH = 3_000
BYTES = 8 << 20


def begin(*, source, name, fingerprint, now) -> IngestRun:
    """The run of this content: new, going on, or from the start again if it was finished."""
    run, _made = IngestRun.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={"source": name, "size": source.size, "started_at": now},
    )
    if run.state == IngestRun.State.FINISHED:
        run.position, run.verdicts, run.started_at = 0, {}, now
    run.source, run.state, run.ended_at, run.error = name, IngestRun.State.RUNNING, None, ""
    run.save()
    return run


def read(*, source, run, clock, channel="", batch=BATCH, dry_run=False):
    """Take in what `source` still holds; yields (Items, Verdicts) after each batch. `clock()` is the time now.

    The next batch is read and cleaned in a thread while the database writes this one.
    """
    start = run.position if run else 0
    groups = _groups(source.items(start=start), batch, start)
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(_prepare, groups, channel, intake.known(), clock())
        while prepared := coming.result():
            group, given = prepared
            coming = ahead.submit(_prepare, groups, channel, intake.known(), clock())
            also = _advance(run, group[-1].resume) if run else None
            yield group, intake.take_in(given=given, now=clock(), dry_run=dry_run, run=run, also=also)


def _prepare(groups, channel, known, now):
    group = next(groups, None)
    if group is None:
        return None
    _fill_in(group, channel)
    return group, intake.prepare(records=group, known=known, now=now)


def _groups(found, batch, start):
    """Items in groups of at most `batch` records and about BYTES bytes, so that memory stays flat."""
    group, begin = [], start
    for item in found:
        group.append(item)
        if len(group) >= batch or item.resume - begin >= BYTES:
            yield group
            group, begin = [], item.resume
    if group:
        yield group


def _fill_in(group, channel):
    for item in group:
        if isinstance(item.raw, dict):
            if channel and not item.raw.get("channel"):
                item.raw["channel"] = channel
        elif item.problem is None:
            item.problem = problems.of("record.object", place=f"line {item.line}", value=item.raw)
            item.text = problems.excerpt(item.raw)


def _advance(run, position):
    def also(given):
        counted = Counter(verdict.verdict for verdict in given)
        IngestRun.objects.filter(pk=run.pk).select_for_update().get()
        standing = IngestRun.objects.values_list("verdicts", flat=True).get(pk=run.pk)
        total = {name: standing.get(name, 0) + counted[name] for name in verdicts.ALL}
        IngestRun.objects.filter(pk=run.pk).update(
            position=Greatest(F("position"), position), verdicts={k: v for k, v in total.items() if v}
        )

    return also


def finish(*, run, now) -> IngestRun:
    run.refresh_from_db()
    run.state, run.ended_at = IngestRun.State.FINISHED, now
    run.save(update_fields=["state", "ended_at"])
    return run


def fail(*, run, error, now) -> None:
    IngestRun.objects.filter(pk=run.pk).update(state=IngestRun.State.FAILED, ended_at=now, error=str(error))


def is_broken(group) -> bool:
    """Whether the file ended before its end: the rest must be sent again."""
    return any(item.problem and item.problem.code == "file.truncated" for item in group)
