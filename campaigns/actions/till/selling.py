"""A sale as an order of its channel, with its event and the visit that it was. What is derived of it follows (`following`)."""

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
from identity.actions import archive, waiting
from members.actions import events, memberships, orders, postings, profiles, sales


class Sold(NamedTuple):
    """``payments``: (method, amount), whatever was paid with."""

    basket: Basket
    quote: Quote
    account: int | None
    total: Decimal
    payments: list[tuple[str, Decimal]]


def sell(*, till: Till, sold: Sold, now: dt.datetime) -> int:
    """Write the order; its id. Raises versions.Raced."""
    version = _version(till, sold, now)
    told = _told(till, sold, now)
    made = sales.sell(version=version, told=told) or _over_known(version, told, now)
    if made.waited:
        waiting.join(people=(), sales=[(till.channel.pk, till.number, made.order, sold.account)], now=now)
    return made.order


def _told(till: Till, sold: Sold, now: dt.datetime) -> events.Happening:
    return events.Happening(
        name="order.paid", occurred_at=now, channel=till.channel.pk, account=sold.account, organization=till.store.pk,
        properties={"order": till.number, "status": "paid", "amount": str(sold.total), "till": till.channel.code},
    )  # fmt: skip


def _over_known(version: orders.Version, told: events.Happening, now: dt.datetime) -> sales.Sold:
    """A file told of it before the till did, and perhaps more than that it is paid; it may have been somebody else's, elsewhere."""
    key = version.channel, version.external_id
    known = orders.lock(keys={key})
    if key in known:
        version.status = max(version.status, known[key].status, key=orders.RANK.get)
    made = orders.record(versions=[version], known=known)[key]
    catching_up.catch_up(order=made, now=now)
    if "paid" in archive.statuses(channel=version.channel, order=version.external_id):
        told.name = "order.changed"  # that it is paid was told
    events.record(happenings=[told])
    seen = {(made.place, made.before), (made.organization, version.account)}
    memberships.revisit(pairs={(place, whose) for place, whose in seen if whose})
    profiles.derive(described=(), traded={made.before, version.account} - {None}, members=set(), now=now)
    return sales.Sold(made.id, waited=True)


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
        attribution={"offers": [use.offer for use in quote.uses], "promotions": _promotions(quote)}
        if quote.uses
        else {},
        version_at=now,
        digest=postings.digest("sale", till.channel.code, till.number).hex,
        lines=[*_lines(sold), *_exchanged(sold)],
        payments=sold.payments,
    )


def _promotions(quote: Quote) -> list[str]:
    """The forms of promotion that the customer used: a discount from an amount on is a full reduction (满减)."""
    steps = {verdict.offer: verdict.steps for verdict in quote.verdicts if verdict.steps}
    used = {"coupon" for use in quote.uses if use.coupons} | ({"gift"} if quote.gifts else set())
    for use in quote.uses:
        if use.discount > 0 and not use.coupons:
            told = steps.get(use.offer)
            used.add("full_reduction" if told and told.of == "amount" and told.least > 1 else "price_off")
    return sorted(used)


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
