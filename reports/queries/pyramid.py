"""The value pyramid: how many are in each layer, what they are worth, and who moved between two moments.

Layers are those that members carry as a tag (``tags.models_of.pyramid``), now and as they were carried then, read from the
history of tags; so the report and the tag never differ. What a layer is worth is measured now.
"""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import selecting
from reports.queries.movement import NONE, Movement
from reports.table import Column, Table
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models import Tag
from tags.models_of import pyramid
from tags.queries import at_moment, catalogue, visible

LAYERS = """
SELECT c.value_id, count(*), coalesce(sum(w.number), 0) FROM ({carried}) c
LEFT JOIN ({worth}) w ON w.member_id = c.member_id{here} GROUP BY c.value_id"""

MOVES = """
SELECT e.value_id, l.value_id, count(*)
FROM (SELECT * FROM ({earlier}) c{here}) e FULL JOIN (SELECT * FROM ({later}) c{here}) l USING (member_id)
GROUP BY 1, 2"""


@dataclasses.dataclass(frozen=True)
class Layer:
    """``least``: the lower bound, included; None of the lowest. ``value``: what its people are worth together."""

    code: str
    name: str
    least: Decimal | None
    people: int
    value: Decimal


@dataclasses.dataclass(frozen=True)
class Pyramid:
    """Layers from the top down, and who moved since the earlier moment."""

    tag: str
    title: str
    as_of: dt.datetime
    layers: list[Layer]
    moved: Movement | None

    @property
    def people(self) -> int:
        return sum(layer.people for layer in self.layers)

    @property
    def value(self) -> Decimal:
        return sum((layer.value for layer in self.layers), Decimal())

    def groups(self) -> dict[str, selecting.Group]:
        return {
            layer.code: selecting.Group(
                layer.name, layer.people, selecting.of_tag(tag=self.tag, value=layer.code)
            )
            for layer in self.layers
            if layer.people
        }

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Layer")), Column(_("From"), "money"), Column(_("People"), "count"),
            Column(_("Share of people"), "share"), Column(_("Value"), "money"), Column(_("Share of value"), "share"),
        ]  # fmt: skip
        rows = [
            (i.name, i.least, i.people, _share(i.people, self.people), i.value, _share(i.value, self.value))
            for i in self.layers
        ]
        total = (_("All"), None, self.people, None, self.value, None)
        note = _("The lower bound belongs to its layer. Layers as last computed; their value as of now.")
        layers = Table(self.title, columns, rows, self.as_of, total=total, notes=[note])
        return [layers, *(self.moved.tables() if self.moved else ())]


def tag_at(*, node: Organization) -> Tag | None:
    """The live tag of a pyramid that rules at the node: the nearest above it, else the first below."""
    found = visible.tags(node=node).filter(model=pyramid.CODE).select_related("organization")
    ranked = sorted(
        found,
        key=lambda tag: (
            not node.path.startswith(tag.organization.path),
            -len(tag.organization.path),
            tag.pk,
        ),
    )
    return ranked[0] if ranked else None


def report(
    *, node: Organization, as_of: dt.datetime, tag: Tag, earlier: dt.datetime | None = None
) -> Pyramid:
    model = pyramid.parse(tag.parameters)
    setting = Setting(catalogue.at(node=node), as_of)
    here = _known(setting)
    query = build(LAYERS, carried=at_moment.values(tag=tag, at=as_of), worth=model.value(setting), here=here)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        found = {value: (people, Decimal(str(worth))) for value, people, worth in cursor.fetchall()}
    moved = movement(tag=tag, earlier=earlier, later=as_of, here=here) if earlier else None
    return Pyramid(tag.code, tag.name, as_of, _layers(tag, model, found), moved)


def movement(*, tag: Tag, earlier: dt.datetime, later: dt.datetime, here: Sql = Sql()) -> Movement:  # noqa: B008
    """From which value of a tag to which everybody went between two moments, as computed by then."""
    first, second = (at_moment.values(tag=tag, at=at) for at in (earlier, later))
    query = build(MOVES, earlier=first, later=second, here=here)
    codes = {None: NONE, **dict(tag.values.values_list("pk", "code"))}
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        cells = {(codes[start], codes[end]): people for start, end, people in cursor.fetchall()}
    names = dict(tag.values.order_by("-position", "-id").values_list("code", "name"))
    return Movement(
        earlier,
        later,
        {**names, NONE: _("In none")},
        cells,
        title=_("Movement between layers"),
        whose=_("Layers as they had been computed by then."),
    )


def _layers(tag: Tag, model: pyramid.Pyramid, found: dict[int, tuple[int, Decimal]]) -> list[Layer]:
    least = dict(zip(pyramid.CODES[1:], model.bounds, strict=True))
    values = {value.code: value for value in tag.values.all()}
    return [
        Layer(code, values[code].name, least.get(code), *found.get(values[code].pk, (0, Decimal())))
        for code in reversed(pyramid.CODES)
        if code in values
    ]


def _known(setting: Setting) -> Sql:
    known = setting.known_here()
    return build(" WHERE c.member_id IN ({known})", known=known) if known else known


def _share(part, whole) -> float | None:
    return float(part / whole) if whole else None
