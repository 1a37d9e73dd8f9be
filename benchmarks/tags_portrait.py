"""The portrait of every ninth member beside everybody, by a tag with one value, one with steps, and one with a number."""

import datetime as dt
import time

from benchmarks.measures import Measure, at_most
from members.models import Organization
from reports.queries import portrait
from tags.actions import audiences
from tags.conditions.sql import build
from tags.models import Audience, Tag
from tags.queries import audiences as chosen
from tags.queries import selection

ROUNDS = 3
CONDITION = {"profile": {"field": "age", "op": "between", "value": [30, 35]}}  # 110,000 of a million
TAGS = ("lifecycle", "spent_365", "amount_365")
CARRIERS = """
SELECT count(*) FROM ({chosen}) c JOIN tags_membertags t USING (member_id) WHERE t."values" @> ARRAY[{value}]::int[]"""


def measures(*, group: Organization, scale: float, as_of: dt.datetime) -> list[Measure]:
    among = audiences.save(name="Portrait", organization=group, condition=CONDITION, by=None, now=as_of)
    found = []
    for code in TAGS:
        tag = Tag.objects.get(code=code)
        rounds = [_drawn(among, tag, group, as_of) for _round in range(ROUNDS)]
        report = rounds[-1][1]
        _check(report, among, as_of)
        what = f"portrait by {code} of {report.group:,} against {report.everyone:,}"
        found.append(at_most(what, min(took for took, _report in rounds), "s", max(scale, 0.1)))
    return found


def _drawn(
    among: Audience, tag: Tag, group: Organization, as_of: dt.datetime
) -> tuple[float, portrait.Report]:
    begun = time.perf_counter()
    report = portrait.report(audience=among, tag=tag, node=group, as_of=as_of)
    return time.perf_counter() - begun, report


def _check(report: portrait.Report, among: Audience, as_of: dt.datetime) -> None:
    """The lines are everybody once, and a value's line is what plain SQL counts."""
    members = chosen.members(audience=among, as_of=as_of)
    right = (
        report.group == selection.count(members) > 0
        and sum(line.group for line in report.lines) == report.group
        and sum(line.everyone for line in report.lines) == report.everyone
    )
    values = list(report.tag.values.order_by("position"))
    for value, line in zip(values, report.lines, strict=False):
        counted = selection.row(build(CARRIERS, chosen=members, value=value.pk))[0]
        right &= (line.name, line.group) == (value.name, counted)
    if not right:
        raise RuntimeError(f"the portrait by {report.tag.code} does not add up")
