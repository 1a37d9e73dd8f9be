"""The active tags, read and checked, in the order in which they can be computed."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tags.conditions import catalogue, parse
from tags.conditions.faults import Fault
from tags.conditions.leaves.audience import InAudience
from tags.conditions.leaves.tag import HasTag
from tags.conditions.nodes import All, Any, Not
from tags.models import Tag, TagValue
from tags.models_of import MODELS

GIVEN = """
SELECT code FROM unnest(%s::text[]) AS asked (code)
WHERE EXISTS (SELECT FROM members_labelstatement s WHERE s.source = 'tag:' || code)
"""


@dataclass(frozen=True)
class Definition:
    """A tag ready to compute: conditions in the order of its values, a measure, or a model with its values by code.

    ``given``: whether staff or a file gave it to anybody. ``open``: its values are added as data brings them.
    """

    id: int
    code: str
    node: catalogue.Node
    shape: str
    values: dict[str, int]
    parameters: dict
    slot: int | None = None
    conditions: tuple = ()
    measure: object = None
    model: object = None
    version: str = ""
    expires_at: dt.datetime | None = None
    given: bool = False
    open: bool = False

    @property
    def learns(self) -> bool:
        return hasattr(self.model, "learns")

    @property
    def holds_given(self) -> bool:
        """Whether members carry values of it that they were given."""
        return self.given and bool(self.values) and self.shape != Tag.Shape.NUMBER

    def needs(self) -> set[str]:
        """Codes of the tags that its conditions or its model ask for."""
        asked = self.model.needs() if hasattr(self.model, "needs") else set()
        return asked | {
            leaf.tag
            for condition in self.conditions
            for leaf in leaves(condition)
            if isinstance(leaf, HasTag)
        }


@dataclass(frozen=True)
class Ready:
    """``levels``: at least one; each needs only those before it. ``faults``: tags that cannot be computed, and why."""

    levels: tuple[tuple[Definition, ...], ...]
    faults: dict[str, str]

    def all(self) -> list[Definition]:
        return [definition for level in self.levels for definition in level]


def document(*, tag: Tag) -> dict:
    """All that rules a tag's values, as a version keeps it."""
    given = tag.values.filter(dropped=False).order_by("position", "id")
    values = given.values("code", "name", "position", "condition")
    return {
        "shape": tag.shape,
        "model": tag.model,
        "parameters": tag.parameters,
        "measure": tag.measure,
        "values": list(values),
    }


def of_all_at_once(*, tag: Tag) -> bool:
    """Whether the tag's model looks at everybody at once, so that single members wait for the next run over all."""
    return bool(tag.model) and getattr(MODELS[tag.model].parse(tag.parameters), "whole", False)


def checked(*, tag: Tag, names: catalogue.Catalogue) -> None:
    """Raises ``Fault`` where the tag could not be computed as it stands."""
    others = Tag.objects.live().exclude(pk=tag.pk)
    faults = _read(others | Tag.objects.filter(pk=tag.pk), names).faults
    if tag.code in faults:
        raise Fault(tag.code, faults[tag.code], _("Change the conditions of this tag."))


def ready(*, names: catalogue.Catalogue, codes: Iterable[str] | None = None) -> Ready:
    tags = Tag.objects.live()
    if codes is not None:
        tags = tags.filter(code__in=list(codes))
    return _read(tags, names)


def _read(tags: QuerySet[Tag], names: catalogue.Catalogue) -> Ready:
    values: dict[int, list[TagValue]] = {}
    for value in TagValue.objects.filter(tag__in=tags, dropped=False).order_by("position", "id"):
        values.setdefault(value.tag_id, []).append(value)
    found, faults, given = [], {}, _given(tags)
    for tag in tags.order_by("id"):
        try:
            found.append(_definition(tag, values.get(tag.pk, []), names, given=tag.code in given))
        except Fault as fault:
            faults[tag.code] = str(fault)
    levels, circular = _in_order(found)
    faults |= {code: _("this tag depends on itself") for code in circular}
    return Ready(levels or ((),), faults)


def leaves(condition: object) -> Iterator[object]:
    """Every leaf of a condition, those of the audiences in it included."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case InAudience():
            yield condition
            if condition.condition is not None:
                yield from leaves(condition.condition)
        case _:
            yield condition


def _definition(tag: Tag, values: list[TagValue], names: catalogue.Catalogue, *, given: bool) -> Definition:
    node = next(node for node in names.nodes.values() if node.id == tag.organization_id)
    ruled = not (tag.model or tag.measure or tag.shape == Tag.Shape.NUMBER)
    model = _model(tag) if tag.model else None
    made = Definition(
        id=tag.pk,
        code=tag.code,
        node=node,
        shape=tag.shape,
        values={value.code: value.pk for value in values},
        parameters=tag.parameters,
        slot=tag.slot,
        conditions=tuple(_condition(tag, value, names.at(node)) for value in values) if ruled else (),
        measure=parse.measure(tag.measure, catalogue=names.at(node)) if tag.measure else None,
        model=model,
        version=getattr(MODELS[tag.model], "VERSION", "") if tag.model else "",
        expires_at=tag.expires_at,
        given=given,
        open=model is not None and tag.shape != Tag.Shape.NUMBER and not MODELS[tag.model].VALUES,
    )
    if not values and not made.open and tag.shape != Tag.Shape.NUMBER:
        raise Fault(tag.code, _("this tag has no values"), _("Add at least one."))
    if tag.shape == Tag.Shape.NUMBER and made.measure is None and made.model is None:
        raise Fault(tag.code, _("nothing says which number this is"), _("Give it a measure or a model."))
    return made


def _given(tags: QuerySet[Tag]) -> set[str]:
    """Codes of the tags whose values staff or a file gave to somebody."""
    with connection.cursor() as cursor:
        cursor.execute(GIVEN, [list(tags.values_list("code", flat=True))])
        return {row[0] for row in cursor.fetchall()}


def _condition(tag: Tag, value: TagValue, names: catalogue.Catalogue) -> object:
    """Without a condition a value of a rule is for everybody whom no value above fits; of another tag for those to whom
    it is given."""
    if value.condition is None:
        return All(()) if tag.source == Tag.Source.RULE else Any(())
    try:
        return parse.condition(value.condition, catalogue=names)
    except Fault as fault:
        raise Fault(f"{value.code}: {fault.place}", fault.problem, fault.remedy) from None


def _model(tag: Tag) -> object:
    if tag.model not in MODELS:
        raise Fault("model", _("there is no model “%(name)s”") % {"name": tag.model}, _("Choose another."))
    return MODELS[tag.model].parse(tag.parameters)


def _in_order(definitions: list[Definition]) -> tuple[tuple[tuple[Definition, ...], ...], list[str]]:
    """Levels, and the codes of tags that wait for themselves."""
    waiting = {definition.code: definition for definition in definitions}
    levels = []
    while waiting:
        free = [each for each in waiting.values() if not each.needs() & waiting.keys()]
        if not free:
            return tuple(levels), sorted(waiting)
        levels.append(tuple(free))
        for each in free:
            del waiting[each.code]
    return tuple(levels), []
