"""Offers that give something, and what became of it, in few words."""

import datetime as dt

from rest_framework.test import APIClient

from campaigns.actions.till import following, taking_back
from campaigns.models import Reward, TillOrder
from campaigns.offers import reading, returning
from members.actions import events
from members.models import Channel
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.returns import sell

POINTS = {"kind": "points", "book": "club", "amount": 50, "worth": 50}
ARTICLE = {"kind": "goods", "skus": ["G1"], "worth": 1_000}


def giving(form: dict, **more) -> dict:
    """From 300.00 on, this on top."""
    return off() | {"execution": "add", "form": form, **more}


def published(organization, *offers: dict, code: str = "SUMMER"):
    return offering.published(organization=organization, code=code, offers=offers)


def sold(till: APIClient, *prices, pay: str = "300.00", account=None, **more) -> list[dict]:
    """The rewards that the answer of a committed sale tells; 300.00 in one line if nothing is said."""
    oneid = account.member.oneid if account else ""
    return sell(till, *(prices or ("300.00",)), pay=pay, oneid=oneid, **more).get("rewards", [])


def complete(
    pos: Channel, number: str = "N1", *, name: str = "order.completed", at: dt.datetime = NOW
) -> None:
    """The goods were received, as the channel tells it."""
    told = {"order": number}
    events.record(happenings=[events.Happening(name=name, occurred_at=at, channel=pos.pk, properties=told)])


def followed(*, now: dt.datetime = NOW) -> None:
    while following.follow(now=now):
        pass
    while following.give_due(now=now):
        pass


def take_back(
    back: dict[int, int], *, before: dict[int, int] | None = None, number: str = "N1", key: str = "return:1"
):
    """``back``: pieces by line. What a return calls."""
    sale = TillOrder.objects.get(number=number)
    counts = [{line: pieces * 1000 for line, pieces in each.items()} for each in (before or {}, back)]
    refund = returning.refund(sold=reading.quote(sale.quote), before=counts[0], now=counts[1])
    return taking_back.take_back(sale=sale.pk, refund=refund, key=key, now=NOW)


def states() -> list[tuple]:
    return list(Reward.objects.order_by("id").values_list("state", "given", "back", "short"))
