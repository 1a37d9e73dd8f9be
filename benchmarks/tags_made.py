"""What fifty tags are computed from, and the fifty: of orders, lines, events, profiles and consents."""

import itertools
from collections.abc import Iterator

from benchmarks import fixtures
from benchmarks.fixtures import BEGIN
from members.models import Channel, Organization
from tags.models import Category, Tag

CATEGORIES = ("fresh", "drinks", "baby", "beauty", "home", "appliances")
EVENTS = ("page_view", "search", "add_to_cart", "share", "checkout")
ORDER_DAYS = (30, 90, 180, 365, None)
EVENT_DAYS = (7, 30, 90)

LINES = """
INSERT INTO members_orderline (order_id, line, sku, name, category, quantity, unit_price, discount, amount)
SELECT id, 1, 'S' || id % 997, 'Article', (%(categories)s::text[])[1 + id %% 6], 1, amount, 0, amount FROM members_order
""".replace("id % 997", "id %% 997")

HAPPENED = f"""
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT 1 + i * 7919 %% %(members)s, %(channel)s, %(group)s, (%(names)s::text[])[1 + i %% 5],
       {BEGIN} + i * 2654435761 %% 63072000 * interval '1 second', '{{}}'
FROM generate_series(1::bigint, %(count)s) AS i
"""


def fill(*, members: int) -> None:
    """``members`` people with ten orders of one line and thirty events each."""
    fixtures.people(count=members)
    fixtures.orders(count=10 * members, members=members)
    with fixtures.filling() as cursor:
        cursor.execute(LINES, {"categories": list(CATEGORIES)})
    places = {
        "channel": Channel.objects.earliest("id").pk,
        "group": Organization.objects.earliest("id").pk,
    }
    with fixtures.filling() as cursor:
        cursor.execute(HAPPENED, {"count": 30 * members, "members": members, "names": list(EVENTS), **places})
    fixtures.settle()


def define(*, group: Organization) -> int:
    """The fifty tags; how many."""
    place = {
        "organization": group,
        "category": Category.objects.get_or_create(
            code="bench", defaults={"name": "Benchmark", "organization": group}
        )[0],
    }
    slots = itertools.count(1)
    for code, fields, values in _all():
        tag = Tag.objects.create(
            code=code, name=code, status="approved", approved_at="2025-01-01T00:00Z",
            **{name: "of the benchmark" for name in SAID}, **place, **fields(slots),
        )  # fmt: skip
        for position, (value, condition) in enumerate(values, start=1):
            tag.values.create(code=value, name=value, position=position, condition=condition)
    return Tag.objects.count()


SAID = ("definition", "direction", "benefit", "purpose", "consumer", "expected_action", "owner")


def _all():
    for days in ORDER_DAYS:
        yield f"often_{days}", _plain, _steps("orders", {"aggregate": "count"}, days, (5, 2, 1))
        yield f"spent_{days}", _plain, _steps("orders", {"aggregate": "amount"}, days, (1_000, 200, 1))
        yield f"orders_{days}", _number("orders", {"aggregate": "count"}, days), ()
        yield f"amount_{days}", _number("orders", {"aggregate": "amount"}, days), ()
    yield "average", _number("orders", {"aggregate": "average"}, None), ()
    yield "lifecycle", _plain, _lifecycle()
    for name in EVENTS:
        for days in EVENT_DAYS:
            yield f"{name}_{days}", _plain, _steps("events", {"name": name}, days, (10, 3, 1))
    for category in CATEGORIES:
        where = {"aggregate": "count", "where": {"category": category}}
        yield f"buys_{category}", _plain, _steps("orders", where, 90, (2, 1))
    yield from _persons()


def _persons():
    def profile(field, op, value):
        return {"profile": {"field": field, "op": op, "value": value}}

    yield "gender", _plain, [(each, profile("gender", "=", each)) for each in ("female", "male")]
    ages = (("young", [0, 34]), ("middle", [35, 54]), ("old", [55, 150]))
    yield "age", _plain, [(name, profile("age", "between", years)) for name, years in ages]
    yield "city", _plain, [(each, profile("city", "=", each)) for each in ("Jinan", "Qingdao")]
    yield "newcomer", _plain, [("yes", profile("first_seen_at", ">=", {"days_ago": 30}))]
    agreed = {"consent": {"purpose": "marketing", "touchpoint": "sms"}}
    yield "by_sms", _plain, [("agreed", agreed)]
    both = {"all": [agreed, {"orders": {"aggregate": "count", "window": {"days": 90}}}]}
    yield "buyer_by_sms", _plain, [("yes", both)]
    yield "looks_only", _plain, [("yes", _looks_only())]


def _looks_only() -> dict:
    looked = {"events": {"name": "page_view", "window": {"days": 90}, "op": ">=", "value": 3}}
    return {"all": [looked, {"not": {"orders": {"aggregate": "count", "window": {"days": 90}}}}]}


def _lifecycle() -> list:
    def since(days):
        return {"orders": {"aggregate": "days_since_last", "op": "<=", "value": days}}

    return [("active", since(30)), ("silent", since(90)), ("dormant", since(365)), ("lost", since(36_500))]


def _plain(_slots: Iterator[int]) -> dict:
    return {"source": "rule"}


def _number(leaf: str, fields: dict, days: int | None):
    measure = {leaf: fields | ({"window": {"days": days}} if days else {})}
    return lambda slots: {"source": "rule", "shape": "number", "measure": measure, "slot": next(slots)}


def _steps(leaf: str, fields: dict, days: int | None, bounds: tuple) -> list:
    window = {"window": {"days": days}} if days else {}
    return [(f"from_{bound}", {leaf: fields | window | {"op": ">=", "value": bound}}) for bound in bounds]
