"""What the builder shows while somebody builds: the count, that of each part, the reach, overlaps, and some people."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from pyroaring import BitMap64

from members.models import Organization
from tags.conditions import describe, parse
from tags.conditions.catalogue import Catalogue
from tags.conditions.leaves.audience import InAudience
from tags.conditions.setting import Setting
from tags.queries import catalogue, planning, reach
from tags.queries.sets import Sets, parts, sample, slot

SHOWN = 8
MOST_OTHERS = 3
PATIENCE = 30  # seconds a statement


@dataclass(frozen=True)
class Overlap:
    """Another audience: how large it is among the members of the node, and how many are in both."""

    id: int
    name: str
    count: int
    both: int


@dataclass(frozen=True)
class Counted:
    """``parts``: place → members of the node in that part. ``whole``: all members of the node."""

    at: dt.datetime
    count: int
    whole: int
    said: str
    parts: dict[str, int]
    reach: list[reach.Reached]
    overlaps: list[Overlap]
    sample: list[int]


def counted(
    *,
    condition: object,
    node: Organization,
    now: dt.datetime,
    audience: int | None = None,
    others: Collection[int] = (),
) -> Counted:
    """As of the last whole five minutes. Raises ``tags.conditions.faults.Fault``, or ``planning.TooLong`` where a part takes more
    than thirty seconds; nothing is saved, and parts that were counted are kept."""
    names, as_of = catalogue.at(node=node), slot(now)
    parsed = parse.condition(condition, catalogue=names, audience=audience)
    with planning.bounded(seconds=PATIENCE):
        return _counted(parsed, names, as_of, now, others)


def _counted(
    parsed: object, names: Catalogue, as_of: dt.datetime, now: dt.datetime, others: Collection[int]
) -> Counted:
    kept = Sets(Setting(names, as_of))
    everybody = kept.everybody()
    found = kept.of(parsed) & everybody
    return Counted(
        at=as_of,
        count=len(found),
        whole=len(everybody),
        said=describe.sentence(parsed),
        parts={
            place: kept.of(part).intersection_cardinality(everybody) for place, part in parts(parsed) if place
        },
        reach=reach.of(found, now=now),
        overlaps=[_overlap(pk, found, everybody, kept, names) for pk in list(others)[:MOST_OTHERS]],
        sample=sample(found, size=SHOWN),
    )


def _overlap(pk: int, found: BitMap64, everybody: BitMap64, kept: Sets, names: Catalogue) -> Overlap:
    leaf: InAudience = parse.condition({"audience": {"id": pk}}, catalogue=names)
    other = kept.of(leaf) & everybody
    return Overlap(pk, leaf.audience.name, len(other), found.intersection_cardinality(other))
