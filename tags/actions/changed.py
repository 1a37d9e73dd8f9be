"""Computes tags of a few members: read their facts and merge, in one statement a level, in one short transaction."""

import dataclasses
import datetime as dt
import time
from collections.abc import Sequence

from django.db import DatabaseError, transaction

from tags.actions import extents, fitting, merging, preparing, saying, statements, testing, trying
from tags.actions.statements import Fit
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models import Tag, TagRun
from tags.queries import catalogue, definitions, planning, selection, touched
from tags.queries.definitions import Definition

BATCH = 2_000

MORE = """(
SELECT member_id, v.ids, n.slots, n.numbers
FROM (SELECT member_id, array_agg(value_id) AS ids
      FROM unnest({carriers}::bigint[], {values}::int[]) AS w (member_id, value_id) GROUP BY member_id) v
FULL JOIN (SELECT member_id, array_agg(slot) AS slots, array_agg(number) AS numbers
           FROM unnest({members}::bigint[], {slots}::smallint[], {numbers}::float8[]) AS g (member_id, slot, number)
           GROUP BY member_id) n USING (member_id))"""


def recompute(
    *,
    members: Sequence[int],
    codes: list[str] | None,
    now: dt.datetime,
    oldest_event_at: dt.datetime | None = None,
) -> TagRun:
    """All of it is one transaction; members are taken in batches of 2,000. Each batch is computed as of
    ``now``, or a little later (``touched.moment``)."""
    began = time.monotonic()
    with transaction.atomic():
        merging.lock()  # before the tags are read: one that is retired meanwhile would come back
        names = catalogue.everything()
        ready = definitions.ready(names=names, codes=codes)
        run = TagRun.objects.create(
            scope=TagRun.Scope.CHANGED,
            tags=sorted(each.code for each in ready.all()),
            members=len(members),
            oldest_event_at=oldest_event_at,
            started_at=now,
        )
        faults = dict(ready.faults)
        planning.few()
        batch = _Batch(ready, run, fitting.stored(ready.all()), faults, everything=codes is None)
        chosen, total = sorted(members), merging.Changes()
        for start in range(0, len(chosen), BATCH):
            few = tuple(chosen[start : start + BATCH])
            total += batch.compute(Setting(names, touched.moment(members=few, now=now), members=few))
        return close(run, total, faults, seconds=time.monotonic() - began)


def close(run: TagRun, total: merging.Changes, faults: dict[str, str], *, seconds: float) -> TagRun:
    run.gained, run.lost = total.gained, total.lost
    run.error = "\n".join(f"{code}: {why}" for code, why in sorted(faults.items()))
    run.ended_at = run.started_at + dt.timedelta(seconds=seconds)
    run.save()
    return run


@dataclasses.dataclass
class _Batch:
    ready: definitions.Ready
    run: TagRun
    fits: dict[int, Fit]
    faults: dict[str, str]
    everything: bool

    def compute(self, few: Setting) -> merging.Changes:
        prepared, total = preparing.few(self.ready, few), merging.Changes()
        for number, level in enumerate(self.ready.levels):
            able = [each for each in level if self._measurable(each)] + fitting.by_hand(level, self.fits)
            total += self._merged(able, level, few, prepared, first=number == 0)
        return total

    def _measurable(self, definition: Definition) -> bool:
        """Not a model that was never fitted with these parameters, nor one that looks at everybody at once."""
        if getattr(definition.model, "whole", False):
            return False
        return not definition.learns or definition.id in self.fits

    def _merged(
        self,
        able: list[Definition],
        level: Sequence[Definition],
        few: Setting,
        prepared: preparing.Level,
        *,
        first: bool,
    ) -> merging.Changes:
        try:
            with transaction.atomic():
                return self._merge(able, level, prepared, first=first)
        except DatabaseError:
            sound = testing.sound(able, few, self.fits, self.faults)
            return self._merge(sound, level, preparing.Level(few), first=first)

    def _merge(
        self, able: list[Definition], level: Sequence[Definition], prepared: preparing.Level, *, first: bool
    ) -> merging.Changes:
        setting, sources = prepared.setting, prepared.sources
        more = self._more([each for each in able if statements.apart(each)], setting, sources)
        able = [each for each in able if each.code not in self.faults]
        staged = statements.of(able, setting, self.fits, width=extents.width(), level=level)
        return merging.merge(
            staged=build("({staged})", staged=sources.before(staged)),
            more=more,
            inside=merging.these(list(setting.members)),
            extent=extents.of(able, everything=self.everything, first=first),
            run=self.run.pk,
            now=setting.as_of,
        )

    def _more(self, apart: list[Definition], setting: Setting, sources: preparing.InStatement) -> Sql:
        values, numbers = [], []
        for definition in apart:
            there, fit = setting.at(definition.node), self.fits.get(definition.id)
            with trying.tried(definition, self.faults):
                if definition.shape == Tag.Shape.NUMBER:
                    found = saying.scored(definition, there, fit)
                    numbers += [(member, definition.slot, number) for member, number in found]
                else:
                    table = build("({said})", said=sources.before(saying.said(definition, there, fit)))
                    values += selection.rows(saying.values(definition, table))
        if not (values or numbers):
            return merging.NO_MORE
        return build(
            MORE,
            carriers=[row[0] for row in values],
            values=[row[1] for row in values],
            members=[row[0] for row in numbers],
            slots=[row[1] for row in numbers],
            numbers=[row[2] for row in numbers],
        )
