"""From a draft to its end: approved by a second person, retired with its history, deleted only if it never was live."""

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import AccessRecord
from tags.actions import layers
from tags.actions import uses as lineage
from tags.conditions.faults import Fault
from tags.models import Tag
from tags.queries import catalogue, definitions, standing, uses

Status = Tag.Status


class Refused(ValueError):
    """What is wrong and what to do, in a sentence for people."""


class Unsaid(Fault):
    """``fields``: names of what a tag must say of itself first."""

    def __init__(self, fields: Sequence[str]):
        self.fields = tuple(fields)
        names = ", ".join(str(Tag._meta.get_field(name).verbose_name) for name in fields)
        super().__init__(
            fields[0], _("this tag does not say: %(names)s") % {"names": names}, _("Fill them in first.")
        )


def approve(*, tag: Tag, by: AbstractBaseUser | None, now: dt.datetime, seen: str = "") -> Tag:
    """From now on members carry it. Raises ``Unsaid`` with the names of what it does not say of itself yet, ``Fault``
    where it could not be computed, ``Refused`` to whoever wrote it: another person confirms that the business needs it. ``seen``: as in ``unchanged``."""
    with transaction.atomic():
        row = held(tag, allowed={Status.DRAFT})
        unchanged(row, seen=seen)
        _check_approvable(row, by)
        row.status, row.approved_by, row.approved_at = Status.APPROVED, by, now
        row.save(update_fields=["status", "approved_by", "approved_at"])
        note(row, "approved", by=by, now=now)
    return refreshed(tag)


def retire(*, tag: Tag, by: AbstractBaseUser | None, now: dt.datetime, reason: str = "") -> Tag:
    """Nobody carries it from now on; who carried it until now, and why, stays readable.

    Raises ``Refused`` with the list of what uses it. Call ``ending.end`` afterwards: it takes the values off members.
    """
    with transaction.atomic():
        row = held(tag, allowed={Status.APPROVED})
        _refuse_used(row)
        row.status, row.retired_at = Status.RETIRED, now
        row.save(update_fields=["status", "retired_at"])
        lineage.of_tag(tag=row, now=now)
        note(row, "retired", by=by, now=now, reason=reason)
    return refreshed(tag)


def delete(*, tag: Tag, by: AbstractBaseUser | None, now: dt.datetime) -> None:
    """Only a draft that was never approved. Raises ``Refused`` with the list of what uses it, or with why it stays."""
    with transaction.atomic():
        row = held(tag, allowed=set(Status))
        _refuse_used(row)
        if row.approved_at is not None:
            raise Refused(
                _("“%(name)s” was approved and has history: retire it, and nobody carries it any more.")
                % {"name": row.name}
            )
        lineage.end(by="tag", key=row.code, now=now)
        row.uses.all().delete()
        note(row, "deleted", by=by, now=now)
        row.delete()


def held(tag: Tag, *, allowed: set[str]) -> Tag:
    """The tag's row, locked, in one of the allowed states."""
    row = Tag.objects.select_for_update(of=("self",)).select_related("organization").get(pk=tag.pk)
    if row.status not in allowed:
        raise Refused(
            _("“%(name)s” is %(state)s: this cannot be done with it any more.")
            % {"name": row.name, "state": row.get_status_display()}
        )
    return row


def unchanged(row: Tag, *, seen: str) -> None:
    """Raises ``Refused`` where the tag is another than the one whose mark (``standing.mark``) was ``seen``. Empty: unasked."""
    if seen and seen != standing.mark(tag=row):
        raise Refused(
            _("“%(name)s” was changed by somebody else meanwhile. Open its page again, and look at it first.")
            % {"name": row.name}
        )


def refreshed(tag: Tag) -> Tag:
    tag.refresh_from_db()
    return tag


def note(
    tag: Tag, deed: str, *, by: AbstractBaseUser | None, now: dt.datetime, reason: str = "", **more: object
) -> None:
    """Keep who did it (nobody: a command or a key)."""
    told = {"tag": tag.code, "version": tag.version, **more}
    AccessRecord.objects.create(action=f"tag.{deed}", user=by, at=now, reason=reason[:300], details=told)


def _check_approvable(row: Tag, by: AbstractBaseUser | None) -> None:
    if row.unsaid:
        raise Unsaid(row.unsaid)
    if row.source == Tag.Source.IDEAL:
        raise Refused(
            _("“%(name)s” is a wish. Promote it once its signals have arrived, then approve it.")
            % {"name": row.name}
        )
    last = row.versions.order_by("-number").first()
    if by is not None and by.pk in (row.created_by_id, last and last.created_by_id):
        raise Refused(_("You wrote “%(name)s”: another person has to approve it.") % {"name": row.name})
    layers.check(tag=row, values=row.values.filter(dropped=False).count())
    definitions.checked(tag=row, names=catalogue.at(node=row.organization))


def _refuse_used(row: Tag) -> None:
    if used := uses.of_tag(tag=row):
        named = {"name": row.name, "uses": ", ".join(used)}
        raise Refused(_("“%(name)s” is used by %(uses)s. Take it out there first.") % named)
