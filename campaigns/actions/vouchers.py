"""Service vouchers: used by opening a ticket, and free again once that is cancelled.

Tickets are of a lower floor and know no vouchers: a reader follows the event log and frees them within seconds.
"""

import datetime as dt
from functools import partial, reduce
from operator import or_

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.actions import coupon_events, coupon_uses, coupons
from campaigns.models import Coupon, CouponTemplate
from members.actions import events, tickets
from members.models import Account, Channel, Event, Organization, Ticket

State = Coupon.State
READER = "vouchers"
BATCH = 2_000


@transaction.atomic
def redeem(
    *, code: str, account: Account, channel: Channel, external_id: str, organization: Organization, now: dt.datetime,
    serial: str = "", text: str = "", staff: str = "", by: AbstractBaseUser | None = None,
) -> Ticket:  # fmt: skip
    """Open the ticket that the voucher is for, under this channel's number; asked again, the same. ``organization``:
    serves it. Raises NotUsable, coupons.Unknown, postings.KeyReused, ValidationError."""
    coupon = coupons.locked(code=code)
    if coupon.template.kind != CouponTemplate.Kind.SERVICE:
        raise coupon_uses.NotUsable(coupon.code, _("The coupon %s is for no service.") % coupon.code)
    if not coupons.is_of(coupon=coupon, account=account):
        raise coupon_uses.NotUsable(coupon.code, _("The voucher %s is not this customer's.") % coupon.code)
    if (again := _opened(coupon, channel, external_id)) is None:
        _check(coupon, organization, now)
    ticket = tickets.file(
        channel=channel, external_id=external_id, kind=coupon.template.ticket_kind, account=account,
        organization=organization, serial=serial, text=text, now=now, by=by,
    )  # fmt: skip
    if again:
        return ticket
    if Coupon.objects.filter(ticket=ticket).exists() or ticket.state != Ticket.State.FILED:
        raise coupon_uses.NotUsable(coupon.code, _("The ticket %s was opened without it.") % external_id)
    coupon.state, coupon.redeemed_at, coupon.ticket, coupon.staff = State.REDEEMED, now, ticket, staff
    coupon.organization, coupon.channel = organization, channel
    coupon.save()
    coupon_events.tell(name="coupon.redeemed", coupons=[coupon.pk], now=now, ticket=external_id)
    return ticket


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log: the vouchers of tickets cancelled in it are free again. How many events it was."""
    log = Event.objects.only("tx", "name")
    return events.follow(reader=READER, log=log, take_in=partial(_take_in, now), batch=BATCH, now=now)


def _take_in(now: dt.datetime, told: list[Event]) -> None:
    if cancelled := [event.pk for event in told if event.name == "ticket.cancelled"]:
        _free(now, cancelled)


def _free(now: dt.datetime, cancelled: list[int]) -> None:
    told = Event.objects.filter(pk__in=cancelled).values_list("channel", "properties__ticket")
    named = reduce(or_, (Q(channel=channel, external_id=number or "") for channel, number in told))
    tickets_over = Ticket.objects.filter(named, state=Ticket.State.CANCELLED).values_list("pk", flat=True)
    rows = Coupon.objects.select_for_update().filter(ticket__in=list(tickets_over), state=State.REDEEMED)
    ids = list(rows.order_by("id").values_list("pk", flat=True))
    coupon_events.tell(name="coupon.given_back", coupons=ids, now=now)
    coupon_uses.set_free(ids=ids)


def _opened(coupon, channel, external_id) -> bool | None:
    """Whether it opened this very ticket before."""
    ticket = coupon.ticket_id and Ticket.objects.get(pk=coupon.ticket_id)
    return (ticket.channel_id, ticket.external_id) == (channel.pk, external_id) or None if ticket else None


def _check(coupon, organization, now) -> None:
    if coupon.state != State.CLAIMED:
        raise coupon_uses.NotUsable(coupon.code, coupons.why_not(coupon=coupon))
    coupon_uses.check_place_and_time(coupon=coupon, store=organization, now=now)
