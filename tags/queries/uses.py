"""What uses a tag or an audience, read from the rows that whoever uses it wrote (``tags.actions.uses``, ADR 033)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tags.conditions.faults import Fault
from tags.models import Audience, Tag, TagValue, Use
from tags.models_of import MODELS


@dataclass(frozen=True)
class Named:
    """The codes of tags and the ids of audiences that a document names."""

    tags: frozenset[str] = frozenset()
    audiences: frozenset[int] = frozenset()

    def __or__(self, other: "Named") -> "Named":
        return Named(self.tags | other.tags, self.audiences | other.audiences)


class User(NamedTuple):
    """Who uses something: ``by`` of ``Use.By``, its key among these, its name for people, the id of its organization."""

    by: str
    key: str
    name: str
    organization: int


def of_audience(*, audience: Audience) -> list[str]:
    """What uses it now, in words."""
    return listed(now(Use.objects.filter(audience=audience)))


def of_tag(*, tag: Tag) -> list[str]:
    return listed(now(Use.objects.filter(tag=tag)))


def now(rows: QuerySet[Use]) -> QuerySet[Use]:
    return rows.filter(until=None)


def listed(rows: QuerySet[Use]) -> list[str]:
    return [
        _("the %(sort)s “%(name)s”") % {"sort": use.get_by_display(), "name": use.name}
        for use in rows.order_by("by", "name", "id")
    ]


def named(documents: Iterable[object]) -> Named:
    """What these conditions name, however deep."""
    found = set(leaves(list(documents)))
    return Named(
        frozenset(
            value for leaf, key, value in found if (leaf, key) == ("tag", "tag") and isinstance(value, str)
        ),
        frozenset(
            value for leaf, key, value in found if (leaf, key) == ("audience", "id") and type(value) is int
        ),
    )


def of_rules(tag: Tag) -> Named:
    """What the rules of a tag name: the conditions of its values, its measure, the parameters of its model."""
    conditions = tag.values.filter(dropped=False).exclude(condition=None).values_list("condition", flat=True)
    return named([*conditions, tag.measure, tag.parameters]) | Named(frozenset(_of_model(tag)))


def _of_model(tag: Tag) -> set[str]:
    """Codes of the tags that its model stands on."""
    try:
        model = MODELS[tag.model].parse(tag.parameters) if tag.model in MODELS else None
    except Fault:
        return set()
    return model.needs() if hasattr(model, "needs") else set()


def of_choice(audience: Audience) -> Named:
    """What an audience asks for; a frozen one asks nothing any more."""
    return Named() if audience.frozen_at else named([audience.condition])


def conditions() -> Iterator[tuple[str, object]]:
    """(what uses it, condition as written) of every audience and every value of a tag."""
    for name, condition in Audience.objects.values_list("name", "condition"):
        yield _("the audience “%(name)s”") % {"name": name}, condition
    for name, condition in TagValue.objects.exclude(condition=None).values_list("tag__name", "condition"):
        yield _("the tag “%(name)s”") % {"name": name}, condition


def leaves(document: object) -> Iterator[tuple[str, str, object]]:
    """(leaf, field, value) of every plain field in a condition as it was written; of a list, one for each item."""
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        if isinstance(part, dict):
            waiting += part.values()
            for name, value in part.items():
                if isinstance(value, dict):
                    yield from ((name, key, item) for key, items in value.items() for item in _plain(items))


def _plain(items: object) -> Iterator[object]:
    for item in items if isinstance(items, list) else [items]:
        if not isinstance(item, dict | list):
            yield item
