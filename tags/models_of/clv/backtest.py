"""Fits both parts of CLV, and tells how good the same forecast would have been some weeks ago, beside plain guesses.

Parameters are found on what was known at an earlier day (what was given back since was a purchase then), and the forecast from that day to
today is compared with what came. Plain guesses: everybody spends again what he spent in as many weeks before; everybody
spends the mean. A forecast that misses more than a plain guess does is none.
"""

import numpy as np
from django.utils.translation import gettext as _

from tags.models_of.clv import bgnbd, gamma_gamma
from tags.models_of.learning import Columns, TooLittle

KNOWN = ("again", "last", "age", "spent")
LEARNED_FROM = 100_000  # buyers, drawn with a fixed seed: more would move no parameter by a hundredth
SEED = 20_050_401
FEWEST = 100  # buyers who came back: below, four parameters are a guess
WEEK = 7


def both(known: Columns) -> tuple[bgnbd.BgNbd, gamma_gamma.GammaGamma]:
    """Parameters from columns (again, last, age, spent), weeks as the unit; refuses too few buyers who came back."""
    known = _some(known)
    x, spent = known["again"], known["spent"]
    priced = (x > 0) & (spent > 0)
    if priced.sum() < FEWEST:
        raise TooLittle(
            _(
                "Only %(found)d buyers came back for a second purchase; the forecast needs at least %(fewest)d."
            )
            % {"found": priced.sum(), "fewest": FEWEST}
        )
    buying = bgnbd.fitted(bgnbd.alike(x, known["last"] / WEEK, known["age"] / WEEK))
    return buying, gamma_gamma.fitted(x[priced], spent[priced] / x[priced])


def _some(known: Columns) -> Columns:
    members = len(known["again"])
    if members <= LEARNED_FROM:
        return known
    drawn = np.random.default_rng(SEED).choice(members, LEARNED_FROM, replace=False)
    return {name: known[name][drawn] for name in KNOWN}


def figures(columns: Columns, *, weeks: int) -> dict:
    """The figures of the backtest; raises ``TooLittle`` where it can't be made or a plain guess does better."""
    were = columns["then_again"] >= 0
    then = {name: columns[f"then_{name}"][were] for name in KNOWN}
    try:
        buying, spending = both(then)
    except TooLittle as few:
        raise TooLittle(
            _("As of %(weeks)d weeks ago, by which the forecast is checked: %(why)s")
            % {"weeks": weeks, "why": few}
        ) from few
    count = bgnbd.purchases(
        buying, then["again"], then["last"] / WEEK, then["age"] / WEEK, ahead=float(weeks)
    )
    each = gamma_gamma.mean_value(spending, then["again"], then["spent"] / np.maximum(then["again"], 1))
    came = np.nan_to_num(columns["later_spent"][were])
    lately = np.nan_to_num(columns["lately_spent"][were])
    errors = {
        "error": _error(count * each, came),
        "error_same_again": _error(lately, came),
        "error_everybody_the_mean": _error(np.full(len(came), lately.mean()), came),
    }
    plain = min(errors["error_same_again"], errors["error_everybody_the_mean"])
    if errors["error"] > plain:
        raise TooLittle(
            _(
                "Checked over the last %(weeks)d weeks, the forecast missed by %(error).2f a member, a plain guess by"
                " %(plain).2f."
            )
            % {"weeks": weeks, "error": errors["error"], "plain": plain}
        )
    return {
        "backtest_weeks": weeks,
        "backtest_buyers": int(were.sum()),
        "purchases_forecast": _short(count.sum()),
        "purchases_came": int(columns["later"][were].sum()),
        "value_forecast": _short((count * each).sum()),
        "value_came": _short(came.sum()),
        "value_same_again": _short(lately.sum()),
        **{name: _short(error) for name, error in errors.items()},
        "frequency_and_value_correlate": _correlation(then),
    }


def _error(forecast: np.ndarray, came: np.ndarray) -> float:
    """Root of the mean squared miss, in money a member."""
    return float(np.sqrt(np.mean((forecast - came) ** 2)))


def _correlation(known: Columns) -> float:
    """Between the number of purchases and their mean value; Gamma-Gamma supposes that there is next to none."""
    again = (known["again"] > 0) & (known["spent"] > 0)
    x, z = known["again"][again], known["spent"][again] / known["again"][again]
    return _short(np.corrcoef(x, z)[0, 1]) if x.std() and z.std() else 0.0


def _short(number: float) -> float:
    return round(float(number), 3)
