"""Forgetting a person: asked for, agreed to by a second person, carried out in one transaction.

Whatever kills the work leaves nothing half done: the next call begins anew and finishes.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from members.actions import access, tombstones
from members.models import Account, ChannelKey, Erasure, Member, MemberProfile
from members.privacy import rooms
from members.queries import personal

LOCK = 7_765_010  # intake shares it: no batch is half done while somebody is erased
State = Erasure.State


class Impossible(ValueError):
    """The erasure cannot be asked for, agreed to or carried out as things stand. The message says why."""


class Joined(Impossible):
    """The person was joined to another one since: what was agreed to is somebody else now."""


@dataclass
class Report:
    """What was, or in a dry run would be, erased: {room: {what: rows}}."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    tombstones: int = 0

    def rows(self) -> int:
        return sum(rows for room in self.counts.values() for rows in room.values())


@transaction.atomic
def request(
    *,
    member: Member,
    reason: str,
    now: dt.datetime,
    by: AbstractBaseUser | None = None,
    key: ChannelKey | None = None,
    door: str = Erasure.Door.SCREEN,
) -> Erasure:
    """Ask that a person be forgotten. Asking again returns what was asked before. Raises Impossible."""
    Member.objects.select_for_update().get(pk=member.pk)
    asked = Erasure.objects.filter(member=member, state__in=[State.REQUESTED, State.APPROVED]).first()
    if asked:
        return asked
    reason = reason.strip()[:300]
    _check(member, reason, own_words=door == Erasure.Door.API)
    return Erasure.objects.create(
        member=member, reason=reason, door=door, requested_at=now, requested_by=by, requested_with=key,
        state=State.APPROVED if door == Erasure.Door.COMMAND else State.REQUESTED,
    )  # fmt: skip


def _check(member, reason, *, own_words):
    """``own_words``: the house wrote the reason, so that it names nobody."""
    if not reason:
        raise Impossible(_("Say why the person is erased: the reason is all that is kept."))
    if member.retired_at and not Account.everything.filter(member=member).exists():
        raise Impossible(_("This OneID is retired: open the person that it stands for now."))
    if own_words:
        return
    profile = MemberProfile.objects.filter(member=member).first()
    names = {profile.name, profile.nickname} if profile else set()
    if personal.named_in(reason, person=personal.person(member=member), names=names):
        raise Impossible(_("The reason names the person. It is kept after the erasure: say it without."))


def approve(*, erasure: Erasure, by: AbstractBaseUser, now: dt.datetime) -> Erasure:
    """Agree to what somebody else asked for. The worker carries it out within a minute. Raises Impossible."""
    return _decide(erasure, State.APPROVED, by, now)


def refuse(*, erasure: Erasure, by: AbstractBaseUser, now: dt.datetime) -> Erasure:
    return _decide(erasure, State.REFUSED, by, now)


@transaction.atomic
def _decide(erasure, state, by, now):
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if row.state != State.REQUESTED:
        raise Impossible(_("This has been decided already: %(state)s.") % {"state": row.get_state_display()})
    if row.requested_by_id == by.pk:
        raise Impossible(_("You asked for it yourself: somebody else has to decide."))
    row.state, row.decided_by, row.decided_at = state, by, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    access.decided_erasure(member=row.member, state=state, by=by, now=now)
    return row


def carry_out(*, erasure: Erasure, now: dt.datetime, dry_run: bool = False) -> Report:
    """Erase the person from every room; nothing, if that was done. Raises Impossible unless it was agreed to.

    Accounts that joined him meanwhile are erased with him. Raises Joined if he was joined to somebody else.
    """
    person = personal.searched(member=erasure.member)
    found = {room.name: room.look(person) for room in rooms.every()}
    with transaction.atomic():
        report = _carried_out(erasure, person, found, now)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _carried_out(erasure, person, found, now) -> Report:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if row.state == State.DONE:
        return Report(row.counts)
    if row.state != State.APPROVED:
        raise Impossible(_("Nobody agreed to this erasure yet."))
    person = personal.person(member=row.member, hidden=person.hidden)
    if not person.accounts:
        raise Joined(_("The OneID was joined to another person meanwhile: ask for that one."))
    row.state, row.accounts = State.RUNNING, list(person.accounts)
    row.save(update_fields=["state", "accounts"])
    _let_through(str(row.pk))
    report = Report(tombstones=_set_tombstones(row, person, now))
    for room in rooms.every():
        work = rooms.Work(person=person, erasure=row, found=found[room.name], now=now)
        report.counts[room.name] = room.erase(work)
    _let_through("")
    row.state, row.done_at, row.counts = State.DONE, now, report.counts
    row.save(update_fields=["state", "done_at", "counts"])
    return report


def _set_tombstones(row, person, now) -> int:
    salt = tombstones.salt()
    digests = {each for room in rooms.every() for each in room.hashes(person, salt)}
    return tombstones.set_up(erasure=row, digests=digests, now=now)


def _let_through(named: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ninefold.erasure', %s, true)", [named])


def carry_out_all(*, now: dt.datetime) -> int:
    """Carry out whatever was agreed to; how many. One that fails keeps nobody waiting, and is raised at the end."""
    done, faults = 0, []
    for erasure in Erasure.objects.filter(state=State.APPROVED).order_by("id"):
        try:
            carry_out(erasure=erasure, now=now)
            done += 1
        except Joined:
            _ask_again(erasure)
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return done


@transaction.atomic
def _ask_again(erasure) -> None:
    """The wish goes on to the person who he is now, with whatever joined him: somebody has to agree to that."""
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    now = Account.everything.get(minted=row.member).member
    if Erasure.objects.filter(member=now, state__in=[State.REQUESTED, State.APPROVED, State.DONE]).exists():
        row.state = State.REFUSED
    else:
        row.member, row.state, row.decided_by, row.decided_at = now, State.REQUESTED, None, None
        row.reason = f"{row.reason} ({_('joined to another person since: agree again')})"[:300]
    row.save(update_fields=["member", "state", "decided_by", "decided_at", "reason"])
