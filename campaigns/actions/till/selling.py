"""A sale as an order of its channel, with what every order brings with it: the event, the visit, the features of its person."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from campaigns.actions.till import catching_up
from campaigns.actions.till.sales import Till
from campaigns.offers import currencies
from campaigns.offers.basket import Basket
from campaigns.offers.quote import Extra, Quote
from campaigns.offers.scales import PIECE
from identity.actions import waiting
from members import sets
from members.actions import events, memberships, orders, postings, profiles

WAITED = """
SELECT EXISTS (SELECT FROM members_return WHERE channel_id = %(channel)s AND order_key = %(number)s AND order_id IS NULL)
    OR EXISTS (SELECT FROM members_review WHERE channel_id = %(channel)s AND order_key = %(number)s AND order_id IS NULL)
"""


class Sold(NamedTuple):
    """``payments``: (method, amount), whatever was paid with."""

    basket: Basket
    quote: Quote
    account: int | None
    total: Decimal
    payments: list[tuple[str, Decimal]]


def sell(*, till: Till, sold: Sold, now: dt.datetime) -> int:
    """Write the order; its id. Raises versions.Raced."""
    key, version = (till.channel.pk, till.number), _version(till, sold, now)
    made = orders.place(version=version) or _over_known(key, version, now)
    told = {"order": till.number, "status": "paid", "amount": str(sold.total)}
    paid = events.Happening(
        name="order.paid", occurred_at=now, channel=till.channel.pk, account=sold.account,
        organization=till.store.pk, properties=told,
    )  # fmt: skip
    events.record(happenings=[paid])
    _visit(made, sold.account)
    if sets.named(WAITED, channel=till.channel.pk, number=till.number)[0][0]:
        waiting.join(people=(), sales=[(*key, made.id, sold.account)], now=now)
    if accounts := {sold.account, made.before} - {None}:
        profiles.derive(described=(), traded=accounts, members=set(), now=now)
    return made.id


def _over_known(key: tuple[int, str], version: orders.Version, now: dt.datetime) -> orders.Known:
    """A file told of it before the till did, and perhaps more than that it is paid."""
    known = orders.lock(keys={key})
    if key in known:
        version.status = max(version.status, known[key].status, key=orders.RANK.get)
    made = orders.record(versions=[version], known=known)[key]
    catching_up.catch_up(order=made, now=now)
    return made


def _visit(made: orders.Known, account: int | None) -> None:
    """An order that was known before may have been somebody else's, elsewhere."""
    if made.created and account:
        memberships.visit(visits=[(made.organization, account, made.occurred_at)])
    elif not made.created:
        seen = {(made.place, made.before), (made.organization, account)}
        memberships.revisit(pairs={(place, whose) for place, whose in seen if whose})


def _version(till: Till, sold: Sold, now: dt.datetime) -> orders.Version:
    quote = sold.quote
    return orders.Version(
        channel=till.channel.pk,
        external_id=till.number,
        account=sold.account,
        account_key="",
        organization=till.store.pk,
        occurred_at=now,
        status="paid",
        currency=sold.basket.currency,
        amount=sold.total,
        discount=Decimal(0),
        shipping=Decimal(0),
        cashier=till.cashier,
        guide="",
        coupons=[code for use in quote.uses for code in use.coupons],
        attribution={"offers": [use.offer for use in quote.uses]} if quote.uses else {},
        version_at=now,
        digest=postings.digest("sale", till.channel.code, till.number).hex,
        lines=[*_lines(sold), *_exchanged(sold)],
        payments=sold.payments,
    )


def _lines(sold: Sold) -> Iterable[tuple]:
    scale = -currencies.digits(sold.basket.currency)
    asked = {line.number: line for line in sold.basket.lines}
    for priced in sold.quote.lines:
        line = asked[priced.number]
        yield (
            line.number, line.sku, "", line.category, Decimal(line.quantity) / PIECE,
            Decimal(line.unit_price).scaleb(scale), Decimal(priced.list - priced.net).scaleb(scale),
            Decimal(priced.net).scaleb(scale), "",
        )  # fmt: skip


def _exchanged(sold: Sold) -> Iterable[tuple]:
    """Behind the customer's own lines."""
    scale, last = -currencies.digits(sold.basket.currency), max(line.number for line in sold.basket.lines)
    for number, extra in enumerate(sold.quote.exchanges, start=last + 1):
        yield _extra(number, extra, scale)


def _extra(number: int, extra: Extra, scale: int) -> tuple:
    price, amount = (Decimal(each).scaleb(scale) for each in (extra.price, extra.amount))
    return number, extra.sku, "", "", Decimal(extra.quantity) / PIECE, price, Decimal(0), amount, ""
