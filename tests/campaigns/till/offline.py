"""Tills without a line, for tests: the bundle as the house gave it, sales priced by it, uploads."""

import datetime as dt
import itertools
import json

import msgspec
from rest_framework.test import APIClient

from campaigns.models import ActivityVersion, StoreCharge
from campaigns.offers import pricing as engine
from campaigns.offers import reading
from campaigns.offers.basket import Line
from campaigns.offers.quote import Quote
from campaigns.till import bundle as documents
from campaigns.till import items, pricing
from campaigns.till.bundle import Bundle
from members.models import Account
from tests.campaigns import offering
from tests.campaigns.offering import DAY, NOW, off

_keys = itertools.count(1)


def publish(nodes, *offers: dict, code: str = "SUMMER", **more) -> ActivityVersion:
    """At the group; 50.00 off from 300.00 on, if nothing is said."""
    return offering.published(organization=nodes["g"], code=code, offers=offers or (off(),), **more)


def fetched(till: APIClient, store: str = "s1", now: dt.datetime | None = NOW) -> Bundle:
    """Fetched and verified by the keys that the house tells."""
    keys = documents.keys(till.get("/api/v1/pos/bundle/keys").json())
    answer = till.get(f"/api/v1/pos/bundle?store={store}")
    assert answer.status_code == 200, answer.content
    return documents.read(answer.json()["document"], keys=keys, now=now)


def line(number: int = 1, price: int = 30_000, quantity: int = 1, sku: str = "") -> Line:
    return Line(number=number, sku=sku or f"S{number}", quantity=quantity * 1000, unit_price=price)


def sale(bundle: Bundle | None, *lines: Line, order: str = "N1", at: dt.datetime = NOW, **more) -> items.Sale:
    """Priced as a till prices it, and paid in cash unless ``pays`` or ``payments`` say otherwise."""
    lines = lines or (line(),)
    told = {"lines": lines, "currency": "CNY", "at": at}
    asked = {name: more[name] for name in ("oneid", "coupons", "chosen", "regions") if name in more}
    if bundle is None:
        quote = engine.quote(pricing.plain(**told), pricing.NO_RULES)
    else:
        quote = engine.quote(pricing.basket(bundle, **told, **asked), pricing.Rules(bundle).at(at))
    due = quote.total - sum(each.amount for each in more.get("pays", ()))
    cash = (items.Payment(method="cash", amount=due),) if due else ()
    fields = {
        "key": f"k{next(_keys)}", "store": "s1", "order": order, "bundle": bundle.id if bundle else "",
        "quote": pricing.without_reasons(quote), "digest": pricing.digest(quote), "payments": cash,
    }  # fmt: skip
    return items.Sale(**fields | told | more)


def back(order: str = "N1", *lines: tuple[int, int], number: str = "R1", **more) -> items.Return:
    """So many pieces of these lines."""
    lines = tuple(items.Back(line=line, quantity=count * 1000) for line, count in lines or ((1, 1),))
    fields = {"key": f"k{next(_keys)}", "store": "s1", "at": NOW, "number": number}
    return items.Return(order=order, lines=lines, **fields | more)


def upload(till: APIClient, *told: items.Item | dict) -> list[dict]:
    """The verdicts."""
    raw = [each if isinstance(each, dict) else json.loads(items.text(each)) for each in told]
    answer = till.post("/api/v1/pos/uploads", {"items": raw})
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def states(till: APIClient, *told: items.Item | dict) -> list[str]:
    return [each["state"] for each in upload(till, *told)]


def allow(
    till: APIClient, account: Account, amount: str = "60.00", key: str = "A1", until: dt.datetime = NOW + DAY
) -> None:
    """Of the member's card."""
    told = {
        "key": key, "oneid": account.member.oneid, "book": "card", "amount": amount, "until": until.isoformat(),
    }  # fmt: skip
    assert till.post("/api/v1/pos/allowances", told).status_code == 200


def charges() -> dict[tuple[str, str], int]:
    """What stores pay themselves: {(kind, what): minor units}."""
    return {(each.kind, each.what): each.amount for each in StoreCharge.objects.all()}


def quote(told: dict) -> Quote:
    return reading.quote(json.dumps(told))


def raw(item: items.Item, **changes) -> dict:
    return msgspec.json.decode(items.text(item)) | changes
