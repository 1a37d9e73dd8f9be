"""Tag definitions: made, and the first ones installed."""

import zlib
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from members.models import Organization
from tags import library
from tags.conditions import parse
from tags.conditions.faults import Fault, unknown
from tags.models import Tag, TagValue
from tags.models_of import MODELS
from tags.queries import catalogue, definitions


def install(*, organization: Organization, categories: Iterable[str] = ()) -> list[Tag]:
    """The tags that every installation begins with, and one for the buyers of each category named.

    Tags that exist already are left as they are; gives those that are new.
    """
    wanted = [*library.DEFINITIONS, *(library.buyers_of(name, code=_bought(name)) for name in categories)]
    existing = set(Tag.objects.filter(code__in=[each.code for each in wanted]).values_list("code", flat=True))
    return [
        define(
            code=each.code,
            name=each.name,
            purpose=each.purpose,
            organization=organization,
            values=each.values,
            model=each.model,
            parameters=each.parameters,
        )
        for each in wanted
        if each.code not in existing
    ]


def define(
    *,
    code: str,
    name: str,
    organization: Organization,
    values: Sequence[tuple[str, str, object]],
    purpose: str = "",
    model: str = "",
    parameters: dict | None = None,
) -> Tag:
    """A new tag with its values (code, name, condition), checked. Raises ``tags.conditions.faults.Fault``."""
    _check(organization, values, model, parameters or {})
    with transaction.atomic():
        tag = Tag.objects.create(
            code=code,
            name=name,
            kind=Tag.Kind.MODEL if model else Tag.Kind.RULE,
            model=model,
            parameters=parameters or {},
            organization=organization,
            purpose=purpose,
        )
        TagValue.objects.bulk_create(
            TagValue(
                tag=tag, code=value, name=label, position=position, condition=None if model else condition
            )
            for position, (value, label, condition) in enumerate(values, start=1)
        )
        faults = definitions.ready(names=catalogue.at(node=organization)).faults
        if code in faults:
            raise Fault(code, faults[code], _("Change the conditions of this tag."))
    return tag


def give_values(*, tag: Tag) -> None:
    """The values of a model tag that it does not have yet, in the model's order, the best class first."""
    if tag.kind != Tag.Kind.MODEL:
        return
    made = reversed(MODELS[tag.model].VALUES)
    TagValue.objects.bulk_create(
        [
            TagValue(tag=tag, code=code, name=f"{english} {chinese}", position=position)
            for position, (code, english, chinese) in enumerate(made, start=1)
        ],
        ignore_conflicts=True,
    )


def _check(organization: Organization, values: Sequence[tuple], model: str, parameters: dict) -> None:
    if model:
        if model not in MODELS:
            raise unknown("model", _("the model"), model, MODELS)
        MODELS[model].parse(parameters)
        return
    names = catalogue.at(node=organization)
    for value, _label, condition in values:
        if condition is not None:
            _readable(value, condition, names)


def _readable(value: str, condition: object, names: object) -> None:
    try:
        parse.condition(condition, catalogue=names)
    except Fault as fault:
        raise Fault(f"{value}: {fault.place}", fault.problem, fault.remedy) from None


def _bought(category: str) -> str:
    return (
        f"bought_{slugify(category, allow_unicode=False).replace('-', '_') or zlib.crc32(category.encode())}"[
            :64
        ]
    )
