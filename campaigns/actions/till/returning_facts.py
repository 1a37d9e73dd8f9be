"""A return at a till as a return of its channel, with what every return brings with it: the event, the features of its person."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from campaigns.actions.till.sales import Till
from campaigns.offers import currencies
from campaigns.offers.returning import Refund, RefundedLine
from campaigns.offers.scales import PIECE
from members.actions import events, orders, postings, profiles, returns
from members.models import Organization


class Told(NamedTuple):
    """A return as this till tells of it. ``goods``: SKUs by line number; ``gifts``: by line number the orders that they came by."""

    number: str
    store: Organization
    currency: str
    refund: Refund
    goods: Mapping[int, str]
    gifts: Mapping[int, str]


def record(*, till: Till, told: Told, now: dt.datetime) -> None:
    """It belongs to whomever the order belongs to by now. Gifts came by orders of their own, and go back so: no event is told of
    them. Raises versions.Raced."""
    lines: dict[str, list[RefundedLine]] = {}
    for line in told.refund.lines:
        lines.setdefault(told.gifts.get(line.number, till.number), []).append(line)
    known = orders.lock(keys={(till.channel.pk, order) for order in lines})
    versions = [
        _version(till, told, order, known.get((till.channel.pk, order)), of_it, now)
        for order, of_it in lines.items()
    ]
    traded = returns.record(versions=versions) - {None}
    events.record(happenings=[_told(each) for each in versions if each.order_key == till.number])
    if traded:
        profiles.derive(described=(), traded=traded, members=set(), now=now)


def _version(
    till: Till, told: Told, order: str, sale: orders.Known | None, lines: list[RefundedLine], now: dt.datetime
) -> returns.Version:
    """``order``: the sale's number, and of gifts what is written behind it."""
    number, scale = told.number + order.removeprefix(till.number), -currencies.digits(told.currency)
    return returns.Version(
        channel=till.channel.pk,
        external_id=number,
        order=sale and sale.id,
        order_key=order,
        account=sale and sale.account,
        account_key=sale.account_key if sale else "",
        occurred_at=now,
        version_at=now,
        digest=postings.digest("return", till.channel.code, number).hex,
        organization=told.store.pk,
        amount=Decimal(sum(line.net for line in lines)).scaleb(scale),
        lines=[
            (
                line.number,
                told.goods[line.number],
                Decimal(line.quantity) / PIECE,
                Decimal(line.net).scaleb(scale),
            )
            for line in lines
        ],
    )


def _told(version: returns.Version) -> events.Happening:
    told = {"return": version.external_id, "order": version.order_key, "amount": str(version.amount)}
    return events.Happening(
        name="order.returned", occurred_at=version.occurred_at, channel=version.channel, account=version.account,
        key=version.account_key, organization=version.organization, properties=told,
    )  # fmt: skip
