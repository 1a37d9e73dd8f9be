"""Events, accounts, organizations, consents and tags: against plain Python, and joined at will."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Account
from tests import factories
from tests.tags import crowd, world
from tests.tags.conditions import test_orders, test_profile
from tests.tags.conditions.test_orders import TEST, TODAY, day
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db

UNDER = {"g": {"g", "b1", "b2", "s1", "s2", "s3", "s4"}, "b1": {"b1", "s1", "s2", "s3"}, "s4": {"s4"}}


def events(person: crowd.Person, leaf: dict) -> bool:
    where, days = leaf.get("where", {}), leaf.get("window", {}).get("days", 10_000)
    count = sum(
        name in leaf["name"] and at <= NOW and (TODAY - day(at)).days <= days
        and where.get("touchpoint", touchpoint) == touchpoint
        and all(key in found and matches(found[key], test) for key, test in where.get("properties", {}).items())
        for at, name, touchpoint, found in person.events
    )  # fmt: skip
    return TEST[leaf.get("op", ">=")](count, leaf.get("value", 1))


def matches(found, test) -> bool:
    if not isinstance(test, dict):
        return str(found).lower() == str(test).lower()
    if test["op"] == "known":
        return True
    try:
        return not isinstance(found, bool) and TEST[test["op"]](float(found), test["value"])
    except ValueError:
        return False


def organization(person: crowd.Person, leaf: dict) -> bool:
    place = {"known": lambda _j, _v: True, "joined": lambda j, _v: j, "visited": lambda _j, v: v}[
        leaf["relation"]
    ]
    return any(node in UNDER[leaf["node"]] and place(joined, seen) for node, joined, seen in person.nodes)


def consent(person: crowd.Person, leaf: dict) -> bool:
    latest = {}
    for account, _number, touchpoint, granted in person.consents:
        if touchpoint in (leaf["touchpoint"], "*"):
            latest[account] = granted  # stated later than those before it
    return bool(latest) and all(latest.values()) is leaf["granted"]


def channel(person: crowd.Person, leaf: dict) -> bool:
    return leaf["channel"] in person.channels


ORACLES = {
    "events": events, "organization": organization, "consent": consent, "channel": channel,
    "orders": test_orders.oracle, "profile": test_profile.oracle,
}  # fmt: skip

PROPERTIES = st.sampled_from(
    [
        {"sku": "S1"}, {"price": {"op": ">", "value": 3}}, {"price": {"op": "between", "value": [3, 12]}},
        {"vip": True}, {"sku": {"op": "known"}}, {"sku": {"op": "<", "value": 5}},
    ]
)  # fmt: skip
WHERE = st.fixed_dictionaries({}, optional={"touchpoint": st.just("home"), "properties": PROPERTIES})
EVENTS = st.fixed_dictionaries(
    {"name": st.sampled_from([["page_view"], ["share", "add_to_cart"]])},
    optional={
        "window": st.fixed_dictionaries({"days": st.sampled_from([0, 29, 30, 31])}),
        "where": WHERE,
    },
)
COUNTS = st.fixed_dictionaries({"op": st.sampled_from(["=", "<", ">=", "!="]), "value": st.integers(0, 3)})
SIMPLE = st.one_of(
    st.builds(lambda leaf, count: {"events": leaf | count}, EVENTS, COUNTS | st.just({})),
    st.builds(
        lambda node, relation: {"organization": {"node": node, "relation": relation}},
        st.sampled_from(list(UNDER)),
        st.sampled_from(["known", "joined", "visited"]),
    ),
    st.builds(
        lambda by, granted: {"consent": {"purpose": "marketing", "touchpoint": by, "granted": granted}},
        st.sampled_from(["sms", "email"]),
        st.booleans(),
    ),
    st.builds(lambda code: {"channel": {"channel": code}}, st.sampled_from(["app", "tmall"])),
)
LEAVES = st.one_of(
    SIMPLE,
    test_orders.leaves().map(lambda leaf: {"orders": leaf}),
    test_profile.leaves().map(lambda leaf: {"profile": leaf}),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)


def holds(person: crowd.Person, document: dict) -> bool:
    (name, value), *_rest = document.items()
    if name in ("all", "any"):
        return (all if name == "all" else any)(holds(person, part) for part in value)
    return not holds(person, value) if name == "not" else ORACLES[name](person, value)


@pytest.mark.requirement("TAG-033")
@pytest.mark.parametrize("documents", [SIMPLE, CONDITIONS], ids=["leaves", "nested"])
def test_conditions_agree_with_plain_python(town, documents):
    people = crowd.gather(town)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=documents)
    def agrees(document):
        expected = {person.id for person in people if holds(person, document)}
        assert world.chosen(town, document) == expected
        few = tuple(person.id for person in people[:7])
        assert world.chosen(town, document, members=few) == expected & set(few)

    agrees()


@pytest.mark.requirement("TAG-033")
def test_forty_to_sixty_in_shandong_who_returned_nothing(town):
    shandong = {"province": "Shandong", "birth_date": "1980-01-01"}
    keeper, returner = world.person(town, **shandong), world.person(town, **shandong)
    world.person(town, province="Beijing", birth_date="1980-01-01")
    world.person(town, province="Shandong", birth_date="2000-01-01")
    factories.order(account=keeper.account)
    order = factories.order(account=returner.account)
    factories.returned(order=order, amount="10")
    document = {
        "all": [
            {"profile": {"field": "age", "op": "between", "value": [40, 60]}},
            {"profile": {"field": "province", "op": "=", "value": "Shandong"}},
            {"not": {"orders": {"aggregate": "count", "where": {"returned": True}}}},
        ]
    }
    assert world.chosen(town, document) == {keeper.pk}


def test_the_first_order_is_the_first_that_was_not_given_back(town):
    member = world.person(town, channel=town.tmall)
    in_app = factories.account(channel=town.app, member=member)
    given_back = factories.order(account=member.account, at=world.days_ago(9))
    factories.returned(order=given_back, amount="100")
    factories.order(account=in_app, at=world.days_ago(8))
    factories.order(account=member.account, at=world.days_ago(7))
    for code, found in [("tmall", set()), ("app", {member.pk})]:
        assert world.chosen(town, {"first_order": {"where": {"channel": code}}}) == found


def test_retired_members_are_nobody(town):
    member = world.person(town, gender="male")
    other = factories.account(channel=town.app, member=member)
    assert world.chosen(town, {"all": []}) == {member.pk}
    assert other.minted_id not in world.chosen(town, {"not": {"profile": {"field": "gender", "op": "known"}}})


def test_accounts_of_which_nothing_tells_any_more_are_in_no_channel_and_bought_nothing(town):
    member = world.person(town)
    gone = factories.account(channel=town.tmall, member=member, at=world.days_ago(9))
    factories.order(account=gone, at=world.days_ago(8))
    in_tmall, bought = (
        {"channel": {"channel": "tmall"}},
        {"orders": {"aggregate": "count", "op": ">=", "value": 1}},
    )
    assert world.chosen(town, in_tmall) == world.chosen(town, bought) == {member.pk}
    Account.objects.filter(pk=gone.pk).update(emptied_at=NOW)
    assert world.chosen(town, in_tmall) == set()
    assert world.chosen(town, bought) == set()
    assert world.chosen(town, {"channel": {"channel": "app"}}) == {member.pk}


def test_a_node_sees_its_members_and_the_events_of_the_channels_it_shares(town):
    here = world.person(town, organization=town.nodes["s1"])
    there = world.person(town, organization=town.nodes["s4"])
    for member in (here, there):
        factories.event(account=member.account, name="share", at=NOW)
    document = {"events": {"name": "share"}}
    assert world.chosen(town, document) == {here.pk, there.pk}
    assert world.chosen(town, document, node="s1") == {here.pk}
    assert world.chosen(town, {"not": document}, node="s1") == set()
