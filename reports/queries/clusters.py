"""Groups of alike buyers: how many members each has at a node, and the mean of what they did (see tags.models_of.clusters)."""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import selecting
from reports.table import Column, Table
from tags.conditions.window import EVER
from tags.models import ModelRun, Tag
from tags.models_of import clusters
from tags.models_of.rfm import Rfm
from tags.queries import rfm, visible

# Who bought at the node: those whom the report counts.
BUYERS = {"orders": {"aggregate": "count"}}

# Every member stands in one group; facts are those of the node, so members who bought elsewhere only are not here.
PROFILE = """
SELECT v.code, v.name, count(*), avg(f.recency), avg(f.frequency), avg(f.monetary), sum(f.monetary)
FROM ({facts}) f
JOIN tags_membertags m ON m.member_id = f.member_id
JOIN tags_tagvalue v ON v.tag_id = %s AND v.id = ANY(m."values")
GROUP BY v.id, v.code, v.name ORDER BY count(*) DESC, v.code
"""


@dataclasses.dataclass(frozen=True)
class Group:
    """Means a member: days since the last order, orders, and what was paid net of returns."""

    code: str
    name: str
    people: int
    recency: float
    frequency: float
    monetary: Decimal
    value: Decimal


@dataclasses.dataclass(frozen=True)
class Clusters:
    """``run``: the last fit of the groups; None where there was none yet. ``tag``: None where nobody defined it."""

    as_of: dt.datetime
    tag: Tag | None
    run: ModelRun | None
    lines: list[Group]

    @property
    def people(self) -> int:
        return sum(line.people for line in self.lines)

    @property
    def value(self) -> Decimal:
        return sum((line.value for line in self.lines), Decimal(0))

    def groups(self) -> dict[str, selecting.Group]:
        return {
            line.code: selecting.Group(
                line.name,
                line.people,
                {"all": [selecting.of_tag(tag=self.tag.code, value=line.code), BUYERS]},
            )
            for line in self.lines
        }

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Group")),
            Column(_("Members"), "count"),
            Column(_("Share of members"), "share"),
            Column(_("Days since the last order"), "number"),
            Column(_("Orders"), "number"),
            Column(_("Value a member"), "money"),
            Column(_("Share of value"), "share"),
        ]
        rows = [
            (
                line.name,
                line.people,
                line.people / self.people,
                line.recency,
                line.frequency,
                line.monetary,
                float(line.value / self.value) if self.value else None,
            )
            for line in self.lines
        ]
        total = (_("All in a group"), self.people, None, None, None, None, None)
        return [Table(_("Groups of alike buyers"), columns, rows, self.as_of, total=total)]


def report(*, node: Organization, as_of: dt.datetime) -> Clusters:
    """The groups of the first approved tag of the model around ``node``, and their members' purchases there."""
    tag = visible.tags(node=node).filter(model=clusters.CODE).order_by("id").first()
    if tag is None:
        return Clusters(as_of, None, None, [])
    run = ModelRun.objects.filter(tag=tag, state=ModelRun.State.FITTED).order_by("-id").first()
    facts = rfm.statement(node=node, as_of=as_of, model=Rfm(window=EVER))
    with connection.cursor() as cursor:
        cursor.execute(PROFILE.format(facts=facts.text), [*facts.params, tag.pk])
        rows = cursor.fetchall()
    return Clusters(as_of, tag, run, [_group(*row) for row in rows])


def _group(code, name, people, recency, frequency, monetary, value) -> Group:
    return Group(code, name, people, float(recency), float(frequency), monetary, value)
