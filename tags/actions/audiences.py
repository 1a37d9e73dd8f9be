"""Audiences: saved, frozen, counted again, deleted."""

import datetime as dt
import json

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from members.models import Organization
from tags.actions import sizes, trying
from tags.actions import uses as lineage
from tags.conditions.faults import Fault
from tags.conditions.sql import Sql, build
from tags.models import Audience
from tags.queries import audiences, planning, sets, uses

NAMING = 7_765_004  # an advisory lock: one audience that names another is saved at a time
log = structlog.get_logger(__name__)


class Refused(ValueError):
    """What is wrong and what to do, in a sentence for people."""


def save(
    *,
    name: str,
    organization: Organization,
    condition: object,
    by: AbstractBaseUser | None,
    now: dt.datetime,
    audience: Audience | None = None,
) -> Audience:
    """A new audience, or an existing one said anew; counted as of ``now``.

    Raises ``tags.conditions.faults.Fault`` for a wrong condition, ``Refused`` for a frozen audience.
    """
    with transaction.atomic():
        chosen = _chosen(condition, organization, audience, now)
        saved = _dynamic(audience) if audience else Audience(created_by=by, created_at=now)
        saved.name, saved.organization, saved.condition = name, organization, condition
        members = sets.fetched(chosen)
        saved.count, saved.counted_at = len(members), now
        saved.save()
        sizes.note(audience=saved, members=members, now=now)
        lineage.of_audience(audience=saved, now=now)
    return saved


def _chosen(condition: object, node: Organization, audience: Audience | None, now: dt.datetime) -> Sql:
    """Of two that are said to be part of each other at the same moment, the second is told of the circle."""
    asked = {
        "condition": condition,
        "node": node,
        "as_of": now,
        "audience": audience.pk if audience else None,
    }
    found = audiences.chosen(**asked)
    if '"audience"' not in json.dumps(condition):
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NAMING])
    return audiences.chosen(**asked)


def _dynamic(audience: Audience) -> Audience:
    """Its row, held so that nobody freezes it meanwhile."""
    held = Audience.objects.select_for_update().get(pk=audience.pk)
    if held.frozen_at:
        raise Refused(
            _("“%(name)s” is frozen and keeps its members. Save a new audience.") % {"name": held.name}
        )
    return held


def freeze(*, audience: Audience, by: AbstractBaseUser | None, now: dt.datetime) -> Audience:
    """Keep the members of this moment, for ever. A frozen audience stays as it is."""
    with transaction.atomic():
        held = Audience.objects.select_for_update().select_related("organization").get(pk=audience.pk)
        if held.frozen_at is None:
            planning.plain()
            query = build(
                "INSERT INTO tags_audiencemember (audience_id, member_id)"
                " SELECT {audience}, c.member_id FROM ({chosen}) c ORDER BY c.member_id",
                audience=held.pk,
                chosen=audiences.members(audience=held, as_of=now),
            )
            with connection.cursor() as cursor:
                cursor.execute(query.text, query.params)
                held.count = cursor.rowcount
            held.frozen_at = held.counted_at = now
            held.save(update_fields=["frozen_at", "count", "counted_at"])
            sizes.note(
                audience=held, members=sets.fetched(audiences.members(audience=held, as_of=now)), now=now
            )
            lineage.of_audience(audience=held, now=now)
    audience.refresh_from_db()
    return audience


def refresh(*, audience: Audience, now: dt.datetime) -> Audience:
    """Count again. One that somebody froze, or said anew, meanwhile keeps what was counted then."""
    members = sets.fetched(audiences.members(audience=audience, as_of=now))
    with transaction.atomic():
        held = (
            Audience.objects.select_for_update(of=("self",))
            .select_related("organization")
            .get(pk=audience.pk)
        )
        if _asked(held) != _asked(audience):
            return held
        audience.count, audience.counted_at = len(members), now
        audience.save(update_fields=["count", "counted_at"])
        sizes.note(audience=audience, members=members, now=now)
    return audience


def _asked(audience: Audience) -> tuple:
    return audience.frozen_at, audience.condition, audience.organization_id


def refresh_all(*, now: dt.datetime) -> int:
    """Count every dynamic audience again, once a day; how many. One whose condition cannot be read any more (its tag was
    retired), or that the database gives up, keeps its last count."""
    done = 0
    for audience in Audience.objects.filter(frozen_at=None).select_related("organization").order_by("id"):
        try:
            with trying.savepoint():
                refresh(audience=audience, now=now)
            done += 1
        except (Fault, DatabaseError):
            log.exception("audience.not_counted", audience=audience.pk)
    return done


def delete(*, audience: Audience, now: dt.datetime) -> None:
    """Raises ``Refused`` with the list of what uses it."""
    with transaction.atomic():
        Audience.objects.select_for_update().filter(pk=audience.pk).first()
        used = uses.of_audience(audience=audience)
        try:
            if not used:
                lineage.let_go(audience=audience, now=now)
                audience.delete()
        except ProtectedError as error:
            used = [f"{row._meta.verbose_name} “{row}”" for row in error.protected_objects]
    if used:
        names = {"name": audience.name, "uses": ", ".join(used)}
        raise Refused(_("“%(name)s” is used by %(uses)s. Take it out there first.") % names)
