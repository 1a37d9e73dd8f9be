"""Forecasts on real purchases: parameters beside the published ones, and chances beside plain guesses on a later period."""

import csv
import datetime as dt
import gzip
from collections.abc import Iterator
from pathlib import Path

from benchmarks import house
from benchmarks.realdata.checks import Check
from members.models import Account, Organization
from tags.conditions import moments
from tags.conditions.setting import Setting
from tags.models_of import propensity
from tags.models_of.clv import backtest, bgnbd, histories
from tags.models_of.learning import TooLittle
from tags.queries import catalogue
from tags.queries.columns import columns

CALIBRATED = dt.date(1997, 9, 30)
AHEAD = 39.0  # weeks, the hold-out of Fader, Hardie & Lee (2005)
WEEK = 7


def setting(*, as_of: dt.date, members: tuple[int, ...] | None = None) -> Setting:
    node = Organization.objects.get(code=house.GROUP)
    return Setting(catalogue.at(node=node), moments.moment(as_of), members)


def published(*, folder: Path, known: dict) -> Iterator[Check]:
    """BG/NBD and Gamma-Gamma on the systematic sample of one customer in ten, to three digits; and its hold-out."""
    sample = tuple(_sample(folder))
    history = columns(histories.now(setting(as_of=CALIBRATED, members=sample)))
    yield Check("CLV: customers of the sample", len(history["again"]), known["bgnbd_own_scipy"]["customers"])
    buying, spending = backtest.both(history)
    paper, values = (
        known["published"]["Fader_Hardie_Lee_2005_BGNBD"],
        known["published"]["GammaGamma_published"],
    )
    for name in ("r", "alpha", "a", "b"):
        yield Check(f"BG/NBD {name}", round(getattr(buying, name), 3), paper[name])
    yield Check("BG/NBD log-likelihood", round(buying.log_likelihood, 1), paper["LL"])
    for name in ("p", "q", "gamma"):
        yield Check(f"Gamma-Gamma {name}", round(getattr(spending, name), 2), values[name])
    yield Check("Gamma-Gamma log-likelihood", round(spending.log_likelihood, 4), values["LL"])
    forecast = bgnbd.purchases(
        buying, history["again"], history["last"] / WEEK, history["age"] / WEEK, ahead=AHEAD
    ).sum()
    own = known["bgnbd_own_scipy"]
    yield Check(
        "purchases forecast for 39 weeks", round(float(forecast), 1), round(own["holdout_expected_39w"], 1)
    )
    yield Check("purchases that came (forecast above)", own["holdout_actual"], None)


def _sample(folder: Path) -> list[int]:
    with gzip.open(folder / "cdnow_sample.csv.gz", "rt", encoding="utf-8") as lines:
        chosen = {str(int(row["master_id"])) for row in csv.DictReader(lines)}
    return list(Account.objects.filter(external_id__in=chosen).values_list("member_id", flat=True))


def chances(*, as_of: dt.date, buy: int, churn: int) -> Iterator[Check]:
    """The chance to buy within ``buy`` days and to leave within ``churn``: AUC on the last such period, by a model that was
    trained on the one before, beside the better of days since the last order alone and number of orders alone."""
    for target, days in (("buy", buy), ("churn", churn)):
        model = propensity.parse({"target": target, "horizon_days": days})
        learned = columns(model.learns(setting(as_of=as_of)))
        what = f"chance to {target} within {days} days"
        try:
            quality = model.fitted(learned, as_of=as_of).quality
        except TooLittle as why:
            yield Check(f"{what}: {why}", "refused", "published")
            continue
        plain = max(quality["auc_recency_alone"], quality["auc_orders_alone"])
        yield Check(f"{what}: AUC, beside the best plain guess", quality["auc"], plain, at_least=True)
        yield Check(f"{what}: forecast", f"{100 * quality['share_forecast']:.1f} %", None)
        yield Check(f"{what}: came", f"{100 * quality['share_came']:.1f} %", None)
        yield Check(f"{what}: miscalibration", quality["miscalibration"], None)
