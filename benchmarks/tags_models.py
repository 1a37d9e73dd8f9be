"""Lifetime value of everybody who bought: learned, scored and written by a run of its tag."""

import datetime as dt
import time

from benchmarks.measures import Measure, at_most
from benchmarks.tags_made import SAID
from members.models import Organization
from tags.actions import compute
from tags.conditions.sql import Sql, build
from tags.models import Category, ModelRun, Tag
from tags.models_of import MODELS
from tags.queries import selection

LIMIT = 120  # s
LEARNED = (
    0.1  # of full size: what is learned is learned from a fixed number of people, however many there are
)

BUYERS = """
SELECT DISTINCT a.member_id FROM members_order o JOIN members_account a ON a.id = o.account_id
LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM members_return GROUP BY 1) r ON r.order_id = o.id
WHERE o.status IN ('paid', 'completed') AND (r.amount IS NULL OR r.amount < o.amount - o.shipping)"""
NUMBERED = "SELECT member_id FROM tags_membertags t WHERE t.numbers[{slot}] IS NOT NULL"


def measures(*, group: Organization, scale: float, as_of: dt.datetime) -> list[Measure]:
    tag = define("clv", model="clv", group=group)
    took = seconds([tag], as_of)
    run = ModelRun.objects.get(tag=tag)
    if run.state != ModelRun.State.FITTED:
        raise RuntimeError(f"lifetime value was refused: {run.reason}")
    buyers, valued = selection.count(Sql(BUYERS)), selection.count(numbered(tag))
    if buyers != valued:
        raise RuntimeError(f"{valued:,} members have a lifetime value, {buyers:,} bought")
    what = f"lifetime value of {valued:,} buyers, learned, scored and written"
    return [at_most(what, took, "s", limit(scale))]


def limit(scale: float) -> float:
    return LIMIT * max(scale, LEARNED)


def define(code: str, *, model: str, group: Organization, **parameters: object) -> Tag:
    """A live tag of this model."""
    shape = MODELS[model].SHAPE
    slots = Tag.objects.exclude(slot=None).count() if shape == Tag.Shape.NUMBER else None
    tag = Tag.objects.create(
        code=code, name=code, source="model", model=model, parameters=parameters, shape=shape,
        slot=None if slots is None else slots + 1, organization=group,
        category=Category.objects.get(code="bench"), status="approved", approved_at="2025-01-01T00:00Z",
        **{name: "of the benchmark" for name in SAID},
    )  # fmt: skip
    for position, (value, name, _chinese) in enumerate(MODELS[model].VALUES, start=1):
        tag.values.create(code=value, name=name, position=position)
    return tag


def seconds(tags: list[Tag], as_of: dt.datetime) -> float:
    """Of a run of these tags for everybody."""
    begun = time.perf_counter()
    run = compute.compute(now=as_of, tags=[tag.code for tag in tags])
    took = time.perf_counter() - begun
    if run.error:
        raise RuntimeError(run.error)
    return took


def numbered(tag: Tag) -> Sql:
    return build(NUMBERED, slot=tag.slot)
