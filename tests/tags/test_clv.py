"""Customer lifetime value: the mathematics against published values and known parameters, the model against people."""

import numpy as np
import pytest

from tags.conditions.faults import Fault
from tags.models_of import clv, learning
from tags.models_of.clv import bgnbd, gamma_gamma
from tags.models_of.clv.bgnbd import BgNbd
from tags.models_of.clv.gamma_gamma import GammaGamma
from tags.models_of.learning import TooLittle
from tags.queries.columns import columns
from tests import factories
from tests.tags import buyers, world

PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)  # Fader, Hardie & Lee (2005), table 2
SPENDING = GammaGamma(p=6.25, q=3.74, gamma=15.44)  # Fader & Hardie (2013), section 4
TRUTH = {"r": 0.6, "alpha": 4.0, "a": 0.8, "b": 3.0}
PLANTED = GammaGamma(p=5.0, q=4.0, gamma=60.0)


def one(*values: float) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


def test_expected_purchases_are_the_published_ones():
    """Customer 0001 of the paper's data (x = 2, t_x = 30.43, T = 38.86) is expected to buy 1.226 times in 39 weeks."""
    assert bgnbd.purchases(PUBLISHED, *one(2, 30.43, 38.86), ahead=39)[0] == pytest.approx(1.226, abs=0.001)


def test_the_expected_value_is_drawn_to_everybodys():
    """Customer 0001: two purchases of 22.35 in the mean are expected to become 24.65, as everybody's mean is 35.2."""
    assert gamma_gamma.mean_value(SPENDING, *one(2, 22.35))[0] == pytest.approx(24.65, abs=0.02)
    assert gamma_gamma.mean_value(SPENDING, *one(0, np.nan))[0] == pytest.approx(6.25 * 15.44 / 2.74)


def test_the_chance_to_be_alive_is_the_formulas():
    x, t_x, T = 2.0, 30.43, 38.86
    odds = (
        PUBLISHED.a
        / (PUBLISHED.b + x - 1)
        * ((PUBLISHED.alpha + T) / (PUBLISHED.alpha + t_x)) ** (PUBLISHED.r + x)
    )
    assert bgnbd.alive(PUBLISHED, *one(x, t_x, T))[0] == pytest.approx(1 / (1 + odds))
    assert bgnbd.alive(PUBLISHED, *one(0, 0, T))[0] == 1


def test_heavy_buyers_do_not_overflow():
    count = bgnbd.purchases(PUBLISHED, *one(2_000, 519.0, 520.0), ahead=52)
    assert 0 < count[0] < 210
    assert bgnbd.purchases(PUBLISHED, *one(2_000, 5.0, 520.0), ahead=52)[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("law", "found", "names"),
    [
        (
            lambda at, x: bgnbd.log_likelihood(at, bgnbd.alike(x, x * 3.0, x * 4.0 + 5)),
            [0.4, 3.0, 0.7, 2.0],
            4,
        ),
        (
            lambda at, x: gamma_gamma.log_likelihood(at, x + 1, np.arange(len(x)), 10 + x),
            [5.0, 3.0, 12.0],
            3,
        ),
    ],
)
def test_slopes_are_those_of_the_likelihood(law, found, names):
    at, x = np.array(found), np.arange(6.0)
    _value, slope = law(at, x)
    for place in range(names):
        step = np.zeros(names)
        step[place] = 1e-6
        rise = (law(at + step, x)[0] - law(at - step, x)[0]) / 2e-6
        assert slope[place] == pytest.approx(rise, rel=1e-5)


def test_the_parameters_that_made_the_purchases_are_found_again():
    rng = np.random.default_rng(5)
    x, t_x, T = buyers.counted(buyers.bg_nbd(rng, size=40_000, weeks=104, **TRUTH))
    found = bgnbd.fitted(bgnbd.alike(x, t_x, T))
    assert (found.r, found.alpha) == pytest.approx((TRUTH["r"], TRUTH["alpha"]), rel=0.06)
    assert found.a / (found.a + found.b) == pytest.approx(TRUTH["a"] / (TRUTH["a"] + TRUTH["b"]), rel=0.05)


def test_the_parameters_that_made_the_values_are_found_again():
    rng = np.random.default_rng(6)
    x = rng.integers(1, 12, 40_000).astype(float)
    found = gamma_gamma.fitted(x, values(rng, x, PLANTED))
    assert (found.p, found.q, found.gamma) == pytest.approx((PLANTED.p, PLANTED.q, PLANTED.gamma), rel=0.1)


def values(rng: np.random.Generator, x: np.ndarray, law: GammaGamma) -> np.ndarray:
    """Mean values of x purchases each: their sum is gamma with shape p x at a rate of the customer's own."""
    return rng.gamma(law.p * x, 1 / rng.gamma(law.q, 1 / law.gamma, len(x))) / x


def crowd(town, *, size: int, seed: int = 11) -> tuple[list[int], list]:
    """Buyers by the law, every purchase of their own value: (member ids, [(weeks ago, amount), …] of each)."""
    rng = np.random.default_rng(seed)
    stories = buyers.bg_nbd(rng, size=size, weeks=104, **TRUTH)
    rates = rng.gamma(PLANTED.q, 1 / PLANTED.gamma, size)
    priced = [
        [(ago, rng.gamma(PLANTED.p, 1 / rate)) for ago in story]
        for story, rate in zip(stories, rates, strict=True)
    ]
    return buyers.plant(town, [[(ago * 7, amount) for ago, amount in story] for story in priced]), priced


@pytest.mark.requirement("TAG-069")
def test_the_forecast_of_the_last_half_year_came_true_within_a_tenth(town):
    crowd(town, size=2_500)
    model = clv.parse({})
    fitted = model.fitted(columns(model.learns(buyers.setting(town))), as_of=world.NOW)
    quality = fitted.quality
    assert quality["purchases_forecast"] == pytest.approx(quality["purchases_came"], rel=0.1)
    assert quality["value_forecast"] == pytest.approx(quality["value_came"], rel=0.1)
    assert quality["error"] < quality["error_same_again"]
    assert fitted.parameters["horizon_weeks"] == 52
    assert "BG/NBD" in clv.FORMULA


def test_the_score_is_the_formula_of_each_member(town):
    ids, _priced = crowd(town, size=600)
    (regular,) = buyers.plant(town, [[(364, 100), (280, 90), (182, 110), (91, 80), (0, 120), (0, 60)]])
    model = clv.parse({"horizon_weeks": 26})
    stored = {"bgnbd": vars(PUBLISHED), "gamma_gamma": vars(SPENDING)}
    scored = model.scored(columns(model.asks(buyers.setting(town))), stored)
    by_member = dict(zip(scored.members.tolist(), scored.values.tolist(), strict=True))
    assert by_member.keys() == {*ids, regular}
    expected = bgnbd.purchases(PUBLISHED, *one(4, 52, 52), ahead=26) * gamma_gamma.mean_value(
        SPENDING, *one(4, 115)
    )
    assert by_member[regular] == float(f"{expected[0]:.2g}")
    few = model.scored(columns(model.asks(buyers.setting(town, members=[regular]))), stored)
    assert (few.members.tolist(), few.values.tolist()) == ([regular], [by_member[regular]])


def test_discount_and_margin_lower_the_value():
    known = {
        "again": np.array([4.0]),
        "last": np.array([364.0]),
        "age": np.array([364.0]),
        "spent": np.array([400.0]),
    }

    def worth(**asked) -> float:
        return clv.parse(asked).value(known, PUBLISHED, SPENDING)[0]

    whole = worth()
    assert worth(margin="0.4") == pytest.approx(0.4 * whole)
    assert whole / 1.1 < worth(discount="0.1") < whole
    assert worth(discount="0.000001") == pytest.approx(whole, rel=1e-5)


def test_the_backtest_knows_nothing_of_what_was_given_back_later(town):
    member, once, later = (world.person(town) for _number in range(3))
    for days in (400, 300, 200):
        given_back = factories.order(account=member.account, at=world.days_ago(days))
    only = factories.order(account=once.account, at=world.days_ago(250))
    factories.order(account=later.account, at=world.days_ago(20))
    for order in (given_back, only):
        factories.returned(order=order, amount=100, at=world.days_ago(100))
    found = columns(clv.parse({}).learns(buyers.setting(town)))
    rows = {int(pk): place for place, pk in enumerate(found["member_id"])}
    assert rows.keys() == {member.pk, once.pk, later.pk}
    theirs = [
        [found[name][rows[each.pk]] for name in ("again", "then_again", "later")] for each in (member, later)
    ]
    assert theirs == [[1, 2, 0], [0, -1, 1]]
    assert found["then_spent"][rows[member.pk]] == 200
    assert np.isnan(found["again"][rows[once.pk]])
    assert found["then_again"][rows[once.pk]] == 0


def test_too_few_buyers_are_no_base_for_a_forecast(town):
    crowd(town, size=80)
    model = clv.parse({})
    with pytest.raises(TooLittle, match="needs at least 100"):
        model.fitted(columns(model.learns(buyers.setting(town))), as_of=world.NOW)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"horizon_weeks": 0}, "parameters.horizon_weeks"),
        ({"horizon_weeks": 10**6}, "parameters.horizon_weeks"),
        ({"discount": 2}, "parameters.discount"),
        ({"margin": 0}, "parameters.margin"),
        ({"months": 3}, "parameters.months"),
    ],
)
def test_wrong_parameters_are_told_with_their_place(parameters, place):
    with pytest.raises(Fault) as told:
        clv.parse(parameters)
    assert told.value.place == place


def test_a_forecast_has_two_digits_and_is_the_same_tomorrow():
    told = learning.plainly(np.array([1234.56, 0.0517, 0.996, 99.6, 7, 0, -1250.0, 3e-9, 5.14e15]))
    assert told.tolist() == [1200, 0.052, 1, 100, 7, 0, -1200, 3e-9, 5.1e15]
    assert learning.plainly(told).tolist() == told.tolist()
    assert learning.plainly(np.array([]), digits=3).tolist() == []
