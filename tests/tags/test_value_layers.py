"""Value of a customer and the layers it makes: transactional value, the pyramid, purchasing power, loyalty, activeness."""

import datetime as dt
import random
from decimal import Decimal

import numpy as np
import pytest

from tags.actions import compute
from tags.conditions.faults import Fault
from tags.models import MemberTags
from tags.models_of import (
    MODELS,
    activeness,
    loyalty,
    loyalty_levels,
    percentiles,
    pyramid,
    transactional,
)
from tags.models_of.learning import TooLittle
from tests import factories
from tests.tags import modelling, world
from tests.tags.test_compute import held
from tests.tags.test_standard_tags import install
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def buyer(town, *amounts, at=NOW):
    member = world.person(town)
    for amount in amounts:
        factories.order(account=member.account, amount=amount, at=at)
    return member


@pytest.mark.requirement("TAG-068")
def test_what_he_paid_less_what_came_back(town):
    member = buyer(town, "199", "300")
    factories.returned(order=member.account.orders.get(amount=300), amount="100")
    visitor = world.person(town)
    found = modelling.said(transactional, town)
    assert found == {member.pk: 399}
    assert visitor.pk not in found


def test_a_window_narrows_the_transactional_value(town):
    member = buyer(town, "100", at=world.days_ago(400))
    factories.order(account=member.account, amount="30")
    assert modelling.said(transactional, town, {"window": {"days": 365}}) == {member.pk: 30}
    assert modelling.said(transactional, town, members=[member.pk + 1]) == {}


@pytest.mark.parametrize(
    ("value", "layer"),
    [
        pytest.param("40", "low", marks=pytest.mark.requirement("TAG-063")),
        ("99.99", "low"),
        pytest.param("100", "medium", marks=pytest.mark.requirement("TAG-064")),
        pytest.param("999", "medium", marks=pytest.mark.requirement("TAG-064")),
        ("999.99", "medium"),
        pytest.param("1000", "high", marks=pytest.mark.requirement("TAG-065")),
        ("9999.99", "high"),
        pytest.param("10000", "vip", marks=pytest.mark.requirement("TAG-066")),
        ("250000", "vip"),
    ],
)
def test_the_lower_bound_belongs_to_its_layer(town, value, layer):
    member = buyer(town, value)
    assert modelling.said(pyramid, town, {"bounds": [100, 1_000, 10_000]}) == {member.pk: layer}


@pytest.mark.requirement("TAG-065")
def test_a_return_that_lowers_the_value_to_900_moves_it_to_medium(town):
    member = buyer(town, "500", "500")
    assert modelling.said(pyramid, town)[member.pk] == "high"
    factories.returned(order=member.account.orders.first(), amount="100")
    assert modelling.said(pyramid, town)[member.pk] == "medium"


@pytest.mark.requirement("TAG-062")
def test_another_number_tag_may_measure_value(town):
    tag = factories.tag(organization=town.group, code="real_value", shape="number", slot=3, source="model")
    rich, poor, unknown = (buyer(town, "50") for _number in range(3))
    for member, number in ((rich, 10_500.0), (poor, 99.0), (unknown, None)):
        MemberTags.objects.create(member=member, values=[], numbers=[None, None, number], computed_at=NOW)
    parameters = {"measure": {"tag": tag.code}}
    assert modelling.said(pyramid, town, parameters) == {rich.pk: "vip", poor.pk: "low"}
    assert pyramid.parse(parameters).needs() == {"real_value"}
    assert modelling.said(pyramid, town, parameters, members=[poor.pk]) == {poor.pk: "low"}
    assert set(modelling.said(pyramid, town).values()) == {"low"}


@pytest.fixture
def sample(town):
    """A hundred buyers whose average orders are 100, 200, …, 9,900, 10,000 but for one of 1,000 at the 85th percentile."""
    averages = [*np.linspace(10, 900, 85), 1_000, *np.linspace(1_100, 3_000, 14)]
    return {buyer(town, f"{average:.2f}").pk: average for average in averages}


@pytest.mark.requirement("TAG-028")
def test_an_average_order_of_1000_at_the_85th_percentile_is_high_power(town, sample):
    (member,) = (pk for pk, average in sample.items() if average == 1_000)
    assert sum(average < 1_000 for average in sample.values()) == 85
    parameters = {"percentiles": [50, 80]}
    bounds = modelling.learned(percentiles, town, parameters)
    assert bounds == {
        "lower": pytest.approx(np.percentile([round(each, 2) for each in sample.values()], 50), abs=1e-3),
        "upper": pytest.approx(np.percentile([round(each, 2) for each in sample.values()], 80), abs=1e-3),
    }
    found = modelling.said(percentiles, town, parameters, fitted=bounds)
    assert found[member] == "high"
    assert {code: list(found.values()).count(code) for code in ("low", "middle", "high")} == {
        "low": 50, "middle": 30, "high": 20,
    }  # fmt: skip


@pytest.mark.requirement("TAG-006")
def test_the_price_band_of_the_library_is_high_above_the_80th_percentile(town, sample):
    install(town, "price_band")
    assert compute.compute(now=NOW).error == ""
    lower, upper = np.percentile([round(each, 2) for each in sample.values()], [20, 80])
    bands = {
        pk: "high" if average > upper else "middle" if average > lower else "low"
        for pk, average in sample.items()
    }
    assert held() == {(pk, "price_band", band) for pk, band in bands.items()}
    assert [list(bands.values()).count(band) for band in ("low", "middle", "high")] == [20, 60, 20]


def test_the_average_is_that_of_orders_net_of_returns(town, sample):
    member = buyer(town, "5000", "100", "100")
    factories.returned(order=member.account.orders.get(amount=5_000), amount="4900")
    bounds = {"lower": 99, "upper": 500}
    assert modelling.said(percentiles, town, fitted=bounds)[member.pk] == "middle"


def test_too_few_buyers_or_equal_ones_make_no_levels(town):
    for number in range(19):
        buyer(town, str(10 + number))
    with pytest.raises(TooLittle, match="at least 20 buyers; found: 19"):
        modelling.learned(percentiles, town)
    for _number in range(100):
        buyer(town, "15")
    with pytest.raises(TooLittle, match=r"pay the same, 15\.00"):
        modelling.learned(percentiles, town)


def loyal(town, *, orders, days, acts, invited):
    """Somebody with so many orders of the year, the first of all so many days ago, acts of 90 days, and invitations."""
    member = world.person(town)
    early = 1 if days > 365 else 0
    for ago in [days, *range(1, orders + early)][: orders + early]:
        factories.order(account=member.account, at=world.days_ago(ago))
    for _number in range(acts):
        factories.event(account=member.account, name="share", at=world.days_ago(5))
    for number in range(invited):
        properties = {"invitee": {"channel": "app", "external_id": str(number)}}
        factories.event(account=member.account, name="referral", at=world.days_ago(200), **properties)
    return member


@pytest.mark.requirement("TAG-049")
def test_the_sample_member_has_78_points_and_level_4(town):
    sample = loyal(town, orders=9, days=730, acts=18, invited=5)
    best = loyal(town, orders=14, days=1_500, acts=40, invited=9)
    visitor = world.person(town)
    assert 40 * 9 / 12 + 30 * 730 / 1_095 + 20 * 18 / 20 + 10 * 5 / 5 == 78
    assert modelling.said(loyalty, town) == {sample.pk: 78, best.pk: 100}
    levels = modelling.said(loyalty_levels, town)
    assert levels == {sample.pk: "high", best.pk: "very_high"}
    assert visitor.pk not in levels
    assert loyalty_levels.CODES.index("high") + 1 == 4
    assert len(loyalty_levels.VALUES) == 5


@pytest.mark.requirement("TAG-010")
def test_a_score_of_78_is_high_and_of_40_medium(town):
    high = loyal(town, orders=9, days=730, acts=18, invited=5)
    medium = loyal(town, orders=3, days=730, acts=10, invited=0)
    below = loyal(town, orders=3, days=693, acts=10, invited=0)
    scores, levels = modelling.said(loyalty, town), modelling.said(loyalty_levels, town)
    assert (scores[high.pk], levels[high.pk]) == (78, "high")
    assert (scores[medium.pk], levels[medium.pk]) == (40, "medium")
    assert (scores[below.pk], levels[below.pk]) == (38.99, "low")


@pytest.mark.requirement("TAG-029")
@pytest.mark.parametrize(("acts", "level"), [(0, "low"), (4, "low"), (5, "medium"), (6, "medium"), (20, "high"), (30, "high")])  # fmt: skip
def test_interactions_of_90_days(town, acts, level):
    member = world.person(town)
    for number in range(acts):
        factories.event(account=member.account, name="comment", at=world.days_ago(number * 3))
    for _number in range(40):
        factories.event(account=member.account, name="comment", at=world.days_ago(91))
        factories.event(account=member.account, name="order.paid", at=NOW)
    assert modelling.said(activeness, town) == {member.pk: level}
    assert modelling.said(activeness, town, members=[member.pk]) == {member.pk: level}


def test_layers_against_plain_python(town):
    dice = random.Random(2)
    expected = {}
    for _number in range(60):
        amounts = [Decimal(dice.randrange(1, 4_000)) for _order in range(dice.randrange(1, 4))]
        worth = sum(amounts)
        code = "low" if worth < 100 else "medium" if worth < 1_000 else "high" if worth < 10_000 else "vip"
        expected[buyer(town, *amounts).pk] = code
    assert modelling.said(pyramid, town) == expected


@pytest.mark.requirement("TAG-083")
def test_layers_by_an_indicator_and_groups_by_scene_are_different_kinds_of_models():
    kinds = {code: model.SORT for code, model in MODELS.items()}
    assert {kinds[code] for code in ("pyramid", "loyalty", "activeness", "percentiles")} == {"layer"}
    assert {kinds[code] for code in ("states", "state_by_cycle", "habits", "lifecycle_stage")} == {"group"}
    assert {kinds[code] for code in ("transactional", "loyalty_score")} == {"score"}
    assert set(kinds.values()) <= {"layer", "group", "score", "prediction"}
    layers = [model for model in MODELS.values() if model.SORT == "layer"]
    assert all(len(model.VALUES) <= 5 for model in layers)


@pytest.mark.parametrize(
    ("module", "parameters", "place"),
    [
        (pyramid, {"bounds": [100, 100, 1_000]}, "parameters.bounds[1]"),
        (pyramid, {"bounds": [100]}, "parameters.bounds"),
        (pyramid, {"measure": "clv"}, "parameters.measure"),
        (pyramid, {"measure": {"tag": "x"}, "window": {"days": 3}}, "parameters.window"),
        (pyramid, {"window": {"days": -3}}, "parameters.window.days"),
        (transactional, {"bounds": []}, "parameters.bounds"),
        (percentiles, {"percentiles": [80, 20]}, "parameters.percentiles"),
        (percentiles, {"percentiles": [0, 20]}, "parameters.percentiles"),
        (percentiles, {"percentiles": "20"}, "parameters.percentiles"),
        (activeness, {"bounds": [0, 20]}, "parameters.bounds[0]"),
        (activeness, {"days": 0}, "parameters.days"),
        (activeness, {"events": []}, "parameters.events"),
        (loyalty, {"weights": {"repurchase": 41}}, "parameters.weights"),
        (loyalty, {"weights": {"love": 41}}, "parameters.weights.love"),
        (loyalty, {"weights": {"repurchase": -10, "duration": 80}}, "parameters.weights.repurchase"),
        (loyalty, {"full": {"repurchase": 0}}, "parameters.full.repurchase"),
        (loyalty_levels, {"bounds": [20, 40, 60]}, "parameters.bounds"),
    ],
)
def test_wrong_parameters_name_their_place(module, parameters, place):
    with pytest.raises(Fault) as fault:
        module.parse(parameters)
    assert fault.value.place == place


def test_weights_may_be_set(town):
    member = loyal(town, orders=6, days=100, acts=0, invited=0)
    only = {"weights": {"repurchase": 100, "duration": 0, "activity": 0, "recommendation": 0}}
    assert modelling.said(loyalty, town, only) == {member.pk: 50}
    assert modelling.said(loyalty, town, only, as_of=NOW + dt.timedelta(days=300)) == {member.pk: 41.67}


@pytest.mark.requirement("TAG-063")
def test_each_layer_tells_its_bounds():
    assert pyramid.parse({}).told() == {
        "low": "below 100", "medium": "from 100 to below 1,000", "high": "from 1,000 to below 10,000",
        "vip": "from 10,000",
    }  # fmt: skip
    assert loyalty_levels.parse({}).told()["high"] == "from 60 points to below 80 points"
    assert activeness.parse({}).told()["medium"].startswith("from 5 interactions in 90 days to below 20")
    told = percentiles.parse({"percentiles": [50, 80]}).told({"lower": 450.5, "upper": 852.1234})
    assert told["high"] == "above 852.12 an order (percentile 80)"


@pytest.mark.parametrize("code", sorted({"pyramid", "loyalty", "activeness", "states", "state_by_cycle", "habits", "lifecycle_stage"}))  # fmt: skip
def test_every_value_is_told_in_words(code):
    module = MODELS[code]
    assert module.parse({}).told().keys() == {value for value, _english, _chinese in module.VALUES}
