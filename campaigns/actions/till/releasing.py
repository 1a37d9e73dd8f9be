"""What a sale had reserved is free again: cancelled by the till, or because its time was up."""

import datetime as dt
from contextlib import suppress

from django.db import transaction

from campaigns.actions import coupon_uses
from campaigns.actions.till import sales, setting_aside, uses
from campaigns.actions.till.sales import Sale, Till
from campaigns.queries.till.places import Place
from members import sets
from members.actions import holds
from members.models import Channel, Organization

CANCEL = """
UPDATE campaigns_tillorder SET state = 'cancelled', cancelled_at = %s, changed_at = %s WHERE id = %s
"""
OVER = """
SELECT s.id, s.number, c.id, c.code, o.id, o.code, o.path FROM campaigns_tillorder s
JOIN members_channel c ON c.id = s.channel_id JOIN members_organization o ON o.id = s.store_id
WHERE s.state = 'held' AND s.held_until <= %s ORDER BY s.held_until, s.id LIMIT %s FOR UPDATE OF s SKIP LOCKED
"""
KEY = "SELECT key FROM members_hold WHERE id = %s"
BATCH = 100


@transaction.atomic
def cancel(*, till: Till, now: dt.datetime) -> Sale:
    """It will not be sold. Cancelled again, the same. Raises sales.Unknown, NumberTaken, and Ended if it is done."""
    sale = sales.lock(till=till)
    if sale is None:
        raise sales.Unknown(till.number)
    if sale.state == sales.COMMITTED:
        raise sales.Ended(sale.state)
    if sale.state == sales.HELD:
        _free(sale, till, now)
    if sale.state != sales.CANCELLED:
        sets.prepared(CANCEL, now, now, sale.id)
        sale.state = sales.CANCELLED
    return sale


def release(*, sale: Sale, till: Till, now: dt.datetime) -> None:
    """A locked sale that was held is open again, as its till knows it."""
    _free(sale, till, now)
    sales.reopen(sale=sale, now=now)
    sale.state, sale.quote, sale.hold = sales.OPENED, "", None


def lapse(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Open one batch of sales whose time is up; how many. Each in a transaction of its own."""
    freed = 0
    for _each in range(batch):
        with transaction.atomic():
            rows = sets.prepared(OVER, now, 1)
            if not rows:
                break
            _id, number, channel, code, store, store_code, path = rows[0]
            place = Place(Organization(pk=store, code=store_code, path=path), ())
            till = Till(Channel(pk=channel, code=code), place.organization, place, number)
            release(sale=sales.lock(till=till), till=till, now=now)
            freed += 1
    return freed


def _free(sale: Sale, till: Till, now: dt.datetime) -> None:
    quote = sale.quoted()
    coupon_uses.free(held_by=till.held_by, now=now, beside=setting_aside.templates(quote))
    setting_aside.free(sale=sale.id, quote=quote)
    uses.give_back(sale=sale.id, store=till.store, now=now)
    if sale.hold:
        [[key]] = sets.prepared(KEY, sale.hold)
        end_hold(key=key, now=now)


def end_hold(*, key: str, now: dt.datetime) -> None:
    """It may have lapsed by itself already."""
    with suppress(holds.HoldEnded):
        holds.cancel(key=key, now=now)
