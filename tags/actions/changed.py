"""Computes tags of a few members: read their facts, merge, in one short transaction."""

import dataclasses
import datetime as dt
import time
from collections.abc import Sequence

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from tags.actions import merging, preparing, statements
from tags.conditions.catalogue import Catalogue
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.models import ModelRun, TagRun, TagValue
from tags.queries import definitions, planning
from tags.queries.definitions import Definition

log = structlog.get_logger(__name__)

BATCH = 2_000


def recompute(
    *,
    members: Sequence[int],
    codes: list[str] | None,
    now: dt.datetime,
    names: Catalogue,
    as_of: dt.datetime | None = None,
    oldest_event_at: dt.datetime | None = None,
) -> TagRun:
    """All of it is one transaction; members are taken in batches of 2,000. ``as_of`` is ``now`` by default."""
    began = time.monotonic()
    with transaction.atomic():
        ready = definitions.ready(names=names, codes=codes)
        run = TagRun.objects.create(
            scope=TagRun.Scope.CHANGED,
            tags=sorted(each.code for each in ready.all()),
            members=len(members),
            oldest_event_at=oldest_event_at,
            started_at=now,
        )
        faults = dict(ready.faults)
        merging.lock()
        planning.few()
        chosen, total = sorted(members), merging.Changes()
        setting = Setting(names, as_of or now)
        for start in range(0, len(chosen), BATCH):
            total += _batch(chosen[start : start + BATCH], ready, setting, faults, everything=codes is None)
        return close(run, total, faults, seconds=time.monotonic() - began)


def close(run: TagRun, total: merging.Changes, faults: dict[str, str], *, seconds: float) -> TagRun:
    run.gained, run.lost = total.gained, total.lost
    run.error = "\n".join(f"{code}: {why}" for code, why in sorted(faults.items()))
    run.ended_at = run.started_at + dt.timedelta(seconds=seconds)
    run.save()
    return run


def _batch(
    members: list[int],
    ready: definitions.Ready,
    setting: Setting,
    faults: dict[str, str],
    *,
    everything: bool,
) -> merging.Changes:
    few = dataclasses.replace(setting, members=tuple(members))
    sources = preparing.InStatement()
    setting = preparing.prepared(ready.all(), few, keep=sources.keep)
    bounds, total = _stored_bounds(ready), merging.Changes()
    for level in ready.levels:
        queries = [(each, query) for each in level if (query := _query(each, setting, bounds))]
        rows, computed = _selected(queries, sources, faults)
        total += merging.merge(
            staged=merging.given(rows),
            inside=merging.these(members),
            kept=kept_values(computed, everything=everything),
            now=setting.as_of,
        )
    return total


def kept_values(computed: list[Definition], *, everything: bool) -> list[int]:
    """Values that a merge leaves alone: of all other tags, but of inactive ones only where not everything is computed."""
    others = TagValue.objects.exclude(tag__in=[definition.id for definition in computed])
    if everything:
        others = others.filter(tag__status="approved")
    return list(others.values_list("id", flat=True))


def _query(definition: Definition, setting: Setting, bounds: dict[int, dict]) -> Sql | None:
    """SELECT member_id, value_id; nothing for a model that was never fitted with these parameters."""
    there = setting.at(definition.node)
    if definition.model is None:
        return statements.of_rule(definition, there)
    known = definition.model.known_bounds(bounds.get(definition.id))
    if known is None:
        return None
    table = build("({facts})", facts=definition.model.facts(there))
    return statements.of_model(definition, table, known)


def _selected(
    queries: list[tuple[Definition, Sql]], sources: preparing.InStatement, faults: dict[str, str]
) -> tuple[list[tuple[int, int]], list[Definition]]:
    """The rows of all queries, in one statement, and whose they are. If it fails, each query is tried alone."""
    if not queries:
        return [], []
    try:
        rows = _rows(sources.before(join([query for _tag, query in queries], " UNION ALL ")))
    except DatabaseError:
        return _one_by_one(queries, sources, faults)
    return rows, [definition for definition, _query in queries]


def _one_by_one(
    queries: list[tuple[Definition, Sql]], sources: preparing.InStatement, faults: dict[str, str]
) -> tuple[list[tuple[int, int]], list[Definition]]:
    rows, computed = [], []
    for definition, query in queries:
        try:
            rows += _rows(sources.before(query))
            computed.append(definition)
        except DatabaseError as error:
            log.exception("tags.failed", tag=definition.code)
            faults[definition.code] = _("the database refused: %(error)s") % {"error": error}
    return rows, computed


def _rows(query: Sql) -> list[tuple[int, int]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return cursor.fetchall()


def _stored_bounds(ready: definitions.Ready) -> dict[int, dict]:
    """The bounds of each model tag's latest fit, where it was made with today's parameters."""
    models = {each.id: each.parameters for each in ready.all() if each.model is not None}
    runs = ModelRun.objects.filter(tag__in=models).order_by("tag", "-id").distinct("tag")
    return {run.tag_id: run.fitted for run in runs if run.parameters == models[run.tag_id]}
