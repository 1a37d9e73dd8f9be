"""Propensity: the chance that a buyer buys again in the coming days, or that a customer leaves.

Learned from what was known two horizons ago and who then bought; judged by what was known one horizon ago and who bought
since, which it has not seen. A model that passes is learned again from that later period and gives the scores. A score
below plain guesses (days since the last order alone, number of orders alone) is not given at all.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql
from tags.models_of import extra
from tags.models_of.learning import Columns, Fitted, Scored, TooLittle, plainly
from tags.models_of.propensity import judging
from tags.models_of.propensity.features import Known, matrix
from tags.models_of.propensity.logistic import Logistic, learned

CODE = "propensity"
VERSION = "1"
SHAPE = "number"
SORT = "prediction"
VALUES = ()
FORMULA = gettext_noop(
    "Probability from 0 to 1 by logistic regression on the logarithms of recency, tenure, orders and spend in all and in the"
    " last 30, 90, 180 and 365 days, and of the customer's own pace; learned only from what was known at the time, judged on"
    " a later period. Given with two significant digits."
)

TARGETS = ("buy", "churn")
HORIZONS = {"buy": 30, "churn": 90}
ACTIVE = 180  # days: who has not bought for longer is no customer who could leave
MOST = 200_000  # members to learn from in each period
FEWEST = 50  # of those who came and of those who did not, in each period


@dataclass(frozen=True)
class Propensity:
    """``buy``: at least one purchase within the horizon, of everybody who ever bought. ``churn``: none within the horizon,
    of those who bought within ``active_days``."""

    target: str
    horizon_days: int
    active_days: int | None
    events: tuple[str, ...] = ()

    def signals(self) -> set[str]:
        return {"orders", *(f"event.{name}" for name in self.events)}

    def sources(self) -> tuple:
        return ()

    @property
    def facts(self) -> Known:
        return Known(events=self.events, active_days=self.active_days)

    def learns(self, setting: Setting) -> Sql:
        return self.facts.followed(setting, horizon=self.horizon_days, most=MOST)

    def fitted(self, columns: Columns, *, as_of: object) -> Fitted:
        earlier, later = (self._period(columns, period) for period in (0, 1))
        for _matrix, came in (earlier, later):
            self._enough(came)
        with extra.of_models():
            model = learned(*earlier)
            quality = self._judged(model.probabilities(later[0]), columns, later[1])
            model = learned(*later)
        return Fitted(
            parameters={**asdict(model), "names": list(self.facts.names())},
            quality=quality,
            members=len(later[1]),
        )

    def _period(self, columns: Columns, period: int) -> tuple[np.ndarray, np.ndarray]:
        mine = {name: column[columns["period"] == period] for name, column in columns.items()}
        came = mine["bought"] if self.target == "buy" else 1 - mine["bought"]
        return matrix(mine, self.facts.names()), came

    def _enough(self, came: np.ndarray) -> None:
        yes = int(came.sum())
        if min(yes, len(came) - yes) < FEWEST:
            raise TooLittle(
                _(
                    "Of %(members)d buyers %(yes)d did and %(no)d did not within %(days)d days; the model needs at least"
                    " %(fewest)d of both, in two periods one after the other."
                )
                % {
                    "members": len(came),
                    "yes": yes,
                    "no": len(came) - yes,
                    "days": self.horizon_days,
                    "fewest": FEWEST,
                }
            )

    def _judged(self, probability: np.ndarray, columns: Columns, came: np.ndarray) -> dict:
        """Figures on the later period; raises ``TooLittle`` where plain guesses do as well."""
        later = columns["period"] == 1
        sign = 1 if self.target == "churn" else -1
        area = judging.auc(came, probability)
        plain = {
            "auc_recency_alone": judging.auc(came, sign * columns["recency"][later]),
            "auc_orders_alone": judging.auc(came, -sign * columns["orders"][later]),
        }
        share, parts = float(came.mean()), judging.tenths(came, probability)
        miss, plain_miss = judging.brier(came, probability), share * (1 - share)
        error = judging.uncertainty(area, came=int(came.sum()), stayed=int((1 - came).sum()))
        _refuse_below(area, error, max(plain.values()), miss, plain_miss)
        return {
            "later_members": len(came),
            "share_forecast": _short(probability.mean()),
            "share_came": _short(share),
            "auc": _short(area),
            "auc_error": _short(error),
            **{name: _short(value) for name, value in plain.items()},
            "brier": _short(miss),
            "brier_same_for_all": _short(plain_miss),
            "miscalibration": _short(judging.miscalibration(parts)),
            "tenths": parts,
        }

    def asks(self, setting: Setting) -> Sql:
        return self.facts.rows(setting)

    def scored(self, columns: Columns, fitted: Mapping) -> Scored:
        names = tuple(fitted["names"])
        model = Logistic(**{name: fitted[name] for name in ("means", "scales", "weights", "constant")})
        chances = model.probabilities(matrix(columns, names))
        return Scored(columns["member_id"].astype(np.int64), plainly(chances))


def _refuse_below(area: float, error: float, plain: float, miss: float, plain_miss: float) -> None:
    if area <= 0.5 + 2 * error:
        raise TooLittle(
            _(
                "On the later period it tells people apart no better than chance: AUC %(area).3f ± %(error).3f."
            )
            % {"area": area, "error": error}
        )
    if area < plain:
        raise TooLittle(
            _("On the later period a plain guess is better: AUC %(plain).3f instead of %(area).3f.")
            % {"plain": plain, "area": area}
        )
    if miss > plain_miss:
        raise TooLittle(
            _(
                "On the later period its probabilities miss more (%(miss).4f) than the same one for everybody"
                " (%(plain).4f)."
            )
            % {"miss": miss, "plain": plain_miss}
        )


def _short(number: float) -> float:
    return round(float(number), 4)


def parse(parameters: object, place: str = "parameters") -> Propensity:
    """``{"target": "buy", "horizon_days": 30, "active_days": 180, "events": ["add_to_cart"]}``; all but the target may be
    left out."""
    fields = reading.mapping(
        parameters, place, required=["target"], optional=["horizon_days", "active_days", "events"]
    )
    target = reading.choice(fields["target"], reading.inside(place, "target"), TARGETS, what=_("the target"))

    def days(name: str, standard: int | None) -> int | None:
        if name not in fields:
            return standard
        return reading.integer(fields[name], reading.inside(place, name), least=1, most=1_825)

    events = reading.inside(place, "events")
    return Propensity(
        target=target,
        horizon_days=days("horizon_days", HORIZONS[target]),
        active_days=days("active_days", ACTIVE if target == "churn" else None),
        events=reading.many(fields["events"], events, reading.text) if "events" in fields else (),
    )
