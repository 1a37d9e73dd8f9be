import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.tags import crowd, world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db

ZONE = dt.timezone(dt.timedelta(hours=8))  # the project's, Asia/Shanghai
TODAY = NOW.astimezone(ZONE).date()
TEST = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "between": lambda a, b: b[0] <= a <= b[1],
    "in": lambda a, b: a in b,
}  # fmt: skip


def oracle(person: crowd.Person, leaf: dict) -> bool:
    where, days = leaf.get("where", {}), leaf.get("window", {}).get("days", 10_000)
    since = TODAY - dt.timedelta(days=days)
    amounts, when = [], []
    for sale in person.sales:
        if sale.at <= NOW and day(sale.at) >= since and counts(sale, where):
            amounts.append(worth(sale, where))
            when.append(day(sale.at))
    if leaf["aggregate"] == "amount" and where.keys() <= {"channel", "organization", "net"} and net(where):
        amounts += [
            -amount
            for at, amount, channel in person.lost_returns
            if at <= NOW
            and day(at) >= since
            and channel in where.get("channel", ("app", "tmall"))
            and where.get("organization", "g") == "g"
        ]
    measured = measure(leaf["aggregate"], amounts, when)
    return measured is not None and TEST[leaf["op"]](measured, leaf["value"])


def net(where: dict) -> bool:
    return where.get("net", where.get("returned") is not True)


def counts(sale: crowd.Sale, where: dict) -> bool:
    lines = [line for line in sale.lines if fits(line, where)]
    return (
        sale.status in where.get("status", ("paid", "completed"))
        and sale.channel in where.get("channel", ("app", "tmall"))
        and where.get("organization", "g") in ("g", sale.store)
        and where.get("returned", sale.has_return) == sale.has_return
        and not (net(where) and sale.given_back)
        and bool(lines)
        and ("amount" not in where or TEST[where["amount"]["op"]](sale.amount, where["amount"]["value"]))
    )


def fits(line: crowd.Line, where: dict) -> bool:
    if "category" not in where and "sku" not in where:
        return True
    back = net(where) and line.refunded and line.refunded >= line.amount
    return (
        not back
        and crowd.SKUS[line.sku] in where.get("category", crowd.SKUS.values())
        and line.sku in where.get("sku", crowd.SKUS)
    )


def worth(sale: crowd.Sale, where: dict) -> Decimal:
    if "category" not in where and "sku" not in where:
        return sale.amount - (sale.refunded if net(where) else 0)
    return sum(line.amount - (line.refunded if net(where) else 0) for line in sale.lines if fits(line, where))


def measure(aggregate: str, amounts: list, when: list):
    if aggregate in ("count", "amount", "days"):
        return {"count": len(when), "amount": sum(amounts), "days": len(set(when))}[aggregate]
    if not when:
        return None
    average = Decimal(sum(amounts)) / len(amounts)
    return {"average": average, "first_at": min(when).isoformat(), "last_at": max(when).isoformat(),
            "days_since_last": (TODAY - max(when)).days}[aggregate]  # fmt: skip


def day(at: dt.datetime) -> dt.date:
    return at.astimezone(ZONE).date()


NUMBERS = st.sampled_from([0, 1, 2, 3, 30, 100, 300])
DATES = st.sampled_from([(TODAY - dt.timedelta(days=n)).isoformat() for n in (0, 1, 29, 30, 31, 45)])
FILTERS = {
    "channel": st.sampled_from([["app"], ["tmall"], ["app", "tmall"]]),
    "organization": st.sampled_from(["g", "s1", "s4"]),
    "category": st.sampled_from([["fresh"], ["drinks", "baby"]]),
    "sku": st.sampled_from([["S1"], ["S2", "S3"]]),
    "status": st.sampled_from([["cancelled"], ["created", "paid"]]),
    "returned": st.booleans(),
    "net": st.booleans(),
    "amount": st.fixed_dictionaries({"op": st.sampled_from(["<", ">="]), "value": st.just(200)}),
}


@st.composite
def leaves(draw):
    aggregate = draw(
        st.sampled_from(["count", "amount", "average", "days", "first_at", "last_at", "days_since_last"])
    )
    values = DATES if aggregate.endswith("_at") else NUMBERS
    op = draw(st.sampled_from(list(TEST)))
    value = draw(st.lists(values, min_size=2, max_size=2).map(sorted) if op in ("between", "in") else values)
    leaf = {"aggregate": aggregate, "op": op, "value": value}
    if draw(st.booleans()):
        leaf["window"] = {"days": draw(st.sampled_from([0, 1, 29, 30, 31]))}
    where = draw(st.fixed_dictionaries({}, optional=FILTERS))
    return leaf | ({"where": where} if where else {})


def test_any_aggregate_agrees_with_plain_python(town):
    people = crowd.gather(town)
    everyone = tuple(person.id for person in people)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(leaf=leaves())
    def agrees(leaf):
        expected = {person.id for person in people if oracle(person, leaf)}
        assert world.chosen(town, {"orders": leaf}) == expected
        assert world.chosen(town, {"orders": leaf}, members=everyone) == expected
        assert world.chosen(town, {"not": {"orders": leaf}}) == set(everyone) - expected

    agrees()


def orders(**leaf) -> dict:
    return {"orders": leaf}


def test_days_count_from_midnight_in_the_projects_zone(town):
    edge = dt.datetime(
        2025, 12, 16, 0, 0, tzinfo=ZONE
    )  # the beginning of the day 30 days before the as-of day
    inside, outside = world.person(town), world.person(town)
    factories.order(account=inside.account, at=edge)
    factories.order(account=outside.account, at=edge - dt.timedelta(microseconds=1))
    assert world.chosen(town, orders(aggregate="count", window={"days": 30})) == {inside.pk}
    assert world.chosen(town, orders(aggregate="days_since_last", op="=", value=30)) == {inside.pk}


def test_from_and_to_are_both_included(town):
    buyer = world.person(town)
    factories.order(account=buyer.account, at=dt.datetime(2025, 12, 31, 23, 59, tzinfo=ZONE))
    for first, last, found in [
        ("2025-12-31", "2025-12-31", 1),
        ("2026-01-01", "2026-01-31", 0),
        ("2025-12-01", "2025-12-30", 0),
    ]:
        window = {"from": first, "to": last}
        assert len(world.chosen(town, orders(aggregate="count", window=window))) == found


@pytest.mark.requirement("TAG-092")
def test_an_order_given_back_does_not_count(town):
    buyer = world.person(town)
    for _number in range(2):
        order = factories.order(account=buyer.account, category="cosmetics", amount="80")
    factories.returned(order=order, amount="80")
    twice = orders(aggregate="count", where={"category": "cosmetics"}, window={"days": 90}, op=">=", value=2)
    assert world.chosen(town, twice) == set()
    twice["orders"]["where"]["net"] = False
    assert world.chosen(town, twice) == {buyer.pk}


def test_a_return_names_goods_without_the_line(town):
    buyer = world.person(town)
    order = factories.order(account=buyer.account, sku="S9", amount="80")
    factories.order(account=buyer.account, sku="S8", amount="80")
    back = factories.returned(order=order, amount="50")
    back.lines.create(position=1, sku="S9", quantity=1, refund="50")
    assert world.chosen(town, orders(aggregate="amount", where={"sku": "S9"}, op="=", value="30")) == {
        buyer.pk
    }


def test_orders_of_the_accounts_of_one_person_add_up(town):
    buyer = world.person(town)
    other = factories.account(channel=town.tmall, member=buyer)
    factories.order(account=buyer.account, amount="60")
    factories.order(account=other, amount="60")
    assert world.chosen(town, orders(aggregate="amount", op="=", value=120)) == {buyer.pk}
    assert world.chosen(town, orders(aggregate="days", op="=", value=1)) == {buyer.pk}


@pytest.mark.requirement("MEM-009")
def test_a_condition_of_a_brand_does_not_count_another_brands_order(town):
    loyal, guest = (
        world.person(town, organization=town.nodes["b1"]),
        world.person(town, organization=town.nodes["b1"]),
    )
    factories.order(account=loyal.account, organization=town.nodes["s1"])
    factories.order(account=guest.account, organization=town.nodes["s4"])
    assert world.chosen(town, orders(aggregate="count"), node="b1") == {loyal.pk}
    assert world.chosen(town, orders(aggregate="count", where={"organization": "b1"})) == {loyal.pk}
    assert world.chosen(town, orders(aggregate="count")) == {loyal.pk, guest.pk}
