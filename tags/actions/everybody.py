"""Computes tags of all members: stage without holding a transaction, merge in short ones, then catch up.

Members whose facts changed after the run began, or who were computed as of a later moment, are left out of the merges: what
was staged about them is old. They are computed at the end, as changed members, by the new bounds (ADR 030).
"""

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from members import table_statistics
from members.models import EventCursor
from tags.actions import (
    changed,
    ending,
    extents,
    fitting,
    merging,
    preparing,
    saying,
    staging,
    statements,
    testing,
    trying,
)
from tags.actions.merging import Changes, Extent
from tags.actions.statements import Fit
from tags.conditions.catalogue import Catalogue
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models import MemberTags, ModelRun, TagRun
from tags.queries import catalogue, definitions, planning, touched
from tags.queries.definitions import Definition

RUNNING = 7_765_002  # an advisory lock: one computation of everybody at a time
WIDTH = 20_000
READER = "tags"
Progress = Callable[[str, int, int], None]

MORE = """(
SELECT member_id, v.ids, n.slots, n.numbers
FROM (SELECT s.member_id, array_agg(DISTINCT s.value_id) AS ids FROM tags_more s
      WHERE {inside} GROUP BY s.member_id) v
FULL JOIN (SELECT s.member_id, array_agg(s.slot) AS slots, array_agg(s.number) AS numbers FROM tags_more_numbers s
           WHERE {inside} GROUP BY s.member_id) n USING (member_id))"""


def recompute(*, codes: list[str] | None, now: dt.datetime, progress: Progress | None = None) -> TagRun:
    say = progress or (lambda _what, _done, _of: None)
    with _alone() as waited, _tables():
        now, began = now + waited, time.monotonic()
        table_statistics.refresh()
        names = catalogue.everything()
        ready = definitions.ready(names=names, codes=codes)
        run = TagRun.objects.create(
            scope=TagRun.Scope.ALL, tags=sorted(each.code for each in ready.all()), started_at=now
        )
        try:
            return _recomputed(run, ready, codes, now=now, names=names, say=say, began=began)
        except Exception as error:
            _note(run, error)
            raise


def _recomputed(
    run: TagRun,
    ready: definitions.Ready,
    codes: list[str] | None,
    *,
    now: dt.datetime,
    names: Catalogue,
    say: Progress,
    began: float,
) -> TagRun:
    faults, horizon = dict(ready.faults), touched.horizon()
    (setting, prepared), total = _prepared(ready, Setting(names, now), say), Changes()
    for number, level in enumerate(ready.levels):
        fits, learned = fitting.learned(level, setting, faults)
        able = [each for each in level if not each.learns or each.id in fits] + fitting.by_hand(level, fits)
        able = [each for each in able if each.code not in faults]
        done = _staged(able, level, setting, prepared[number], fits, faults, say)
        ModelRun.objects.bulk_create(learned)
        extent = extents.of(done, everything=codes is None, first=number == 0)
        total += _merge(extent, run, horizon=horizon, now=now, say=say)
    later = now + dt.timedelta(seconds=time.monotonic() - began)
    total += _catch_up(touched.since(horizon=horizon, now=now), codes, now=later)
    ending.end(now=now)  # what was retired since the tags were read
    if codes is None:
        _move_cursor(horizon, now=now)
    run.members = _members()
    return changed.close(run, total, faults, seconds=time.monotonic() - began)


def _note(run: TagRun, error: Exception) -> None:
    """Why a run ended before its time, where the transaction still lets us say so."""
    if not connection.needs_rollback:
        run.error = f"{type(error).__name__}: {error}"
        run.save(update_fields=["error"])


@contextlib.contextmanager
def _alone() -> Iterator[dt.timedelta]:
    """Wait for another computation of everybody to end; inside a caller's transaction, until that one ends. How long it was."""
    inside = connection.in_atomic_block
    lock, began = f"advisory_{'xact_' if inside else ''}lock(%s)", time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_{lock}", [RUNNING])
        free = cursor.fetchone()[0]
        if not free:
            cursor.execute(f"SELECT pg_{lock}", [RUNNING])
    try:
        yield dt.timedelta(seconds=0 if free else time.monotonic() - began)
    finally:
        if not inside:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [RUNNING])


@contextlib.contextmanager
def _tables() -> Iterator[None]:
    staging.begin()
    try:
        yield
    finally:
        if not connection.needs_rollback:
            staging.end()


def _prepared(
    ready: definitions.Ready, setting: Setting, say: Progress
) -> tuple[Setting, list[preparing.Level]]:
    say(_("reading"), 0, 1)
    found = preparing.everybody(ready, setting)
    say(_("reading"), 1, 1)
    return found


def _staged(
    able: list[Definition],
    level: Sequence[Definition],
    setting: Setting,
    prepared: preparing.Level,
    fits: dict[int, Fit],
    faults: dict[str, str],
    say: Progress,
) -> list[Definition]:
    """Everything of a level into the tables of this session; gives the tags that could be computed."""
    say(_("computing"), 0, len(able))
    by_rows = [each for each in able if statements.apart(each)]
    for number, definition in enumerate(by_rows, start=1):
        with trying.tried(definition, faults):
            saying.stage(definition, setting.at(definition.node), fits.get(definition.id))
        say(definition.code, number, len(able))
    able = [each for each in able if each.code not in faults]
    try:
        with trying.savepoint():
            staged = statements.of(able, prepared.setting, fits, width=extents.width(), level=level)
            staging.stage(prepared.sources.before(staged))
    except DatabaseError:
        able = testing.sound(able, setting, fits, faults)
        staging.stage(statements.of(able, setting, fits, width=extents.width(), level=level))
    say(_("computing"), len(able), len(able))
    return able


def _merge(extent: Extent, run: TagRun, *, horizon: int, now: dt.datetime, say: Progress) -> Changes:
    staging.index()
    total, (first, last) = Changes(), _range()
    for start in range(first, last + 1, WIDTH):
        end = min(start + WIDTH - 1, last)
        with transaction.atomic():
            merging.lock()
            planning.plain()
            newer = touched.since(horizon=horizon, now=now, first=start, last=end)
            inside = merging.between(start, end, without=newer)
            total += merging.merge(
                staged=Sql("tags_staged"),
                more=_more(inside),
                inside=inside,
                extent=extent,
                run=run.pk,
                now=now,
            )
        say(_("merging"), end - first + 1, last - first + 1)
    staging.clear()
    return total


def _more(inside: Sql) -> Sql:
    return build(MORE, inside=inside)


def _range() -> tuple[int, int]:
    """The first and last id of a member who has, or had, any value."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(least((SELECT min(member_id) FROM tags_staged),"
            "                      (SELECT min(member_id) FROM tags_membertags)), 1),"
            "       coalesce(greatest((SELECT max(member_id) FROM tags_staged),"
            "                         (SELECT max(member_id) FROM tags_membertags)), 0)"
        )
        return cursor.fetchone()


def _catch_up(late: list[int], codes: list[str] | None, *, now: dt.datetime) -> Changes:
    total = Changes()
    for start in range(0, len(late), changed.BATCH):
        run = changed.recompute(members=late[start : start + changed.BATCH], codes=codes, now=now)
        total += Changes(run.gained, run.lost)
    return total


def _move_cursor(horizon: int, *, now: dt.datetime) -> None:
    """Every event before the horizon has been taken in: the follower need not read it again."""
    EventCursor.objects.get_or_create(reader=READER)
    EventCursor.objects.filter(reader=READER, tx__lt=horizon - 1).update(
        tx=horizon - 1, event_id=2**63 - 1, moved_at=now
    )


def _members() -> int:
    return MemberTags.objects.count()
