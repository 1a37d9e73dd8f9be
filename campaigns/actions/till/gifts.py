"""Goods that come as a reward: an order of nothing beside the sale's, marked so that it counts as no purchase.

No event is told of it: it earns nothing, moves nobody, starts nothing. Its lines have the numbers that returns know them by.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from campaigns.offers import reading, returning
from campaigns.offers.scales import PIECE
from members import sets
from members.actions import orders, postings, sales

if TYPE_CHECKING:
    from campaigns.actions.till.giving import Due

QUOTES = "SELECT id, quote FROM campaigns_tillorder WHERE id = ANY(%s::bigint[])"


def order(*, rewards: Sequence["Due"], now: dt.datetime) -> dict[int, int]:
    """{reward: order}: one order for all that a sale gives at once, one for each thing that comes later. Raises versions.Raced."""
    lines = _lines({each.sale for each in rewards})
    versions: dict[tuple[int, str], list[Due]] = {}
    for each in rewards:
        versions.setdefault((each.channel, number(each)), []).append(each)
    return {
        each.id: order
        for key, given in sorted(versions.items())
        for order in [_placed(_version(key, given, lines, now))]
        for each in given
    }


def _placed(version: orders.Version) -> int:
    """A file may have told of it before."""
    key = version.channel, version.external_id
    return (
        sales.place(version=version)
        or orders.record(versions=[version], known=orders.lock(keys={key}))[key].id
    )


def number(reward: "Due") -> str:
    """Of the order that the goods come by."""
    return f"{reward.number}#{reward.offer if reward.after else 'gift'}"


def _lines(sales: Iterable[int]) -> dict[tuple[int, str], int]:
    """The number of each gift, by sale and offer."""
    return {
        (sale, extra.offer): line
        for sale, quote in sets.prepared(QUOTES, sets.array(sorted(sales)))
        for line, extra in returning.numbered(reading.quote(quote))
    }


def _version(
    key: tuple[int, str], given: list["Due"], lines: dict[tuple[int, str], int], now: dt.datetime
) -> orders.Version:
    channel, external_id = key
    first, none = given[0], Decimal(0)
    return orders.Version(
        channel=channel, external_id=external_id, account=first.account, account_key="", organization=first.store,
        occurred_at=now, status="paid", currency=first.currency, amount=none, discount=none, shipping=none, cashier="",
        guide="", coupons=[], attribution={"order": first.number, "activities": sorted({each.activity for each in given})},
        version_at=now, digest=postings.digest("gift", channel, external_id).hex,
        lines=[
            (lines[each.sale, each.offer], each.what, "", "", Decimal(each.left) / PIECE, none, none, none, "")
            for each in given
        ],
        payments=[], reward=True,
    )  # fmt: skip
