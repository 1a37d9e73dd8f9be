"""A return at a till as a return of its channel, with what every return brings with it: the event, the features of its person."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

from campaigns.actions.till.sales import Till
from campaigns.offers import currencies
from campaigns.offers.returning import Refund, RefundedLine
from campaigns.offers.scales import PIECE
from members.actions import events, orders, postings, profiles, returns
from members.models import Organization


def record(
    *, till: Till, number: str, store: Organization, currency: str, refund: Refund, goods: Mapping[int, str],
    now: dt.datetime,
) -> None:  # fmt: skip
    """``goods``: SKUs by line number. It belongs to whomever the order belongs to by now. Raises versions.Raced."""
    key = (till.channel.pk, till.number)
    sale = orders.lock(keys={key}).get(key)
    scale = -currencies.digits(currency)
    version = returns.Version(
        channel=till.channel.pk,
        external_id=number,
        order=sale and sale.id,
        order_key=till.number,
        account=sale and sale.account,
        account_key=sale.account_key if sale else "",
        occurred_at=now,
        version_at=now,
        digest=postings.digest("return", till.channel.code, number).hex,
        organization=store.pk,
        amount=Decimal(refund.total).scaleb(scale),
        lines=list(_lines(refund.lines, goods, scale)),
    )
    traded = returns.record(versions=[version]) - {None}
    told = {"return": number, "order": till.number, "amount": str(version.amount)}
    returned = events.Happening(
        name="order.returned", occurred_at=now, channel=till.channel.pk, account=version.account,
        key=version.account_key, organization=store.pk, properties=told,
    )  # fmt: skip
    events.record(happenings=[returned])
    if traded:
        profiles.derive(described=(), traded=traded, members=set(), now=now)


def _lines(lines: Iterable[RefundedLine], goods: Mapping[int, str], scale: int) -> Iterable[tuple]:
    for line in lines:
        yield line.number, goods[line.number], Decimal(line.quantity) / PIECE, Decimal(line.net).scaleb(scale)
