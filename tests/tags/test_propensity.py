"""The chance to buy and the chance to leave: known in time, judged on a later period, refused where a guess does as well."""

import datetime as dt

import numpy as np
import pytest

from members.models import Member, Order
from tags.conditions.faults import Fault
from tags.models_of import propensity
from tags.models_of.learning import TooLittle
from tags.models_of.propensity import judging
from tags.models_of.propensity.features import Known
from tags.queries.columns import columns
from tests import factories
from tests.tags import buyers, world

LAW = {"r": 0.5, "alpha": 4.0, "a": 0.6, "b": 3.0}


@pytest.fixture
def planted(town):
    """1,800 buyers whose pace differs, and who leave for good some time."""
    stories = buyers.bg_nbd(np.random.default_rng(3), size=1_800, weeks=120, **LAW)
    return buyers.plant(town, [[(ago * 7, 100) for ago in story] for story in stories])


def fitted(town, **parameters):
    model = propensity.parse(parameters)
    return model, model.fitted(columns(model.learns(buyers.setting(town))), as_of=world.NOW)


@pytest.mark.requirement("REP-070")
def test_the_chance_to_buy_tells_apart_who_bought_in_a_later_period(town, planted):
    model, found = fitted(town, target="buy")
    quality = found.quality
    assert quality["auc"] >= 0.70
    assert quality["auc"] >= max(quality["auc_recency_alone"], quality["auc_orders_alone"])
    assert quality["share_forecast"] == pytest.approx(quality["share_came"], abs=0.02)
    assert quality["brier"] < quality["brier_same_for_all"]
    scored = model.scored(columns(model.asks(buyers.setting(town))), found.parameters)
    assert sorted(scored.members) == sorted(planted)
    assert ((scored.values >= 0) & (scored.values <= 1)).all()


def paced(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Somebody with a pace of his own, between days and months, who perhaps left some time in the last year."""
    pace, left = rng.lognormal(3, 1), rng.uniform(0, 365) if rng.random() < 0.5 else 0
    days, history = 500.0, []
    while days > left:
        history.append((days, 100))
        days -= rng.gamma(4, pace / 4)
    return history


@pytest.mark.requirement("REP-070")
def test_the_chance_to_leave_is_told_of_those_who_have_not_left(town):
    """A silence of a month means much of who came every week, and nothing of who comes four times a year."""
    rng = np.random.default_rng(8)
    everybody = buyers.plant(town, [paced(rng) for _member in range(900)])
    model, found = fitted(town, target="churn", horizon_days=60, active_days=120)
    assert found.quality["auc"] >= 0.70
    assert found.quality["auc"] > found.quality["auc_recency_alone"] + 0.02
    known = columns(model.asks(buyers.setting(town)))
    assert 0 < len(known["member_id"]) < len(everybody)
    assert known["recency"].max() <= 120
    silent, regular = buyers.plant(
        town, [[(28 + 7 * n, 100) for n in range(60)], [(28 + 90 * n, 100) for n in range(5)]]
    )
    asked = columns(model.asks(buyers.setting(town, members=[silent, regular])))
    scored = model.scored(asked, found.parameters)
    chance = dict(zip(scored.members.tolist(), scored.values.tolist(), strict=True))
    assert chance[silent] > chance[regular]


def test_what_came_after_the_cut_off_changes_no_feature(town, planted):
    horizon = 30
    query = Known().followed(buyers.setting(town), horizon=horizon, most=10_000)
    before = columns(query)
    cut = world.days_ago(horizon).date() + dt.timedelta(days=1)
    Order.objects.filter(occurred_at__date__gt=cut).delete()
    late = Order.objects.order_by("pk").first()
    factories.returned(order=late, amount=late.amount, at=world.days_ago(1))
    after = columns(query)
    for name in ("member_id", "period", *Known().names()):
        np.testing.assert_array_equal(sorted(before[name]), sorted(after[name]))
    later = after["period"] == 1
    assert after["bought"][later].sum() < before["bought"][later].sum()


def test_features_are_counted_in_their_windows(town):
    (member,) = buyers.plant(town, [[(400, 10), (200, 20), (100, 30), (60, 40), (10, 50)]])
    other = factories.account(channel=town.tmall, member=Member.objects.get(pk=member))
    factories.event(account=other, name="add_to_cart", at=world.days_ago(5))
    factories.event(account=other, name="add_to_cart", at=world.days_ago(45))
    factories.event(account=other, name="share", at=world.days_ago(5))
    setting = buyers.setting(town, members=[member])
    known = columns(Known(events=("add_to_cart",)).rows(setting))
    assert {name: column.tolist() for name, column in known.items()} == {
        "member_id": [member], "recency": [10], "tenure": [400], "orders": [5], "spent": [150],
        "orders_30": [1], "spent_30": [50], "orders_90": [2], "spent_90": [90], "orders_180": [3], "spent_180": [120],
        "orders_365": [4], "spent_365": [140], "events_30": [1], "events_90": [2],
    }  # fmt: skip


def test_those_learned_from_are_the_same_in_every_run_and_no_more_than_asked(town, planted):
    query = Known().followed(buyers.setting(town), horizon=30, most=100)
    first, second = columns(query), columns(query)
    assert [int((first["period"] == period).sum()) for period in (0, 1)] == [100, 100]
    np.testing.assert_array_equal(first["member_id"], second["member_id"])


def test_pure_chance_is_no_model(town):
    rng = np.random.default_rng(4)
    buyers.plant(
        town, [[(360, 100), *((day, 100) for day in rng.uniform(0, 360, rng.poisson(9)))] for _ in range(700)]
    )
    with pytest.raises(TooLittle, match=r"chance|plain guess|miss more"):
        fitted(town, target="buy", horizon_days=30)


def test_too_few_are_no_model(town):
    buyers.plant(town, [[(90, 100), (10, 50)]] * 30)
    with pytest.raises(TooLittle, match="at least 50 of both"):
        fitted(town, target="buy")


def test_an_auc_counts_ties_half():
    assert judging.auc(np.array([1, 0]), np.array([0.4, 0.4])) == 0.5
    assert judging.auc(np.array([0, 1, 1, 0]), np.array([1, 2, 3, 2])) == pytest.approx(3.5 / 4)


def test_an_auc_is_scikit_learns():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    came, score = rng.integers(0, 2, 500), rng.integers(0, 40, 500).astype(float)
    assert judging.auc(came, score) == pytest.approx(roc_auc_score(came, score))


def test_tenths_and_miscalibration_are_those_of_a_table():
    probability = np.repeat([0.2, 0.8], 50)
    came = np.tile([0, 0, 0, 0, 1], 20)
    parts = judging.tenths(came, probability)
    assert [part["members"] for part in parts] == [10] * 10
    assert {part["came"] for part in parts} == {0.2}
    assert judging.miscalibration(parts) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({}, "parameters"),
        ({"target": "win"}, "parameters.target"),
        ({"target": "buy", "horizon_days": 0}, "parameters.horizon_days"),
        ({"target": "buy", "horizon_days": 10**6}, "parameters.horizon_days"),
        ({"target": "buy", "events": []}, "parameters.events"),
    ],
)
def test_wrong_parameters_are_told_with_their_place(parameters, place):
    with pytest.raises(Fault) as told:
        propensity.parse(parameters)
    assert told.value.place == place
