"""States by fixed windows, by purchase cycles, and the stage of a relation."""

import datetime as dt
import random
from statistics import mean

import pytest

from members.lifecycle import stages
from tags.conditions.faults import Fault
from tags.models_of import cycles, habits, stage, states
from tests import factories
from tests.tags import modelling, world
from tests.tags.conditions.test_orders import TODAY, day
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def buyer(town, *days, category="", **fields):
    member = world.person(town, **fields)
    for ago in days:
        factories.order(account=member.account, at=world.days_ago(ago), category=category)
    return member


def state(module, town, *days, fitted=None, category="", **parameters):
    member = buyer(town, *days, category=category)
    return modelling.said(module, town, parameters, fitted=fitted or {})[member.pk]


@pytest.mark.requirement("TAG-042")
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([10, 50], "active"), ([10], "new"), ([60], "low_active"), ([60, 70], "low_active"), ([120, 130], "dormant"),
        ([200, 210], "lost"),
        # Each bound belongs to the nearer state; a gap of more than 90 days before the last purchase is a return.
        ([30, 40], "active"), ([31, 40], "low_active"), ([90, 95], "low_active"), ([91, 95], "dormant"),
        ([180, 181], "dormant"), ([181, 182], "lost"), ([10, 100], "active"), ([10, 101], "returned"), ([], "prospect"),
    ],
)  # fmt: skip
def test_fixed_windows_of_30_90_and_180_days(town, days, expected):
    assert state(states, town, *days, windows=[30, 90, 180]) == expected


def test_other_windows_move_the_states(town):
    assert state(states, town, 60, windows=[7, 14, 28]) == "lost"
    assert state(states, town, 60, windows=[60, 120, 240]) == "new"


@pytest.mark.requirement("TAG-043")
@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (30, "silent"),
        (45, "dormant"),
        (61, "lost"),
        (20, "active"),
        (21, "silent"),
        (40, "silent"),
        (60, "dormant"),
    ],
)
def test_a_cycle_of_20_days_of_his_own(town, last, expected):
    assert state(cycles, town, last, last + 20, last + 40, last + 60) == expected


@pytest.mark.requirement("TAG-043")
def test_who_bought_a_durable_good_with_a_cycle_of_8_years_is_not_lost_after_one(town):
    years = {"refrigerator": 8 * 365}
    fridge = buyer(town, 365, category="refrigerator")
    milk = buyer(town, 365, category="fresh")
    found = modelling.said(cycles, town, {"cycles": years}, fitted={})
    assert found[fridge.pk] == "active"
    assert found[milk.pk] == "lost"
    gone = buyer(town, 3 * 8 * 365 + 1, category="refrigerator")
    assert modelling.said(cycles, town, {"cycles": years}, fitted={})[gone.pk] == "lost"


def test_the_cycle_of_a_category_is_learned_from_those_who_bought_it_again(town):
    for number in range(32):
        buyer(town, 100 + number, 110 + number, category="coffee")
    for number in range(29):
        buyer(town, 100 + number, 300 + number, category="fridge")
    found = modelling.learned(cycles, town)
    assert list(found["categories"].values()) == [10.0]  # 29 intervals of fridges are too few
    assert found["all"] is None  # nobody bought three times
    newcomer = buyer(town, 25, 500, category="coffee")
    other = buyer(town, 25, 500, category="fridge")
    said = modelling.said(cycles, town, fitted=found)
    assert said[newcomer.pk] == "dormant"  # 2.5 times the ten days of coffee
    assert said[other.pk] == "returned"  # by the fixed windows: no cycle is known


def test_without_a_category_the_mean_of_all_who_have_a_cycle_rules(town):
    for _number in range(30):
        buyer(town, 50, 60, 70)
    once = buyer(town, 35)
    found = modelling.learned(cycles, town)
    assert found["all"] == 10
    assert modelling.said(cycles, town, fitted=found)[once.pk] == "lost"


@pytest.mark.requirement("TAG-044")
@pytest.mark.parametrize("module", [states, cycles, stage])
def test_each_member_has_exactly_one_state_also_without_orders(town, module):
    dice = random.Random(5)
    people = [buyer(town, *(dice.randrange(500) for _ in range(dice.randrange(6)))) for _ in range(60)]
    anonymous = factories.account(channel=town.app, member=people[0])
    factories.order(account=anonymous, at=world.days_ago(3))
    found = modelling.said(module, town)
    assert found.keys() == {person.pk for person in people}
    assert set(found.values()) <= {code for code, _english, _chinese in module.VALUES}
    few = [person.pk for person in people[:7]]
    assert modelling.said(module, town, members=few) == {pk: found[pk] for pk in few}


def _oracle(days):
    """The states by fixed windows in plain Python."""
    bought = sorted({day(world.days_ago(ago)) for ago in days}, reverse=True)
    if not bought:
        return "prospect"
    age = (TODAY - bought[0]).days
    if age > 30:
        return "low_active" if age <= 90 else "dormant" if age <= 180 else "lost"
    if len(bought) == 1:
        return "new"
    return "returned" if (bought[0] - bought[1]).days > 90 else "active"


def test_states_against_plain_python(town):
    dice = random.Random(11)
    told = {}
    for _number in range(120):
        days = [dice.randrange(260) for _order in range(dice.randrange(5))]
        told[buyer(town, *days).pk] = _oracle(days)
    assert modelling.said(states, town) == told


def test_orders_given_back_are_no_purchases(town):
    member = buyer(town, 200)
    order = factories.order(account=member.account, at=world.days_ago(5), amount="80")
    factories.returned(order=order, amount="80")
    assert modelling.said(states, town)[member.pk] == "lost"


def test_the_stage_in_one_statement_is_that_of_the_members_page(town):
    dice = random.Random(3)
    expected = {}
    for _number in range(150):
        first = dice.choice([900, 400, 200, 100, 10])
        member = world.person(town, at=world.days_ago(first))
        bought = [dice.randrange(first + 1) for _ in range(dice.choice([0, 1, 1, 2, 3, 6]))]
        acted = [dice.randrange(first + 1) for _ in range(dice.choice([0, 1, 4]))]
        for ago in bought:
            factories.order(account=member.account, at=world.days_ago(ago))
        for ago in acted:
            factories.event(account=member.account, name="page_view", at=world.days_ago(ago))
        factories.event(account=member.account, name="tag.changed", at=world.days_ago(1))
        expected[member.pk] = stages.stages(
            first_seen=world.days_ago(first),
            purchases=[world.days_ago(ago) for ago in bought],
            acts=[world.days_ago(ago) for ago in acted],
            as_of=NOW,
        )[-1].code
    assert len(set(expected.values())) == 6
    assert modelling.said(stage, town) == expected


@pytest.mark.parametrize("gap", [179, 180, 181, 364, 365, 366])
def test_the_bounds_of_silence_are_those_of_the_members_page(town, gap):
    """A contact on the very day comes in time, the clock does not."""
    silent = world.person(town, at=world.days_ago(gap))
    woken = world.person(town, at=world.days_ago(gap + 20))
    for member, days in ((silent, ()), (woken, (20,))):
        for ago in days:
            factories.event(account=member.account, name="page_view", at=world.days_ago(ago))
    found = modelling.said(stage, town)
    for member, first, acts in ((silent, gap, ()), (woken, gap + 20, (20,))):
        told = stages.stages(
            first_seen=world.days_ago(first),
            purchases=[],
            acts=[world.days_ago(ago) for ago in acts],
            as_of=NOW,
        )
        assert found[member.pk] == told[-1].code


@pytest.mark.requirement("TAG-048")
def test_regular_intervals_of_at_least_four_purchases_are_a_habit(town):
    regular = buyer(town, 10, 30, 52, 70)
    wild = buyer(town, 10, 11, 12, 90)
    few = buyer(town, 10, 30, 50)
    same_day = buyer(town, 10, 10, 10, 30)
    found = modelling.said(habits, town)
    assert found == {regular.pk: "habit", wild.pk: "irregular"}
    assert few.pk not in found
    assert same_day.pk not in found


def test_exactly_half_is_no_habit(town):
    """Intervals 5, 10, 15: mean 10, standard deviation 5."""
    edge = buyer(town, 0, 5, 15, 30)
    assert mean([5, 10, 15]) == 10
    assert modelling.said(habits, town) == {edge.pk: "irregular"}


@pytest.mark.parametrize(
    ("module", "parameters", "place"),
    [
        (states, {"windows": [90, 30, 180]}, "parameters.windows"),
        (states, {"windows": [30, 90]}, "parameters.windows"),
        (states, {"windows": [0, 90, 180]}, "parameters.windows[0]"),
        (states, {"window": 1}, "parameters.window"),
        (cycles, {"multiples": [1, 1, 2]}, "parameters.multiples[1]"),
        (cycles, {"multiples": [0, 1, 2]}, "parameters.multiples[0]"),
        (cycles, {"cycles": {"tv": 0}}, "parameters.cycles.tv"),
        (cycles, {"cycles": [1]}, "parameters.cycles"),
        (cycles, {"own_from": 1}, "parameters.own_from"),
        (habits, {"variation": "a"}, "parameters.variation"),
        (habits, {"purchases": 2}, "parameters.purchases"),
        (stage, {"dormant": 3}, "parameters.dormant"),
    ],
)
def test_wrong_parameters_name_their_place(module, parameters, place):
    with pytest.raises(Fault) as fault:
        module.parse(parameters)
    assert fault.value.place == place


def test_at_a_node_only_its_own_orders_and_people_count(town):
    at_store = world.person(town, organization=town.nodes["s1"])
    factories.order(account=at_store.account, at=world.days_ago(5), organization=town.nodes["s1"])
    factories.order(account=at_store.account, at=world.days_ago(200), organization=town.nodes["s4"])
    buyer(town, 5)
    assert modelling.said(states, town, node="s1") == {at_store.pk: "new"}
    assert modelling.said(stage, town, node="s1") == {at_store.pk: "new"}
    assert modelling.said(cycles, town, node="s1", fitted={}) == {at_store.pk: "new"}
    later = NOW + dt.timedelta(days=40)
    assert modelling.said(states, town, node="s1", as_of=later) == {at_store.pk: "low_active"}
