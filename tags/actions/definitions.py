"""Tag definitions: drafted, changed by versions; and the first ones installed."""

import datetime as dt
import zlib
from collections.abc import Iterable, Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from members.models import Organization
from tags import library
from tags.actions import approvals, checking, uses, valuing
from tags.conditions.faults import Fault
from tags.models import Category, Tag, TagVersion
from tags.models.tag import SAID
from tags.queries import catalogue, definitions

CHANGEABLE = {
    *SAID, "name", "category", "kind", "source", "shape", "model", "parameters", "measure", "unit", "levels_reason",
    "wanted_signals", "expires_at",
}  # fmt: skip
SLOTS = 7_765_003  # an advisory lock: two new numbers at once get two slots


def install(*, organization: Organization, now: dt.datetime, categories: Iterable[str] = ()) -> list[Tag]:
    """The tags that every installation begins with, and one for the buyers of each category named.

    Tags that exist already are left as they are; gives those that are new.
    """
    tree = _tree(organization)
    wanted = [*library.DEFINITIONS, *(library.buyers_of(name, code=_bought(name)) for name in categories)]
    existing = set(Tag.objects.filter(code__in=[each.code for each in wanted]).values_list("code", flat=True))
    return [
        define(organization=organization, now=now, category=tree[each.category], **each.fields())
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
    """A new tag that is approved at once, as installations and commands do: see ``draft`` and ``approvals.approve``."""
    with transaction.atomic():
        tag = draft(now=now, by=by, **fields)
        return approvals.approve(tag=tag, by=None, now=now)


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

    Raises ``Unsaid`` where it does not say why it is wanted, and ``tags.conditions.faults.Fault``.
    """
    with transaction.atomic():
        tag = Tag(
            code=code, name=name, organization=organization, model=model, parameters=parameters or {},
            created_by=by, created_at=now,
            **{"source": Tag.Source.MODEL if model else Tag.Source.RULE, **fields},
        )  # fmt: skip
        checking.said(tag=tag)
        checking.fields(tag=tag, values=values)
        if tag.shape == Tag.Shape.NUMBER:
            tag.slot = _free_slot()
        tag.save()
        valuing.put(tag=tag, values=values)
        _settle(tag, by, now)
    return tag


def change(
    *,
    tag: Tag,
    by: AbstractBaseUser | None,
    now: dt.datetime,
    note: str = "",
    values: Sequence[tuple[str, str, object]] | None = None,
    seen: str = "",
    **fields: object,
) -> Tag:
    """What a draft or a live tag says and how it is found; other rules are its next version, and the versions before stay.

    ``values``: all of them, in their order; one that is left out is deleted, or given to nobody any more if the tag was
    ever live. ``note``: why; a live tag needs one for new rules. ``seen``: as ``approvals.unchanged`` asks. Raises as ``draft`` does, and ``Refused`` of a retired one.
    """
    if unknown := set(fields) - CHANGEABLE:
        raise TypeError(f"a tag's {', '.join(sorted(unknown))} cannot be changed")
    with transaction.atomic():
        row = approvals.held(tag, allowed={Tag.Status.DRAFT, Tag.Status.APPROVED})
        approvals.unchanged(row, seen=seen)
        if row.source == Tag.Source.IDEAL and fields.get("source", row.source) != Tag.Source.IDEAL:
            checking.arrived(tag=row, now=now)
        for field, value in fields.items():
            setattr(row, field, value)
        _check_changed(row, values)
        row.slot = (row.slot or _free_slot()) if row.shape == Tag.Shape.NUMBER else None
        row.save()
        if values is not None:
            valuing.put(tag=row, values=values)
        before = row.version
        _settle(row, by, now, note)
        if row.active and before != row.version and not note.strip():
            raise Fault(
                "note", _("it is not said why the rules change"), _("Say it in a sentence: it is kept.")
            )
    return approvals.refreshed(tag)


def _check_changed(row: Tag, values: Sequence[tuple] | None) -> None:
    given = values
    if given is None:
        given = list(row.values.filter(dropped=False).values_list("code", "name", "condition"))
    checking.said(tag=row, everything=row.active)
    checking.fields(tag=row, values=given)
    if row.approved_at and row.shape != Tag.objects.values_list("shape", flat=True).get(pk=row.pk):
        raise Fault(
            "shape", _("members carry it in its present shape"), _("Draft a new tag, and retire this one.")
        )


def _settle(tag: Tag, by: AbstractBaseUser | None, now: dt.datetime, note: str = "") -> None:
    """What follows from new rules: values of a model, a check that they can be computed, a version, the lineage."""
    valuing.of_model(tag=tag)
    if tag.source not in (Tag.Source.IDEAL, Tag.Source.STRATEGY):
        definitions.checked(tag=tag, names=catalogue.at(node=tag.organization))
    note_version(tag=tag, by=by, now=now, note=note)
    uses.of_tag(tag=tag, now=now)


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


def _free_slot() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SLOTS])
        cursor.execute("SELECT 1 + coalesce(max(slot), 0) FROM tags_tag")
        return cursor.fetchone()[0]


def _bought(category: str) -> str:
    return (
        f"bought_{slugify(category, allow_unicode=False).replace('-', '_') or zlib.crc32(category.encode())}"[
            :64
        ]
    )
