"""Activities, coupons and budgets for tests, each through its verbs."""

import datetime as dt
import itertools

from django.contrib.auth.models import User

from campaigns.actions import activities
from campaigns.models import ActivityVersion
from campaigns.offers.basket import Basket, Buyer, Line
from campaigns.offers.offer import Offer
from campaigns.queries import live
from members.models import Organization
from tests import factories
from tests.campaigns.making import staff

NOW = factories.NOW
DAY = dt.timedelta(days=1)
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
_codes = itertools.count(1)


def author() -> User:
    return staff("author")


def approver() -> User:
    return staff("approver")


def off(*, threshold: int = 30_000, amount: int = 5_000, **trigger) -> dict:
    """The four elements of: from so much on, so much less (in fen)."""
    least = {"threshold": {"of": "amount", "least": threshold}} if threshold else {}
    return {
        "name": f"{amount} off",
        "trigger": {**least, **trigger},
        "execution": "reduce",
        "form": {"kind": "cash", "amount": amount},
        "limits": {},
    }


def drafted(
    *, organization: Organization, code: str = "", offers: tuple[dict, ...] = (), starts_at=NOW, **fields
) -> ActivityVersion:
    code = code or f"ACT{next(_codes)}"
    version = activities.draft(
        organization=organization, code=code, name=code, starts_at=starts_at, by=author(), now=NOW, **fields
    )
    for position, offer in enumerate(offers, start=1):
        activities.put_offer(version=version, position=position, by=author(), now=NOW, **offer)
    return version


def published(*, now: dt.datetime = NOW, **fields) -> ActivityVersion:
    return publish(drafted(**fields), now=now)


def publish(version: ActivityVersion, *, now: dt.datetime = NOW) -> ActivityVersion:
    activities.submit(version=version, by=author(), now=now)
    return activities.approve(version=version, by=approver(), now=now)


def live_codes(*, store: Organization, at: dt.datetime) -> list[str]:
    return sorted(each.code for each in live.rules(store=store, at=at).offers)


def offers_at(*, store: Organization, at: dt.datetime) -> tuple[Offer, ...]:
    return live.rules(store=store, at=at).offers


def basket(*, amount: int = 30_000, sku: str = "S1", at: dt.datetime = NOW, **fields) -> Basket:
    """One piece of one article."""
    line = Line(number=1, sku=sku, quantity=1000, unit_price=amount)
    return Basket(lines=(line,), currency="CNY", at=at.astimezone(SHANGHAI), **fields)


def member(*, audiences: frozenset[str] = frozenset()) -> Buyer:
    return Buyer(audiences=audiences)
