"""What a committed sale has brought, and will bring, as its till is told it."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from campaigns.actions.till.giving import Due
from campaigns.actions.till.rewarding import Told
from campaigns.api.till import figures
from campaigns.offers.scales import WHOLE


class Brought(Struct, omit_defaults=True):
    """``amount`` of ``what``: cash and packets in the currency, units of a book, coupons, pieces of goods, or the factor of
    points. ``due_at``: when it is given; left out where that is once the goods are received. ``coupons``: codes; ``order``: number
    of the order that goods come by; ``why``: it could not be given."""

    offer: str
    kind: Literal["cash", "packet", "points", "multiplier", "voucher", "goods"]
    what: str
    amount: str
    state: Literal["given", "due", "missed"]
    when: Literal["now", "paid", "received"]
    days: int = 0
    due_at: dt.datetime | None = None
    coupons: list[str] = []
    order: str = ""
    why: str = ""


def told(rewards: Iterable[Told], *, currency: str) -> list[Brought]:
    return [_brought(each, currency) for each in rewards]


def _brought(told: Told, currency: str) -> Brought:
    reward = told.reward
    return Brought(
        offer=reward.offer,
        kind=reward.kind,
        what=reward.what,
        amount=_amount(reward, currency),
        state=told.state,
        when=reward.after or "now",
        days=reward.days,
        due_at=told.due_at if told.state == "due" else None,
        coupons=list(told.coupons),
        order=told.order,
        why=told.why,
    )


def _amount(reward: Due, currency: str) -> str:
    written = {
        "points": lambda: figures.scaled(reward.amount, reward.scale),
        "multiplier": lambda: figures.plain(reward.amount, WHOLE),
        "voucher": lambda: str(reward.amount),
        "goods": lambda: figures.pieces(reward.amount),
    }
    return written.get(reward.kind, lambda: figures.money(reward.amount, currency))()
