"""The record of who looked at personal data, and why. Each call writes exactly one row."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from members.models import AccessRecord, Account, Member


class ReasonMissing(ValueError):
    """Personal data is shown only to somebody who says why."""


def unmask(
    *,
    member: Member,
    field: str,
    reason: str,
    by: AbstractBaseUser,
    now: dt.datetime,
    details: dict | None = None,
) -> AccessRecord:
    """Note that ``by`` is shown one value of a member. The door shows it only after this returned."""
    return _record(
        action="unmask", member=member, field=field, reason=_given(reason), by=by, now=now, details=details
    )


def open_record(*, of: str, id: int, reason: str, by: AbstractBaseUser, now: dt.datetime) -> AccessRecord:
    """Note that ``by`` opened a raw record, such as a quarantined one, with what it says of its customer."""
    return _record(action="open", field=of, reason=_given(reason), by=by, now=now, details={"id": id})


def export(*, of: str, by: AbstractBaseUser, now: dt.datetime, details: dict | None = None) -> AccessRecord:
    """Note that ``by`` took a report or a list out of the house."""
    return _record(action="export", field=of, reason="", by=by, now=now, details=details)


def looked_up(
    *, field: str, member: Member | None, found: int, by: AbstractBaseUser, now: dt.datetime
) -> AccessRecord:
    """Note that ``by`` looked goods up at a service desk. What was searched for is not kept, only its kind."""
    return _record(
        action="service", member=member, field=field, reason="", by=by, now=now, details={"found": found}
    )


def changed_account(
    *, action: str, account: Account, reason: str, by: AbstractBaseUser | None, now: dt.datetime
) -> AccessRecord:
    """Note that ``by`` revoked or restored a child ID."""
    return _record(
        action=action, member=account.member, field="account", reason=reason, by=by, now=now,
        details={"account": account.pk},
    )  # fmt: skip


def corrected(
    *, member: Member, fields: Iterable[str], reason: str, by: AbstractBaseUser, now: dt.datetime
) -> AccessRecord:
    """Note that ``by`` corrected traits of a person as he was told."""
    return _record(
        action="edit", member=member, field=",".join(sorted(fields)), reason=_given(reason), by=by, now=now
    )


def decided_erasure(*, member: Member, state: str, by: AbstractBaseUser, now: dt.datetime) -> AccessRecord:
    """Note that ``by`` agreed to a person's erasure, or refused it."""
    return _record(action="erasure", member=member, field=state, reason="", by=by, now=now)


def took_copy(*, member: Member, reason: str, by: AbstractBaseUser, now: dt.datetime) -> AccessRecord:
    """Note that ``by`` took a copy of all that is known of a person out of the house."""
    return _record(action="copy", member=member, field="everything", reason=_given(reason), by=by, now=now)


def _given(reason):
    if not reason.strip():
        raise ReasonMissing("Say why you need to see this value: the reason is kept with your name.")
    return reason.strip()


def _record(*, action, field, reason, by, now, member=None, details=None):
    return AccessRecord.objects.create(
        action=action, member=member, field=field, reason=reason, user=by, at=now, details=details or {}
    )
