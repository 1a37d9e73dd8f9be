"""Figures of order lines, returns, reviews and of what events say: against plain Python."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Review
from tags.actions import audiences
from tags.conditions import describe, parse
from tags.conditions.faults import Fault
from tags.models import AudienceMember
from tags.queries import catalogue
from tests import factories
from tests.tags import crowd, world
from tests.tags.conditions import test_behaviour
from tests.tags.conditions.test_orders import TEST, TODAY, day
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def compared(found, leaf: dict) -> bool:
    return found is not None and TEST[leaf["op"]](found, leaf["value"])


def inside(at: dt.datetime, leaf: dict) -> bool:
    return at <= NOW and (TODAY - day(at)).days <= leaf.get("window", {}).get("days", 10_000)


def dated(moments: list) -> dict:
    days = sorted(day(at) for at in moments)
    if not days:
        return {"first_at": None, "last_at": None, "days_since_last": None}
    first, last = days[0].isoformat(), days[-1].isoformat()
    return {"first_at": first, "last_at": last, "days_since_last": (TODAY - days[-1]).days}


def lines(person: crowd.Person, leaf: dict) -> bool:
    where, of = leaf.get("where", {}), leaf.get("of", {})
    bought = [
        (sale.at, line.sku, line.amount - line.refunded)
        for sale in person.sales
        if inside(sale.at, leaf) and sale.bought and not sale.given_back
        and sale.channel in where.get("channel", ("app", "tmall"))
        for line in sale.lines
        if not (line.refunded and line.refunded >= line.amount)
        and crowd.SKUS[line.sku] in where.get("category", crowd.SKUS.values())
    ]  # fmt: skip
    amount = sum((worth for _at, _sku, worth in bought), Decimal(0))
    part = sum(worth for _at, sku, worth in bought if crowd.SKUS[sku] in of.get("category", ()))
    found = {
        "count": len(bought), "quantity": len(bought), "amount": amount,
        "skus": len({sku for _at, sku, _worth in bought}),
        "categories": len({crowd.SKUS[sku] for _at, sku, _worth in bought}),
        "share": 100 * part / amount if amount > 0 else None,
    } | dated([at for at, _sku, _worth in bought])  # fmt: skip
    return compared(found[leaf["aggregate"]], leaf)


def returns(person: crowd.Person, leaf: dict) -> bool:
    where = leaf.get("where", {})
    back = [(NOW, sale.refunded, sale.channel) for sale in person.sales if sale.has_return]
    back = [
        (at, amount)
        for at, amount, channel in [*back, *person.lost_returns]
        if inside(at, leaf) and channel in where.get("channel", ("app", "tmall"))
    ]
    found = {"count": len(back), "amount": sum(amount for _at, amount in back)}
    return compared((found | dated([at for at, _amount in back]))[leaf["aggregate"]], leaf)


def events(person: crowd.Person, leaf: dict) -> bool:
    told = [
        (at, properties) for at, name, _touchpoint, properties in person.events
        if name in leaf["name"] and inside(at, leaf)
    ]  # fmt: skip
    values = [said[leaf["property"]] for _at, said in told if leaf.get("property") in said]
    numbers = [Decimal(str(value)) for value in values if not isinstance(value, bool) and value != "S1"]
    part = [said for _at, said in told if _fits(said, leaf.get("of", {}))]
    found = {
        "distinct": len({str(value) for value in values}), "sum": sum(numbers),
        "average": sum(numbers) / len(numbers) if numbers else None,
        "min": min(numbers, default=None), "max": max(numbers, default=None),
        "share": Decimal(100 * len(part)) / len(told) if told else None,
    } | dated([at for at, _said in told])  # fmt: skip
    return compared(found[leaf["aggregate"]], leaf)


def _fits(said: dict, properties: dict) -> bool:
    return all(name in said and test_behaviour.matches(said[name], properties[name]) for name in properties)


NUMBERS = st.sampled_from([0, 1, 2, 3, 25, 50, 100, 300])
DATES = st.sampled_from([(TODAY - dt.timedelta(days=n)).isoformat() for n in (0, 1, 29, 30, 31)])
NAMES = st.sampled_from([["page_view"], ["share", "add_to_cart"], ["page_view", "share", "add_to_cart"]])


@st.composite
def compares(draw, aggregates: tuple[str, ...], more):
    aggregate = draw(st.sampled_from((*aggregates, "first_at", "last_at", "days_since_last")))
    values = DATES if aggregate.endswith("_at") else NUMBERS
    op = draw(st.sampled_from(list(TEST)))
    value = draw(st.lists(values, min_size=2, max_size=2).map(sorted) if op in ("between", "in") else values)
    leaf = {"aggregate": aggregate, "op": op, "value": value} | draw(more)
    if draw(st.booleans()):
        leaf["window"] = {"days": draw(st.sampled_from([0, 1, 29, 30, 31]))}
    if aggregate != "share":
        leaf.pop("of", None)
    if aggregate not in ("distinct", "sum", "average", "min", "max"):
        leaf.pop("property", None)
    return leaf


CATEGORY = st.fixed_dictionaries({"category": st.sampled_from([["fresh"], ["drinks", "baby"]])})
CHANNEL = {"channel": st.sampled_from([["app"], ["tmall"]])}
LINES = compares(
    ("count", "quantity", "amount", "skus", "categories", "share"),
    st.fixed_dictionaries(
        {"of": CATEGORY},
        optional={"where": CATEGORY | st.fixed_dictionaries(CHANNEL)},
    ),
)
RETURNS = compares(
    ("count", "amount"), st.fixed_dictionaries({}, optional={"where": st.fixed_dictionaries(CHANNEL)})
)
EVENTS = compares(
    ("distinct", "sum", "average", "min", "max", "share"),
    st.fixed_dictionaries(
        {
            "name": NAMES,
            "property": st.sampled_from(["price", "sku", "vip"]),
            "of": st.sampled_from([{"sku": "S1"}, {"price": {"op": ">", "value": 3}}, {"vip": True}]),
        }
    ),
)


@pytest.mark.parametrize(
    ("name", "oracle", "leaves"),
    [("lines", lines, LINES), ("returns", returns, RETURNS), ("events", events, EVENTS)],
)
def test_any_figure_agrees_with_plain_python(town, name, oracle, leaves):
    people = crowd.gather(town)
    everyone = tuple(person.id for person in people)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(leaf=leaves)
    def agrees(leaf):
        expected = {person.id for person in people if oracle(person, leaf)}
        assert world.chosen(town, {name: leaf}) == expected
        few = everyone[:9]
        assert world.chosen(town, {name: leaf}, members=few) == expected & set(few)
        assert world.chosen(town, {"not": {name: leaf}}) == set(everyone) - expected
        said = describe.sentence(parse.condition({name: leaf}, catalogue=catalogue.at(node=town.group)))
        assert said.endswith(".")
        assert "%(" not in said

    agrees()


def review(account, number: int, stars: int | None, *, at: dt.datetime = NOW, **said) -> Review:
    return Review.objects.create(
        account=account, channel=account.channel, external_id=str(number), rating=stars, occurred_at=at,
        version_at=at, version_digest="00000000-0000-0000-0000-000000000000", **said,
    )  # fmt: skip


def test_reviews_count_and_their_stars_are_averaged_over_all_accounts(town):
    cross, mild, silent = (world.person(town) for _number in range(3))
    other = factories.account(channel=town.tmall, member=cross)
    review(cross.account, 1, 1, sku="S1")
    review(other, 2, 2)
    review(other, 3, None, at=world.days_ago(40))
    review(mild.account, 4, 5)

    def reviews(**leaf):
        return world.chosen(town, {"reviews": leaf})

    assert reviews() == {cross.pk, mild.pk}
    assert reviews(op="=", value=3) == {cross.pk}
    assert reviews(op="=", value=0) == {silent.pk}
    assert reviews(op="=", value=2, window={"days": 30}) == {cross.pk}
    assert reviews(aggregate="average", op="=", value="1.5") == {cross.pk}
    assert reviews(aggregate="lowest", op="<=", value=2) == {cross.pk}
    assert reviews(where={"rating": {"op": ">=", "value": 4}}) == {mild.pk}
    assert reviews(where={"sku": "S1", "channel": "app"}) == {cross.pk}
    assert reviews(aggregate="first_at", op="<", value={"days_ago": 30}) == {cross.pk}


@pytest.mark.requirement("TAG-103")
def test_orders_flagged_with_the_subsidy_make_the_pack_of_its_users(town):
    users, others = (
        [world.person(town) for _number in range(2)],
        [world.person(town) for _number in range(2)],
    )
    for member, told in zip(
        [*users, *others],
        [{"subsidy": "countryside"}, {"subsidy": "countryside", "utm": 1}, {"subsidy": "city"}, {}],
        strict=True,
    ):
        order = factories.order(account=member.account)
        order.attribution = told
        order.save()
    flagged = {"aggregate": "count", "where": {"attribution": {"subsidy": "countryside"}}}
    assert world.chosen(town, {"orders": flagged}) == {member.pk for member in users}
    pack = audiences.save(
        name="家电下乡用户", organization=town.group, condition={"orders": flagged}, by=None, now=NOW
    )
    audiences.freeze(audience=pack, by=None, now=NOW)
    held = AudienceMember.objects.filter(audience=pack).values_list("member", flat=True)
    assert (pack.count, {*held}) == (2, {member.pk for member in users})
    without = flagged | {"op": "=", "value": 0}
    assert world.chosen(town, {"orders": without}) == {member.pk for member in others}


@pytest.mark.parametrize(
    ("document", "place", "said"),
    [
        ({"lines": {"aggregate": "share", "op": ">", "value": 5}}, "lines.of", "a share of what"),
        ({"lines": {"of": {"sku": "S1"}}}, "lines.of", "only a share"),
        ({"lines": {"aggregate": "sum"}}, "lines.aggregate", "is not known"),
        ({"lines": {"where": {"skus": "S1"}}}, "lines.where.skus", "Did you mean sku"),
        ({"returns": {"aggregate": "amount"}}, "returns", "“op” is missing"),
        ({"reviews": {"where": {"rating": {"op": "=", "value": 6}}}}, "reviews.where.rating.value", "from 1 to 5"),
        ({"events": {"name": "x", "aggregate": "sum", "op": ">", "value": 1}}, "events", "“property” is missing"),
        ({"events": {"name": "x", "property": "price"}}, "events.property", "is of no property"),
        ({"events": {"name": "x", "aggregate": "share", "op": ">", "value": 1}}, "events.of", "a share of what"),
        ({"events": {"name": "x", "of": {"a": 1}}}, "events.of", "only a share"),
        ({"orders": {"aggregate": "count", "where": {"attribution": "subsidy"}}}, "orders.where.attribution", "must be an object"),
        ({"orders": {"aggregate": "count", "where": {"attribution": {"a": []}}}}, "orders.where.attribution.a", "must be a text"),
    ],
)  # fmt: skip
def test_the_place_the_fault_and_the_remedy(town, document, place, said):
    with pytest.raises(Fault) as fault:
        parse.condition(document, catalogue=catalogue.at(node=town.group))
    assert (fault.value.place, said in str(fault.value)) == (place, True), fault.value
