"""What followed what, and what did not: against plain Python, and by hand at the edges."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tags.conditions import describe, parse
from tags.conditions.faults import Fault
from tags.queries import catalogue
from tests import factories
from tests.tags import crowd, world
from tests.tags.conditions.test_orders import TODAY, day
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
HOUR, MOMENT = dt.timedelta(hours=1), dt.timedelta(microseconds=1)


def did(person: crowd.Person, step: dict) -> list[dt.datetime]:
    if step["name"] == "order":
        return [sale.at for sale in person.sales if sale.bought and not sale.given_back and sale.at <= NOW]
    wanted = step.get("where", {}).get("touchpoint")
    return [
        at for at, name, touchpoint, _said in person.events
        if name == step["name"] and at <= NOW and wanted in (None, touchpoint)
    ]  # fmt: skip


def inside(at: dt.datetime, leaf: dict) -> bool:
    return (TODAY - day(at)).days <= leaf.get("window", {}).get("days", 10_000)


def sequence(person: crowd.Person, leaf: dict) -> bool:
    """Every way to choose one fact for each step."""
    chains = [[]]
    for step in leaf["steps"]:
        times = [at for at in did(person, step) if inside(at, leaf)]
        chains = [[*chain, at] for chain in chains for at in times if not chain or at > chain[-1]]
    return any(chain[-1] - chain[0] <= leaf["within"]["hours"] * HOUR for chain in chains)


def unfollowed(person: crowd.Person, leaf: dict) -> bool:
    within = leaf["within"]["hours"] * HOUR
    times = [at for at in did(person, leaf["did"]) if inside(at, leaf)]
    others = did(person, leaf["without"])
    return any(at + within < NOW for at in times) and not any(
        at <= other <= at + within for at in times for other in others
    )


STEPS = st.sampled_from(
    [
        {"name": "page_view"}, {"name": "add_to_cart"}, {"name": "share"}, {"name": "order"},
        {"name": "page_view", "where": {"touchpoint": "home"}},
    ]
)  # fmt: skip
WITHIN = st.sampled_from([{"hours": number} for number in (1, 24, 48, 24 * 30)])
MORE = {"window": st.fixed_dictionaries({"days": st.sampled_from([0, 29, 30, 31])})}
SEQUENCES = st.fixed_dictionaries(
    {"steps": st.lists(STEPS, min_size=2, max_size=4), "within": WITHIN}, optional=MORE
)
UNFOLLOWED = st.fixed_dictionaries({"did": STEPS, "without": STEPS, "within": WITHIN}, optional=MORE)


@pytest.mark.parametrize(
    ("name", "oracle", "leaves"),
    [("sequence", sequence, SEQUENCES), ("unfollowed", unfollowed, UNFOLLOWED)],
)
def test_what_followed_what_agrees_with_plain_python(town, name, oracle, leaves):
    people = crowd.gather(town, size=30)
    everyone = tuple(person.id for person in people)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(leaf=leaves)
    def agrees(leaf):
        expected = {person.id for person in people if oracle(person, leaf)}
        assert world.chosen(town, {name: leaf}) == expected
        few = everyone[:9]
        assert world.chosen(town, {name: leaf}, members=few) == expected & set(few)

    agrees()


@pytest.mark.requirement("TAG-104")
def test_viewers_of_a_live_stream_who_did_not_order_within_hours(town):
    began = NOW - 30 * HOUR
    v1, v2, late, bystander, today = (world.person(town) for _number in range(5))
    for member in (v1, v2, late):
        factories.event(account=member.account, name="live_view", at=began)
    factories.event(account=v2.account, name="live_view", at=began + HOUR)  # goes on watching
    factories.order(account=v2.account, at=began + HOUR / 2)  # during the stream
    factories.order(account=late.account, at=began + 25 * HOUR)
    factories.order(account=bystander.account, at=began)
    factories.event(account=today.account, name="live_view", at=NOW - HOUR)  # may still order
    leaf = {"did": {"name": "live_view"}, "without": {"name": "order"}, "within": {"hours": 24}}
    assert world.chosen(town, {"unfollowed": leaf}) == {v1.pk, late.pk}
    longer = leaf | {"within": {"hours": 26}}
    assert world.chosen(town, {"unfollowed": longer}) == {v1.pk}
    later = NOW + 23 * HOUR + MOMENT
    assert world.chosen(town, {"unfollowed": leaf}, as_of=later) == {v1.pk, late.pk, today.pk}
    assert today.pk not in world.chosen(town, {"unfollowed": leaf}, as_of=later - MOMENT)


def test_a_sequence_is_in_order_and_within_its_time(town):
    quick, slow, reverse, at_once = (world.person(town) for _number in range(4))
    begun = NOW - 100 * HOUR
    for member, view, cart in [
        (quick, 0, 48), (slow, 0, 48.1), (reverse, 5, 4), (at_once, 5, 5),
    ]:  # fmt: skip
        factories.event(account=member.account, name="view", at=begun + view * HOUR)
        factories.event(account=member.account, name="cart", at=begun + cart * HOUR)
    leaf = {"steps": [{"name": "view"}, {"name": "cart"}], "within": {"days": 2}}
    assert world.chosen(town, {"sequence": leaf}) == {quick.pk}
    names = catalogue.at(node=town.group)
    assert describe.sentence(
        parse.condition({"sequence": leaf | {"window": "this month"}}, catalogue=names)
    ) == ("View, then cart within 48 hours this month.")


def test_a_step_may_be_of_any_account_of_the_person(town):
    member = world.person(town)
    other = factories.account(channel=town.tmall, member=member)
    factories.event(account=member.account, name="view", at=NOW - 3 * HOUR)
    factories.order(account=other, at=NOW - 2 * HOUR)
    leaf = {"steps": [{"name": "view"}, {"name": "order"}], "within": {"hours": 1}}
    assert world.chosen(town, {"sequence": leaf}) == {member.pk}


TWO = [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize(
    ("document", "place", "said"),
    [
        ({"sequence": {"steps": TWO}}, "sequence", "“within” is missing"),
        ({"sequence": {"steps": TWO[:1], "within": {"hours": 1}}}, "sequence.steps", "two to five"),
        ({"sequence": {"steps": TWO * 3, "within": {"hours": 1}}}, "sequence.steps", "two to five"),
        ({"sequence": {"steps": {}, "within": {"hours": 1}}}, "sequence.steps", "two to five"),
        ({"sequence": {"steps": [{"name": "a"}, {}], "within": {"hours": 1}}}, "sequence.steps[1]", "“name” is missing"),
        ({"sequence": {"steps": [{"name": "a"}, {"name": "order", "where": {}}], "within": {"hours": 1}}}, "sequence.steps[1].where", "takes no filter"),
        ({"sequence": {"steps": TWO, "within": {"hours": 1, "days": 1}}}, "sequence.within", "hours or days"),
        ({"sequence": {"steps": TWO, "within": {"days": 10**6}}}, "sequence.within.days", "from 1 to 366"),
        ({"unfollowed": {"did": {"name": "a"}, "within": {"hours": 1}}}, "unfollowed", "“without” is missing"),
        ({"unfollowed": {"did": {"name": 5}, "without": {"name": "b"}, "within": {"hours": 1}}}, "unfollowed.did.name", "must be a text"),
        ({"unfollowed": {"did": {"name": "a", "where": {"chanel": "app"}}, "without": {"name": "b"}, "within": {"hours": 1}}}, "unfollowed.did.where.chanel", "Did you mean channel"),
    ],
)  # fmt: skip
def test_the_place_the_fault_and_the_remedy(town, document, place, said):
    with pytest.raises(Fault) as fault:
        parse.condition(document, catalogue=catalogue.at(node=town.group))
    assert (fault.value.place, said in str(fault.value)) == (place, True), fault.value
