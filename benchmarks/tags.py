"""A million members with ten million orders and thirty million events: fifty tags of all and of few, audiences, models."""

import datetime as dt
import resource
import time
from collections.abc import Callable, Iterator
from random import Random

from django.db import connection

from benchmarks import house, tags_builder, tags_by_hand, tags_made, tags_models, tags_network, tags_portrait
from benchmarks.measures import Measure, at_most, times_at_most
from members.models import Organization
from tags.actions import compute
from tags.conditions import moments
from tags.models import MemberTags
from tags.queries import audiences, catalogue

MEMBERS = 1_000_000
AS_OF = dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC)
CHANGED = 1_000
ROUNDS = 3
NESTED = {
    "all": [
        {"profile": {"field": "age", "op": "between", "value": [40, 60]}},
        {"any": [
            {"profile": {"field": "city", "op": "=", "value": "Jinan"}},
            {"tag": {"tag": "share_90", "value": ["from_3", "from_10"]}},
        ]},
        {"not": {"tag": {"tag": "lifecycle", "value": ["lost", "dormant"]}}},
    ]
}  # fmt: skip
NESTED_BY_HAND = """
SELECT m.id FROM members_member m JOIN members_memberprofile p ON p.member_id = m.id
LEFT JOIN tags_membertags t ON t.member_id = m.id
WHERE m.retired_at IS NULL AND p.birth_date > %(after)s AND p.birth_date <= %(until)s
  AND (p.city = 'Jinan' OR t."values" && %(shares)s::int[]) AND NOT coalesce(t."values" && %(lost)s::int[], FALSE)
"""
EMPTY = """
TRUNCATE tags_membertags, tags_memberturn, tags_tagchange, tags_tagrun, tags_modelrun RESTART IDENTITY;
TRUNCATE members_member CASCADE
"""


def run(*, scale: float) -> Iterator[Measure]:
    members = max(2_000, int(MEMBERS * scale))
    house.build(channels=["mini"])
    group = Organization.objects.get(code=house.GROUP)
    tags_made.fill(members=members // 2)
    tags = tags_made.define(group=group)
    half = _seconds(lambda: compute.compute(now=AS_OF))
    _run(EMPTY)
    tags_made.fill(members=members)
    by_hand = _seconds(lambda: tags_by_hand.compute(as_of=AS_OF, zone=moments.zone()))
    whole = _seconds(lambda: compute.compute(now=AS_OF))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if differing := tags_by_hand.differing():
        raise RuntimeError(f"{differing:,} members have other tags by hand")
    tags_by_hand.drop()
    what = f"{tags} tags of {members:,} members"
    yield times_at_most(f"{what} from scratch, with history", whole, "s", 1.5, yardstick=by_hand)
    yield at_most("the same", whole, "s", 90 * max(scale, 0.02))
    yield at_most("memory of the process", memory, "MB", 500)
    yield times_at_most("beside half the data", whole, "s", 2.2, yardstick=half)
    yield at_most(f"a run after {CHANGED:,} changed members", _changed(members), "s", 1)
    yield from _audience(group)
    yield from tags_builder.measures(condition=NESTED, group=group, members=members, now=AS_OF)
    yield from tags_portrait.measures(group=group, scale=scale, as_of=AS_OF)
    yield from tags_models.measures(group=group, scale=scale, as_of=AS_OF)
    yield from tags_network.measures(group=group, members=members, scale=scale, as_of=AS_OF)


def _changed(members: int) -> float:
    """The same members anew, nothing of theirs held before: all of it is to be written."""
    drawn = sorted(Random(6).sample(range(1, members + 1), min(CHANGED, members // 2)))

    def once() -> float:
        MemberTags.objects.filter(member__in=drawn).delete()
        return _seconds(lambda: compute.compute(now=AS_OF, members=drawn))

    return min(once() for _round in range(ROUNDS))


def _audience(group: Organization) -> list[Measure]:
    chosen = audiences.chosen(condition=NESTED, node=group, as_of=AS_OF)
    names = catalogue.at(node=group)
    today = moments.day_of(AS_OF)
    tag = names.tags
    given = {
        "after": moments.years_before(today, 61),
        "until": moments.years_before(today, 40),
        "shares": [tag["share_90"].values[code] for code in ("from_3", "from_10")],
        "lost": [tag["lifecycle"].values[code] for code in ("lost", "dormant")],
    }
    ours = min(
        _seconds(lambda: _run(f"SELECT count(*) FROM ({chosen.text}) c", chosen.params))
        for _r in range(ROUNDS)
    )
    hand = min(
        _seconds(lambda: _run(f"SELECT count(*) FROM ({NESTED_BY_HAND}) c", given)) for _r in range(ROUNDS)
    )
    if _count(chosen.text, chosen.params) != _count(NESTED_BY_HAND, given):
        raise RuntimeError("the audience by hand has other members")
    return [times_at_most("an audience of three nested conditions", ours, "s", 1.2, yardstick=hand)]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _run(statement: str, parameters: object = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _count(query: str, parameters: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({query}) c", parameters)
        return cursor.fetchone()[0]
