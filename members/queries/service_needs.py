"""What a member needs now, the service that would help, and why: what is open first, then upkeep of what he owns."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.lifecycle import upkeep
from members.models import Member, Ticket
from members.queries import appliances
from members.queries.appliances import Owned

LOW, ANSWER = 2, dt.timedelta(days=30)
OPEN = (Ticket.State.FILED, Ticket.State.DISPATCHED)


@dataclass(frozen=True)
class Need:
    """``since``: from when on it stands. ``about``: the goods, or the ticket."""

    need: str
    service: str
    reason: str
    about: str
    since: dt.datetime


def of(*, member: Member, now: dt.datetime) -> list[Need]:
    """The most urgent first: open tickets, unanswered low ratings, then the service that is overdue the longest."""
    tickets = list(
        Ticket.objects.filter(account__member=member, filed_at__lte=now).order_by("filed_at", "id")
    )
    waiting = [_open(each) for each in tickets if each.state in OPEN]
    upset = [_unhappy(each) for each in tickets if _is_unanswered(each, tickets, now)]
    owned = [_due(each, tickets, now) for each in appliances.of(member=member, now=now)]
    return [*waiting, *upset, *sorted((each for each in owned if each), key=lambda each: each.since)]


def _open(ticket: Ticket) -> Need:
    kind = ticket.get_kind_display()
    told = {"kind": kind, "number": ticket.external_id, "day": _day(ticket.filed_at)}
    return Need(
        _("waits for %(kind)s") % told,
        _("Finish ticket %(number)s") % told,
        _("Ticket %(number)s was filed on %(day)s and is not done.") % told,
        ticket.serial or ticket.external_id,
        ticket.filed_at,
    )


def _is_unanswered(ticket: Ticket, tickets: list[Ticket], now: dt.datetime) -> bool:
    if ticket.rating is None or ticket.rating > LOW or ticket.closed_at < now - ANSWER:
        return False
    return not any(each.filed_at > ticket.closed_at for each in tickets)


def _unhappy(ticket: Ticket) -> Need:
    told = {"number": ticket.external_id, "stars": ticket.rating, "day": _day(ticket.closed_at)}
    return Need(
        _("was not content"),
        _("A call to put it right"),
        _("Ticket %(number)s, done on %(day)s, was rated %(stars)d of 5, and nothing was filed since.")
        % told,
        ticket.serial or ticket.external_id,
        ticket.closed_at,
    )


def _due(own: Owned, tickets: list[Ticket], now: dt.datetime) -> Need | None:
    it = own.appliance
    wanted = upkeep.of(category=it.category, name=it.name)
    began = it.bought_at or it.bound_at
    if wanted is None or began is None or began > now:
        return None
    cared = _cared(own, tickets, now)
    due = wanted.due(timezone.localtime(cared or began).date())
    if due > timezone.localtime(now).date():
        return None
    title = it.name or _(wanted.goods)
    return Need(_(wanted.need), _(wanted.service), _reason(own, wanted, cared, title), title, _midnight(due))


def _reason(own: Owned, wanted: upkeep.Upkeep, cared: dt.datetime | None, title: str) -> str:
    it, told = own.appliance, {"goods": title, "months": wanted.months}
    if cared:
        text = _("“%(goods)s” was last cared for on %(day)s; it should be every %(months)d months.")
        return text % {**told, "day": _day(cared)}
    began = _("bought") if it.bought_at else _("connected")
    text = _(
        "“%(goods)s” was %(began)s on %(day)s and was not cared for since; it should be every %(months)d months."
    )
    return text % {**told, "began": began, "day": _day(it.bought_at or it.bound_at)}


def _cared(own: Owned, tickets: list[Ticket], now: dt.datetime) -> dt.datetime | None:
    """When something was done for it last: a service that was bought, or a ticket for care that was done."""
    bought = [each.bought_at for each in own.services if each.bought_at <= now]
    done = [
        each.closed_at
        for each in tickets
        if each.serial == own.serial and each.kind == Ticket.Kind.CARE and each.state == Ticket.State.DONE
    ]
    return max([*bought, *(at for at in done if at <= now)], default=None)


def _day(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, timezone.get_current_timezone())
