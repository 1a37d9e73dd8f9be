"""Tag definitions: drafted, changed by versions, approved, retired; and the first ones installed."""

import datetime as dt
import zlib
from collections.abc import Iterable, Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from members.models import Organization
from tags import library
from tags.conditions import parse
from tags.conditions.faults import Fault, unknown
from tags.models import Category, Tag, TagValue, TagVersion
from tags.models_of import MODELS
from tags.queries import catalogue, definitions

SLOTS = 7_765_003  # an advisory lock: two new numbers at once get two slots


def install(*, organization: Organization, now: dt.datetime, categories: Iterable[str] = ()) -> list[Tag]:
    """The tags that every installation begins with, and one for the buyers of each category named.

    Tags that exist already are left as they are; gives those that are new.
    """
    tree = _tree(organization)
    wanted = [*library.DEFINITIONS, *(library.buyers_of(name, code=_bought(name)) for name in categories)]
    existing = set(Tag.objects.filter(code__in=[each.code for each in wanted]).values_list("code", flat=True))
    return [
        define(
            code=each.code,
            name=each.name,
            organization=organization,
            values=each.values,
            model=each.model,
            parameters=each.parameters,
            now=now,
            category=tree[each.category],
            kind=each.kind,
            **each.said(),
        )
        for each in wanted
        if each.code not in existing
    ]


def _tree(organization: Organization) -> dict[str, Category]:
    for position, (code, name, parent) in enumerate(library.CATEGORIES, start=1):
        above = Category.objects.get(code=parent) if parent else None
        Category.objects.get_or_create(
            code=code,
            defaults={"name": name, "organization": organization, "position": position, "parent": above},
        )
    return {each.code: each for each in Category.objects.all()}


def define(*, now: dt.datetime, by: AbstractBaseUser | None = None, **fields: object) -> Tag:
    """A new tag that is approved at once: see ``draft`` and ``approve``."""
    with transaction.atomic():
        tag = draft(now=now, by=by, **fields)
        return approve(tag=tag, by=by, now=now)


def draft(
    *,
    code: str,
    name: str,
    organization: Organization,
    now: dt.datetime,
    by: AbstractBaseUser | None = None,
    values: Sequence[tuple[str, str, object]] = (),
    model: str = "",
    parameters: dict | None = None,
    **fields: object,
) -> Tag:
    """A new tag with its values (code, name, condition), checked; nobody gets it yet.

    Raises ``tags.conditions.faults.Fault``.
    """
    _check(organization, values, model, parameters or {})
    with transaction.atomic():
        given = {"source": Tag.Source.MODEL if model else Tag.Source.RULE, **fields}
        tag = Tag(
            code=code, name=name, organization=organization, model=model, parameters=parameters or {},
            created_by=by, created_at=now, **given,
        )  # fmt: skip
        if tag.shape == Tag.Shape.NUMBER:
            tag.slot = _free_slot()
        tag.save()
        TagValue.objects.bulk_create(
            TagValue(
                tag=tag, code=value, name=label, position=position, condition=None if model else condition
            )
            for position, (value, label, condition) in enumerate(values, start=1)
        )
        definitions.checked(tag=tag, names=catalogue.at(node=organization))
        note_version(tag=tag, by=by, now=now)
    return tag


def approve(*, tag: Tag, by: AbstractBaseUser | None, now: dt.datetime) -> Tag:
    """From now on members carry it. Raises ``Fault`` with the names of what it does not say of itself yet."""
    if tag.unsaid:
        names = ", ".join(str(Tag._meta.get_field(name).verbose_name) for name in tag.unsaid)
        raise Fault(
            tag.unsaid[0], _("this tag does not say: %(names)s") % {"names": names}, _("Fill them in first.")
        )
    tag.status, tag.approved_by, tag.approved_at = Tag.Status.APPROVED, by, now
    tag.save(update_fields=["status", "approved_by", "approved_at"])
    return tag


def note_version(*, tag: Tag, by: AbstractBaseUser | None, now: dt.datetime, note: str = "") -> TagVersion:
    """The rules as they stand now, kept as the tag's next version; none where nothing changed."""
    held = Tag.objects.select_for_update().get(pk=tag.pk)
    document = definitions.document(tag=tag)
    last = TagVersion.objects.filter(tag=tag).order_by("-number").first()
    if last is not None and last.document == document:
        return last
    tag.version = held.version + 1
    tag.save(update_fields=["version"])
    return TagVersion.objects.create(
        tag=tag, number=tag.version, document=document, created_by=by, created_at=now, note=note
    )


def give_values(*, tag: Tag) -> None:
    """The values of a model tag that it does not have yet, in the model's order, the best class first."""
    if not tag.model:
        return
    made = reversed(MODELS[tag.model].VALUES)
    TagValue.objects.bulk_create(
        [
            TagValue(tag=tag, code=code, name=f"{english} {chinese}", position=position)
            for position, (code, english, chinese) in enumerate(made, start=1)
        ],
        ignore_conflicts=True,
    )


def _free_slot() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SLOTS])
        cursor.execute("SELECT 1 + coalesce(max(slot), 0) FROM tags_tag")
        return cursor.fetchone()[0]


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
