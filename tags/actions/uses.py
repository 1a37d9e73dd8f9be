"""Lineage as rows: whoever saves what uses tags or audiences says so here, in the same transaction (ADR 033)."""

import datetime as dt
from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from tags.conditions.faults import Fault
from tags.models import Audience, Tag, Use
from tags.queries import uses
from tags.queries.uses import User

# Rows are held in the order of their ids: who retires or deletes one of them waits, or has been first.
HELD_TAGS = "SELECT id, code, status FROM tags_tag WHERE code = ANY(%s) ORDER BY id FOR SHARE"
HELD_AUDIENCES = "SELECT id FROM tags_audience WHERE id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE"


def record(
    *,
    by: str,
    key: object,
    name: str,
    organization: int,
    now: dt.datetime,
    tags: Collection[str] = (),
    audiences: Collection[int] = (),
) -> None:
    """From now on ``by`` (of ``Use.By``) ``key`` of this organization (an id) uses these tags (codes) and audiences (ids),
    and no others.

    Raises ``Fault`` where one of them was retired or deleted in the meantime.
    """
    with transaction.atomic():
        tag_ids, audience_ids = _hold(tags, audiences)
        _write(User(by, str(key), name, organization), now, tag_ids, audience_ids)


def end(*, by: str, key: object, now: dt.datetime) -> None:
    """It uses nothing any more."""
    _ended(Use.objects.filter(by=by, key=str(key)), now)


def let_go(*, audience: Audience, now: dt.datetime) -> None:
    """Before an audience is deleted: it uses nothing any more, and what once used it names it no more."""
    end(by=Use.By.AUDIENCE, key=audience.pk, now=now)
    Use.objects.filter(audience=audience).exclude(until=None).delete()


def of_tag(*, tag: Tag, now: dt.datetime) -> None:
    """What a tag's own rules use; of a retired one nothing."""
    named = uses.Named() if tag.status == Tag.Status.RETIRED else uses.of_rules(tag)
    others = named.tags - {tag.code}
    record(
        by=Use.By.TAG,
        key=tag.code,
        name=tag.name,
        organization=tag.organization_id,
        tags=others,
        audiences=named.audiences,
        now=now,
    )


def of_audience(*, audience: Audience, now: dt.datetime) -> None:
    named = uses.of_choice(audience)
    record(
        by=Use.By.AUDIENCE,
        key=audience.pk,
        name=audience.name,
        organization=audience.organization_id,
        tags=named.tags,
        audiences=named.audiences - {audience.pk},
        now=now,
    )


def rebuild(*, now: dt.datetime) -> int:
    """The uses by tags and audiences, from their conditions as they stand; how many of both were read."""
    users = [
        *(
            (User(Use.By.TAG, tag.code, tag.name, tag.organization_id), uses.of_rules(tag))
            for tag in Tag.objects.exclude(status="retired")
        ),
        *(
            (User(Use.By.AUDIENCE, str(each.pk), each.name, each.organization_id), uses.of_choice(each))
            for each in Audience.objects.order_by("id")
        ),
    ]
    refresh(by=[Use.By.TAG, Use.By.AUDIENCE], users=users, now=now)
    return len(users)


@transaction.atomic
def refresh(*, by: Collection[str], users: Collection[tuple[User, uses.Named]], now: dt.datetime) -> None:
    """All uses of these sorts, written anew where they are not as told: (who uses, what it names).

    What is named and no longer there is left out. Repeated it changes nothing.
    """
    tags = dict(Tag.objects.values_list("code", "id"))
    known = set(Audience.objects.values_list("id", flat=True))
    for user, named in users:
        itself = user.by, user.key
        mine = {tags[code] for code in named.tags if code in tags and (Use.By.TAG, code) != itself}
        others = {pk for pk in named.audiences if pk in known and (Use.By.AUDIENCE, str(pk)) != itself}
        _write(user, now, mine, others)
    told = {(user.by, user.key) for user, _named in users}
    open_ = Use.objects.filter(by__in=by, until=None).values_list("id", "by", "key")
    gone = [pk for pk, sort, key in open_ if (sort, key) not in told]
    _ended(Use.objects.filter(pk__in=gone), now)


def _hold(tags: Collection[str], audiences: Collection[int]) -> tuple[set[int], set[int]]:
    with connection.cursor() as cursor:
        cursor.execute(HELD_TAGS, [sorted(tags)])
        held = {code: (pk, status) for pk, code, status in cursor.fetchall()}
        cursor.execute(HELD_AUDIENCES, [sorted(audiences)])
        known = {row[0] for row in cursor.fetchall()}
    for code in sorted(tags):
        if held.get(code, (0, Tag.Status.RETIRED))[1] == Tag.Status.RETIRED:
            raise Fault(f"tag “{code}”", _("this tag was just retired or deleted"), _("Choose another."))
    if missing := set(audiences) - known:
        raise Fault(f"audience {min(missing)}", _("this audience was just deleted"), _("Choose another."))
    return {pk for pk, _status in held.values()}, known


def _write(user: User, now: dt.datetime, tags: set[int], audiences: set[int]) -> None:
    mine = Use.objects.filter(by=user.by, key=user.key, until=None)
    _ended(mine.filter(tag__isnull=False).exclude(tag__in=tags), now)
    _ended(mine.filter(audience__isnull=False).exclude(audience__in=audiences), now)
    known_as = {"name": user.name[:200], "organization": user.organization}
    mine.exclude(**known_as).update(**known_as)
    had = set(mine.values_list("tag", "audience"))
    wanted = [*((pk, None) for pk in sorted(tags)), *((None, pk) for pk in sorted(audiences))]
    Use.objects.bulk_create(
        [
            Use(
                tag_id=tag,
                audience_id=audience,
                by=user.by,
                key=user.key,
                since=now,
                name=user.name[:200],
                organization_id=user.organization,
            )
            for tag, audience in wanted
            if (tag, audience) not in had
        ],
        ignore_conflicts=True,
    )


def _ended(rows: object, now: dt.datetime) -> None:
    rows.filter(until=None).update(until=Greatest(F("since"), now))
