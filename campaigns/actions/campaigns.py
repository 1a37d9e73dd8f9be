"""From a draft to its end. Each verb locks the campaign, checks its state, and records who did it."""

import contextlib
import datetime as dt
from collections.abc import Iterator

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns import messages, touchpoints
from campaigns.actions import entering, lineage, locks
from campaigns.models import Campaign
from members.models import AccessRecord
from tags.conditions.faults import Fault
from tags.queries import audiences

State = Campaign.State
EDITABLE = {
    "name", "organization", "audience", "touchpoint", "purpose", "subject", "body", "starts_at", "holdout_share",
    "entering", "reenter_after_days", "ends_at", "cap_count", "cap_days",
}  # fmt: skip


class Refused(Exception):
    """The campaign is not in a state, or not in a shape, that allows it. The message is for people."""


def draft(*, by: AbstractBaseUser, now: dt.datetime, **fields) -> Campaign:
    """A new campaign, to be submitted by whoever answers for its content."""
    _only_editable(fields)
    with transaction.atomic():
        campaign = Campaign.objects.create(created_by=by, created_at=now, **fields)
        record(campaign, "drafted", by=by, now=now)
    return campaign


def edit(*, campaign: Campaign, by: AbstractBaseUser, now: dt.datetime, **fields) -> Campaign:
    """Change a draft. A submitted or approved campaign is withdrawn first."""
    _only_editable(fields)
    with changing(campaign, allowed={State.DRAFT}, verb=_("edited")) as row:
        for field, value in fields.items():
            setattr(row, field, value)
        record(row, "edited", by=by, now=now, details={"fields": sorted(fields)})
    return row


def submit(*, campaign: Campaign, by: AbstractBaseUser, now: dt.datetime) -> Campaign:
    """Ask for approval. Refused if the campaign could not run as it is written."""
    with changing(campaign, allowed={State.DRAFT}, verb=_("submitted")) as row:
        check(row)
        row.state, row.submitted_by = State.SUBMITTED, by
        record(row, "submitted", by=by, now=now)
    return row


def approve(*, campaign: Campaign, by: AbstractBaseUser, now: dt.datetime) -> Campaign:
    """Let it start at its time. By neither the person who made it nor the one who submitted it."""
    with changing(campaign, allowed={State.SUBMITTED}, verb=_("approved")) as row:
        if by.pk in (row.created_by_id, row.submitted_by_id):
            raise Refused(_("You made or submitted “%s”: another person has to approve it.") % row.name)
        check(row)
        row.state, row.approved_by, row.approved_at = State.APPROVED, by, now
        record(row, "approved", by=by, now=now)
    return row


def reject(*, campaign: Campaign, by: AbstractBaseUser, reason: str, now: dt.datetime) -> Campaign:
    """Give it back to be changed; the reason is kept for its author."""
    reason = _given(reason)
    with changing(campaign, allowed={State.SUBMITTED}, verb=_("rejected")) as row:
        _back_to_draft(row)
        record(row, "rejected", by=by, now=now, reason=reason)
    return row


def withdraw(*, campaign: Campaign, by: AbstractBaseUser, now: dt.datetime) -> Campaign:
    """Take a campaign that has not started back to a draft; an approval is void."""
    with changing(campaign, allowed={State.SUBMITTED, State.APPROVED}, verb=_("withdrawn")) as row:
        _back_to_draft(row)
        record(row, "withdrawn", by=by, now=now)
    return row


def schedule(
    *, campaign: Campaign, starts_at: dt.datetime, by: AbstractBaseUser, now: dt.datetime
) -> Campaign:
    """Another starting time. The time is part of what was approved, so an approved campaign waits again."""
    allowed = {State.DRAFT, State.SUBMITTED, State.APPROVED}
    with changing(campaign, allowed=allowed, verb=_("scheduled")) as row:
        record(row, "scheduled", by=by, now=now, details={"from": str(row.starts_at), "to": str(starts_at)})
        row.starts_at = starts_at
        _check_entering(row)
        if row.state == State.APPROVED:
            row.state, row.submitted_by, row.approved_by, row.approved_at = State.SUBMITTED, by, None, None
    return row


def pause(*, campaign: Campaign, by: AbstractBaseUser, now: dt.datetime) -> Campaign:
    """No further batch is decided once this returns; batches under way are waited for."""
    with changing(campaign, allowed={State.RUNNING}, verb=_("paused")) as row:
        row.state = State.PAUSED
        record(row, "paused", by=by, now=now)
    return row


def resume(*, campaign: Campaign, by: AbstractBaseUser, now: dt.datetime) -> Campaign:
    """Go on with whoever still waits; nobody is sent to again. Who came in meanwhile, and is still there, enters now."""
    with transaction.atomic():
        entering.hold(campaign=campaign)
        with changing(campaign, allowed={State.PAUSED}, verb=_("resumed")) as row:
            row.state = State.RUNNING
            if row.follows:
                entering.look(campaign=row, now=now)
            record(row, "resumed", by=by, now=now)
    return row


def stop(*, campaign: Campaign, reason: str, by: AbstractBaseUser, now: dt.datetime) -> Campaign:
    """End it for good. Whoever still waits is not sent to; the worker notes it on each decision."""
    reason = _given(reason)
    allowed = {State.APPROVED, State.RUNNING, State.PAUSED}
    with changing(campaign, allowed=allowed, verb=_("stopped")) as row:
        row.state, row.stop_reason, row.ended_at = State.STOPPED, reason, now
        record(row, "stopped", by=by, now=now, reason=reason)
    return row


def check(campaign: Campaign) -> None:
    """Whether it could run as written: touchpoint, subject, audience and placeholders; Refused names the place."""
    _check_touchpoint(campaign)
    _check_audience(campaign)
    _check_entering(campaign)
    if not campaign.body.strip():
        raise Refused(_("Message: it is empty."))
    for label, text in ((_("Subject"), campaign.subject), (_("Message"), campaign.body)):
        try:
            messages.parse(text)
        except messages.Malformed as fault:
            raise Refused(f"{label}, {fault}") from fault


@contextlib.contextmanager
def changing(campaign: Campaign, *, allowed: set[str], verb: str) -> Iterator[Campaign]:
    """The campaign's row, locked against its running batches, in one of the allowed states; saved at the end."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            locks.alone(cursor, campaign_id=campaign.pk)
        row = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if row.state not in allowed:
            raise Refused(
                _("“%(name)s” cannot be %(verb)s: it is %(state)s.")
                % {"name": row.name, "verb": verb, "state": row.get_state_display()}
            )
        yield row
        row.save()
    campaign.refresh_from_db()


def record(
    campaign: Campaign, deed: str, *, by: AbstractBaseUser | None, now: dt.datetime, reason="", details=None
) -> None:
    """Keep who did it (nobody: the worker)."""
    AccessRecord.objects.create(
        action=f"campaign.{deed}",
        user=by,
        at=now,
        reason=reason,
        details={"campaign": campaign.pk, "name": campaign.name, **(details or {})},
    )
    try:
        lineage.of_campaign(campaign=campaign, now=now)
    except Fault as fault:
        raise Refused(_("Audience: %s") % fault) from fault


def _check_touchpoint(campaign):
    touchpoint = touchpoints.ALL.get(campaign.touchpoint)
    if touchpoint is None:
        known = ", ".join(touchpoints.ALL)
        raise Refused(
            _("Touchpoint: “%(code)s” is unknown; choose one of %(known)s.")
            % {"code": campaign.touchpoint, "known": known}
        )
    if touchpoint.needs_subject and not campaign.subject.strip():
        raise Refused(_("Subject: %s needs one.") % touchpoint.name)


def _check_audience(campaign):
    try:
        audiences.members(audience=campaign.audience, as_of=campaign.starts_at)
    except Fault as fault:
        raise Refused(_("Audience: %s") % fault) from fault


def _check_entering(campaign):
    if not campaign.follows:
        return
    if campaign.audience.frozen_at:
        raise Refused(
            _("Audience: “%s” is frozen, so nobody comes in. Choose one that is not.")
            % campaign.audience.name
        )
    if campaign.ends_at and campaign.ends_at <= campaign.starts_at:
        raise Refused(_("Ends at: it would end before it starts."))


def _back_to_draft(row):
    row.state = State.DRAFT
    row.submitted_by = row.approved_by = row.approved_at = None


def _given(reason):
    if not reason.strip():
        raise Refused(_("Say why: the reason is kept with the campaign."))
    return reason.strip()[:300]


def _only_editable(fields):
    if unknown := set(fields) - EDITABLE:
        raise TypeError(f"a campaign's {', '.join(sorted(unknown))} cannot be set")
