"""How the values of one tag are spread in a group and among everybody: one pass over what all carry.

A member's values stand in ascending order, so a binary search (``width_bucket``) finds those of one tag.
"""

import datetime as dt
import math
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection
from django.utils.translation import gettext as _

from members.models import Organization
from tags.conditions.setting import Setting
from tags.conditions.sql import NOTHING, Sql, build, join
from tags.models import Audience, Tag, TagValue
from tags.queries import audiences, catalogue, selection

BANDS = 5
SAMPLE = 50_000

ONE = """
SELECT held.v, count(held.chosen), count(*) FROM (SELECT {value} AS v, c.member_id AS chosen FROM {members}) held GROUP BY held.v"""
# Everybody who carries at least one of several also counts once under 0, which no value has.
SEVERAL = """
SELECT held.v, count(held.chosen), count(*) FROM (
    SELECT unnest(s.own || 0) AS v, s.chosen
    FROM (SELECT {value} AS own, c.member_id AS chosen FROM {members}) s WHERE cardinality(s.own) > 0
) held GROUP BY held.v"""
MEMBERS = "tags_membertags t LEFT JOIN ({chosen}) c ON c.member_id = t.member_id{here}"
FIRST = """CASE WHEN t."values"[width_bucket({before}, t."values") + 1] <= {last}
           THEN t."values"[width_bucket({before}, t."values") + 1] END"""
SLICE = 't."values"[width_bucket({before}, t."values") + 1 : width_bucket({last}, t."values")]'
BOUNDS = """
SELECT percentile_disc({shares}::float8[]) WITHIN GROUP (ORDER BY t.numbers[{slot}])
FROM tags_membertags t TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1){here}"""
SIZE = "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'tags_membertags'::regclass"
EVERYBODY = "SELECT count(*) FROM members_member m WHERE m.retired_at IS NULL{here}"


@dataclass(frozen=True)
class Share:
    """A value (or a band of numbers: from its lower bound up to the next) and how many carry it. ``value`` None: nobody
    knows; they are what is left of the whole."""

    value: int | None
    name: str
    group: int
    everyone: int


@dataclass(frozen=True)
class Portrait:
    """``shares`` in the order of the tag's values; of a tag with several values a member they sum to more than the whole."""

    tag: Tag
    group: int
    everyone: int
    shares: list[Share]


def of(*, tag: Tag, audience: Audience, node: Organization, as_of: dt.datetime) -> Portrait:
    """The audience against everybody known at the node, by what they carry now."""
    setting = Setting(catalogue.at(node=node), as_of)
    known = setting.known_here()
    chosen = audiences.members(audience=audience, as_of=as_of)
    if known:
        chosen = build(
            "SELECT c.member_id FROM ({chosen}) c WHERE c.member_id IN ({known})", chosen=chosen, known=known
        )
    here = build(" WHERE t.member_id IN ({known})", known=known) if known else NOTHING
    bounds = _bounds(tag, here) if tag.shape == Tag.Shape.NUMBER else []
    counted = _counted(tag, bounds, build(MEMBERS, chosen=chosen, here=here))
    group, everyone = selection.count(chosen), _whole(known)
    return Portrait(tag, group, everyone, _shares(tag, bounds, counted, group, everyone))


def _whole(known: Sql) -> int:
    here = build(" AND m.id IN ({known})", known=known) if known else NOTHING
    return selection.row(build(EVERYBODY, here=here))[0]


Counted = dict[int | None, tuple[int, int]]


def _counted(tag: Tag, bounds: list[float], members: Sql) -> Counted:
    """Value id (or number of the band, from 0) → members of the group, and of all."""
    if tag.shape == Tag.Shape.NUMBER:
        value = build("width_bucket(t.numbers[{slot}], {bounds}::float8[])", slot=tag.slot, bounds=bounds)
        return _pairs(build(ONE, value=value, members=members))
    runs = _runs(tag)
    if not runs:
        return {}
    several = tag.shape == Tag.Shape.SEVERAL
    found = [build(SLICE if several else FIRST, before=first - 1, last=last) for first, last in runs]
    value = join(found, " || ") if several else build("coalesce({found})", found=join(found, ", "))
    return _pairs(build(SEVERAL if several else ONE, value=value, members=members))


def _pairs(query: Sql) -> Counted:
    return {value: (group, everyone) for value, group, everyone in selection.rows(query)}


def _runs(tag: Tag) -> list[tuple[int, int]]:
    """The tag's value ids as ranges (first, last) between which no other tag has one."""
    own = sorted(TagValue.objects.filter(tag=tag).values_list("id", flat=True))
    if not own:
        return []
    others = (
        TagValue.objects.filter(id__range=(own[0], own[-1])).exclude(tag=tag).values_list("id", flat=True)
    )
    breaks, runs = sorted(others), [[own[0], own[0]]]
    for id in own[1:]:
        if any(runs[-1][1] < each < id for each in breaks):
            runs.append([id, id])
        runs[-1][1] = id
    return [tuple(run) for run in runs]


def _bounds(tag: Tag, here: Sql) -> list[float]:
    """What divides everybody into bands of about as many members, in round numbers."""
    with connection.cursor() as cursor:
        cursor.execute(SIZE)
        size = cursor.fetchone()[0]
    percent = 100 if size <= SAMPLE else 100 * SAMPLE / size
    shares = [step / BANDS for step in range(1, BANDS)]
    query = build(BOUNDS, shares=shares, slot=tag.slot, percent=percent, here=here)
    found = selection.row(query)[0] or []
    return sorted({_round(bound) for bound in found if bound is not None})


def _round(number: float) -> float:
    """To two significant digits."""
    if not number or not math.isfinite(number):
        return 0.0
    return round(number, 1 - math.floor(math.log10(abs(number))))


def _shares(tag: Tag, bounds: list[float], counted: Counted, group: int, everyone: int) -> list[Share]:
    none = (0, 0)
    if tag.shape == Tag.Shape.NUMBER:
        named = list(enumerate(_bands(bounds, tag.unit)))
    else:
        values = TagValue.objects.filter(tag=tag).order_by("dropped", "position", "id")
        named = [(value.pk, value.name) for value in values if not value.dropped or value.pk in counted]
    rows = [Share(key, name, *counted.get(key, none)) for key, name in named]
    if tag.shape == Tag.Shape.SEVERAL:
        known = counted.get(0, none)
    else:
        known = sum(row.group for row in rows), sum(row.everyone for row in rows)
    return [*rows, Share(None, "", group - known[0], everyone - known[1])]


def _bands(bounds: list[float], unit: str) -> list[str]:
    """``below 20``, ``20 to 40``, …; the lower bound is inside."""
    written = [f"{bound:,g} {unit}".strip() for bound in bounds]
    if not written:
        return [_("any number")]
    between = [_("%(low)s to below %(high)s") % {"low": low, "high": high} for low, high in pairwise(written)]
    return [_("below %s") % written[0], *between, _("%s and more") % written[-1]]
