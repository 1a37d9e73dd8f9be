"""Values given by hand or from a file: statements of the source ``tag:<code>`` on members' accounts, which go before
what the tag's own rules find. The event log tells the follower, which computes the members again.
"""

import datetime as dt
from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import labels
from tags.conditions.sql import Sql, build
from tags.models import Tag, TagValue

GIVEN, TAKEN = "tag.given", "tag.taken_back"
LONGEST = 300
OF_TAG = "tag:"


class Refused(ValueError):
    """What is wrong and what to do, in a sentence for people."""


def source(tag: Tag) -> str:
    """What the statements of a tag's given values are filed under."""
    return f"{OF_TAG}{tag.code}"


@transaction.atomic
def give(
    *,
    tag: Tag,
    members: Sql | Collection[int],
    values: Collection[str],
    by: AbstractBaseUser | None,
    reason: str,
    now: dt.datetime,
    expires_at: dt.datetime | None = None,
) -> int:
    """Give members (a SELECT of ``member_id``, or ids) these values; how many got them. It takes the place of what was
    given before, and ends with the tag itself if that is earlier. Raises ``Refused``.
    """
    held = _checked(tag, reason)
    codes = _values(held, values)
    ends = min((end for end in (expires_at, held.expires_at) if end), default=None)
    if ends is not None and ends <= now:
        raise Refused(_("That day is over: nobody would carry “%(name)s”.") % {"name": held.name})
    said = _said(GIVEN, held, by, reason, now, values=codes)
    return labels.add(members=_select(members), source=source(held), labels=codes, said=said, expires_at=ends)


@transaction.atomic
def take_back(
    *, tag: Tag, members: Sql | Collection[int], by: AbstractBaseUser | None, reason: str, now: dt.datetime
) -> int:
    """Take back what was given by hand; the tag's own rules decide again. How many members had something."""
    held = _checked(tag, reason)
    said = _said(TAKEN, held, by, reason, now)
    return labels.take_off(members=_select(members), source=source(held), said=said)


def _checked(tag: Tag, reason: str) -> Tag:
    """The tag, held until the end so that nobody retires it meanwhile."""
    if not reason.strip():
        raise Refused(_("Say why: the reason is kept with your name."))
    held = Tag.objects.select_for_update(no_key=True).get(pk=tag.pk)
    if not held.active:
        told = {"name": held.name, "status": held.get_status_display()}
        raise Refused(_("“%(name)s” is %(status)s, and nobody carries it. Have it approved first.") % told)
    if held.shape == Tag.Shape.NUMBER:
        raise Refused(
            _("“%(name)s” is a number that is measured; it has no values to give.") % {"name": held.name}
        )
    return held


def _values(tag: Tag, values: Collection[str]) -> list[str]:
    codes = sorted(set(values))
    known = set(TagValue.objects.filter(tag=tag, dropped=False).values_list("code", flat=True))
    if missing := [code for code in codes if code not in known]:
        told = {"name": tag.name, "missing": ", ".join(missing), "known": ", ".join(sorted(known))}
        raise Refused(_("“%(name)s” has no value %(missing)s. It has: %(known)s.") % told)
    if not codes or (tag.shape == Tag.Shape.ONE and len(codes) > 1):
        raise Refused(_("Choose one value of “%(name)s”.") % {"name": tag.name})
    return codes


def _select(members: Sql | Collection[int]) -> tuple[str, tuple]:
    if not isinstance(members, Sql):
        members = build("SELECT unnest({ids}::bigint[]) AS member_id", ids=sorted(set(members)))
    return members.text, members.params


def _said(event: str, tag: Tag, by, reason: str, now: dt.datetime, **more) -> labels.Said:
    return labels.Said(
        by=by.pk if by else None,
        reason=reason.strip()[:LONGEST],
        at=now,
        event=event,
        properties={"tag": tag.code, **more},
    )
