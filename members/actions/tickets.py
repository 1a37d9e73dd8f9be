"""What a customer asked to be installed, repaired or cared for: filed, dispatched, done or cancelled, rated.

Each verb locks the ticket, and records an event of the account. Asked for again, it changes nothing.
"""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.actions import events, postings
from members.actions.events import Happening
from members.models import Account, Channel, Organization, Ticket

State = Ticket.State


class NotNow(ValueError):
    """The state of the ticket does not allow it. The message says why."""


def file(
    *, channel: Channel, external_id: str, kind: str, account: Account, organization: Organization,
    serial: str = "", text: str = "", now: dt.datetime, by: AbstractBaseUser | None = None,
) -> Ticket:  # fmt: skip
    """A new ticket of this channel's number; told again, the one that is there. Raises postings.KeyReused if the number
    is another ticket's, ValidationError if it cannot be one."""
    content = postings.digest("ticket", kind, organization.pk, serial, text)
    ticket = Ticket(
        channel=channel, external_id=external_id, content=content, kind=kind, account=account,
        organization=organization, serial=serial, text=text, filed_at=now, by=by,
    )  # fmt: skip
    ticket.clean_fields()
    if found := _known(ticket):
        return found
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
            _tell(ticket, "filed", now)
    except IntegrityError:
        if found := _known(ticket):
            return found
        raise
    return ticket


@transaction.atomic
def dispatch(
    *, ticket: Ticket, organization: Organization, now: dt.datetime, by: AbstractBaseUser | None = None
) -> Ticket:
    """Let an organization serve it, or hand it on to another one. Raises NotNow."""
    found = _locked(ticket)
    if (found.state, found.organization_id) == (State.DISPATCHED, organization.pk):
        return found
    _refuse_unless(found, State.FILED, State.DISPATCHED)
    found.state, found.organization, found.dispatched_at = State.DISPATCHED, organization, now
    return _keep(found, "dispatched", now, by, to=organization.code)


@transaction.atomic
def done(*, ticket: Ticket, now: dt.datetime, by: AbstractBaseUser | None = None) -> Ticket:
    """The work is done. Raises NotNow."""
    found = _locked(ticket)
    if found.state == State.DONE:
        return found
    _refuse_unless(found, State.DISPATCHED)
    found.state, found.closed_at = State.DONE, now
    return _keep(found, "done", now, by)


@transaction.atomic
def cancel(*, ticket: Ticket, reason: str, now: dt.datetime, by: AbstractBaseUser | None = None) -> Ticket:
    """It will not be done. Raises NotNow."""
    found = _locked(ticket)
    if found.state == State.CANCELLED:
        return found
    _refuse_unless(found, State.FILED, State.DISPATCHED)
    if not reason.strip():
        raise NotNow(_("Say why it is cancelled: the customer may ask."))
    found.state, found.closed_at = State.CANCELLED, now
    return _keep(found, "cancelled", now, by, reason=reason.strip()[:300])


@transaction.atomic
def rate(*, ticket: Ticket, rating: int, now: dt.datetime) -> Ticket:
    """How content the customer is, 1 to 5, once, after the work. Raises NotNow."""
    found = _locked(ticket)
    if found.state == State.DONE and found.rating == rating:
        return found
    _refuse_unless(found, State.DONE)
    if found.rating is not None:
        raise NotNow(_("It was rated already: %(rating)s of 5.") % {"rating": found.rating})
    if rating not in range(1, 6):
        raise NotNow(_("A rating is a whole number from 1 to 5."))
    found.rating = rating
    return _keep(found, "rated", now, None, rating=rating)


def _known(ticket):
    found = (
        Ticket.objects.select_related("account", "channel")
        .filter(channel=ticket.channel, external_id=ticket.external_id)
        .first()
    )
    if found and (found.content, found.account.member_id) != (ticket.content, ticket.account.member_id):
        raise postings.KeyReused(ticket.external_id)
    return found


def _locked(ticket):
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("channel", "account", "organization")
    return rows.get(pk=ticket.pk)


def _refuse_unless(ticket, *states):
    if ticket.state not in states:
        named = ", ".join(str(State(state).label) for state in states)
        raise NotNow(
            _("The ticket %(number)s is %(state)s; this needs it to be %(wanted)s.")
            % {"number": ticket.external_id, "state": ticket.get_state_display(), "wanted": named}
        )


def _keep(ticket, verb, now, by, **more):
    ticket.save()
    _tell(ticket, verb, now, **({"staff": by.pk} if by else {}), **more)
    return ticket


def _tell(ticket, verb, now, **more):
    said = {"ticket": ticket.external_id, "kind": ticket.kind, **more}
    told = Happening(
        name=f"ticket.{verb}", occurred_at=now, channel=ticket.channel_id, account=ticket.account_id,
        organization=ticket.organization_id, properties=said,
    )  # fmt: skip
    events.record(happenings=[told])
