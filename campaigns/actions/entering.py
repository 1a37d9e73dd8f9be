"""Who comes into the audience of a running campaign enters it within seconds; who leaves ends his entry (ADR 126).

Readers of the changes of tags and of the event log say whose membership may have changed. Each look compares the
audience with the open entries, of these members or of everybody, and changes nothing where they agree.
"""

import datetime as dt
import logging
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError, OperationalError, connection, transaction

from campaigns import sql
from campaigns.actions import locks
from campaigns.models import Campaign
from members.actions import events
from members.models import Event
from tags.actions import follow as tagging
from tags.conditions.faults import Fault
from tags.conditions.sql import Sql, build
from tags.models import TagChange
from tags.queries import audiences, touched

TAGS, FACTS = "entries", "entries of facts"
BATCH = 5_000
log = logging.getLogger(__name__)

PEOPLE = """
SELECT a.minted_id, a.member_id FROM members_account a
WHERE a.member_id IN (SELECT member_id FROM members_account WHERE minted_id = ANY(%s::bigint[]))
"""
WHOLE_TABLES = "SELECT set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'on', true)"
BY_INDEX = "SELECT set_config('enable_nestloop', 'on', true), set_config('enable_seqscan', 'off', true)"


@dataclass(frozen=True)
class Look:
    """``came``: entries begun, ``entered`` of them with a decision; ``left``: entries ended, ``skipped`` before a message."""

    entered: int
    came: int
    left: int
    skipped: int


@dataclass(frozen=True)
class Looked:
    """The people of whom something changed, and the members that their accounts minted: entries hang on these."""

    people: tuple[int, ...]
    members: tuple[int, ...]


def follow(*, now: dt.datetime) -> int:
    """One batch of each feed; how many rows of them it took in."""
    changes = TagChange.objects.only("tx", "member_id")
    happenings = Event.objects.only(*tagging.COLUMNS)
    return events.follow(
        reader=TAGS, log=changes, take_in=partial(_changed, now), batch=BATCH, now=now
    ) + events.follow(reader=FACTS, log=happenings, take_in=partial(_happened, now), batch=BATCH, now=now)


def hold(*, campaign: Campaign) -> None:
    """Keep the readers out until the transaction ends: what they passed is seen by what it looks at next.

    Before ``campaigns.changing``, never within: the readers wait for a campaign's lock while they hold this one.
    """
    if Campaign.objects.filter(pk=campaign.pk).exclude(entering=Campaign.Entering.ONCE).exists():
        with connection.cursor() as cursor:
            locks.entries(cursor)


def look(
    *, campaign: Campaign, now: dt.datetime, of: Looked | None = None, as_of: dt.datetime | None = None, starts: bool = False
) -> Look:  # fmt: skip
    """Bring the entries of one campaign in step with its audience, of some people or of everybody."""
    chosen = audiences.members(audience=campaign.audience, as_of=as_of or now, only=of and of.people)
    days = campaign.reenter_after_days
    statement = build(
        sql.text("enter"),
        audience=chosen,
        path=f"{campaign.organization.path}%",
        people=build(" AND a.member_id = ANY({ids})", ids=list(of.people)) if of else Sql(),
        entries=build(" AND e.member_id = ANY({ids})", ids=list(of.members)) if of else Sql(),
        campaign=campaign.pk,
        share=campaign.holdout_share,
        there=starts and campaign.entering == Campaign.Entering.NEW,
        again=now - dt.timedelta(days=days) if days else None,
        is_open=is_open(campaign, now),
        now=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(BY_INDEX if of else WHOLE_TABLES)
        cursor.execute(statement.text, statement.params)
        found = Look(*cursor.fetchone())
        cursor.execute(BY_INDEX)
        return found


def look_at_everybody(*, now: dt.datetime) -> int:
    """Compare all entries with the audiences: what no feed tells of, as a condition that was changed or a window of
    plain facts that passed. How many entries began or ended."""
    return sum(_whole(campaign, now) for campaign in _running())


def is_open(campaign: Campaign, now: dt.datetime) -> bool:
    """Whether people may still enter."""
    return campaign.follows and (campaign.ends_at is None or now < campaign.ends_at)


@transaction.atomic
def _whole(campaign: Campaign, now: dt.datetime) -> int:
    with connection.cursor() as cursor:
        locks.entries(cursor)
    found = _tried(campaign.pk, now=now)
    return found.came + found.left if found else 0


def _changed(now: dt.datetime, told: list[TagChange]) -> None:
    _take_in(now, {change.member_id for change in told})


def _happened(now: dt.datetime, told: list[Event]) -> None:
    _take_in(now, touched.by(events=told))


def _take_in(now: dt.datetime, members: Collection[int]) -> None:
    with connection.cursor() as cursor:
        locks.entries(cursor)
    running = _running() if members else []
    if not running:
        return
    of = _looked(members)
    as_of = touched.moment(members=of.people, now=now)
    for campaign in running:
        _tried(campaign.pk, now=now, of=of, as_of=as_of)


def _looked(members: Collection[int]) -> Looked:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [sorted(members)])
        rows = cursor.fetchall()
    minted, people = ({row[place] for row in rows} for place in (0, 1))
    return Looked(tuple(sorted(people)), tuple(sorted(minted | people | set(members))))


def _tried(campaign_id: int, *, now: dt.datetime, **told) -> Look | None:
    """None if it does not run any more. One whose condition cannot be read any more holds up no other."""
    with connection.cursor() as cursor:
        locks.together(cursor, campaign_id=campaign_id)
    campaign = Campaign.objects.select_related("organization", "audience__organization").get(pk=campaign_id)
    if campaign.state != Campaign.State.RUNNING:
        return None
    try:
        with transaction.atomic():
            return look(campaign=campaign, now=now, **told)
    except OperationalError:
        raise
    except (Fault, DatabaseError):
        log.exception("Nobody can enter campaign %s", campaign_id)
        return None


def _running() -> list[Campaign]:
    follows = Campaign.objects.filter(state=Campaign.State.RUNNING).exclude(entering=Campaign.Entering.ONCE)
    return list(follows.order_by("pk"))
