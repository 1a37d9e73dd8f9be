"""Customer lifetime value: what somebody's purchases of the coming weeks are expected to be worth.

Expected purchases (``bgnbd``) times the expected value of one (``gamma_gamma``), each week's discounted to today if
asked for, times the margin. Who never bought has no value: nothing is known of him.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql
from tags.models_of import extra
from tags.models_of.clv import histories
from tags.models_of.learning import Columns, Fitted, Scored, plainly

CODE = "clv"
VERSION = "1"
SHAPE = "number"
SORT = "prediction"
VALUES = ()
FORMULA = gettext_noop(
    "Expected purchases within the horizon (BG/NBD; Fader, Hardie & Lee 2005) × expected value of a purchase (Gamma-Gamma;"
    " Fader & Hardie 2013) × margin, discounted to today if a rate is given. A purchase is a day with orders, net of"
    " refunds. Given with two significant digits."
)

WEEK = 7
STEP = 4  # weeks: how finely a discounted horizon is cut


@dataclass(frozen=True)
class Clv:
    """``discount`` is a rate a year, ``margin`` the part of what is paid that is counted as value."""

    horizon_weeks: int = 52
    discount: Decimal = Decimal(0)
    margin: Decimal = Decimal(1)
    backtest_weeks: int = 26

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return ()

    def learns(self, setting: Setting) -> Sql:
        return histories.now_and_then(setting, weeks=self.backtest_weeks)

    def fitted(self, columns: Columns, *, as_of: object) -> Fitted:
        with extra.of_models():
            from tags.models_of.clv import backtest
        quality = backtest.figures(columns, weeks=self.backtest_weeks)
        buyers = ~np.isnan(columns["again"])
        found = backtest.both({name: columns[name][buyers] for name in backtest.KNOWN})
        parameters = {
            "bgnbd": asdict(found[0]),
            "gamma_gamma": asdict(found[1]),
            "horizon_weeks": self.horizon_weeks,
        }
        return Fitted(parameters=parameters, quality=quality, members=int(buyers.sum()))

    def asks(self, setting: Setting) -> Sql:
        return histories.now(setting)

    def scored(self, columns: Columns, fitted: Mapping) -> Scored:
        with extra.of_models():
            from tags.models_of.clv.bgnbd import BgNbd
            from tags.models_of.clv.gamma_gamma import GammaGamma
        found = BgNbd(**fitted["bgnbd"]), GammaGamma(**fitted["gamma_gamma"])
        return Scored(columns["member_id"].astype(np.int64), plainly(self.value(columns, *found)))

    def value(self, columns: Columns, buying: object, spending: object) -> np.ndarray:
        """In money, of each row of (again, last, age, spent)."""
        from tags.models_of.clv import bgnbd, gamma_gamma

        x = columns["again"]
        each = gamma_gamma.mean_value(spending, x, columns["spent"] / np.maximum(x, 1))
        before = total = np.zeros(len(x))
        for week in self._steps():
            until = bgnbd.purchases(
                buying, x, columns["last"] / WEEK, columns["age"] / WEEK, ahead=float(week)
            )
            total = total + (until - before) / (1 + float(self.discount)) ** (week / 52)
            before = until
        return np.maximum(total * each, 0) * float(self.margin)

    def _steps(self) -> list[int]:
        """Ends of the parts of the horizon, in weeks from now: one part where nothing is discounted."""
        if not self.discount:
            return [self.horizon_weeks]
        return [*range(STEP, self.horizon_weeks, STEP), self.horizon_weeks]


def parse(parameters: object, place: str = "parameters") -> Clv:
    """``{"horizon_weeks": 52, "discount": "0.10", "margin": "0.4", "backtest_weeks": 26}``; all may be left out."""
    fields = reading.mapping(
        parameters, place, optional=["horizon_weeks", "discount", "margin", "backtest_weeks"]
    )

    def weeks(name: str, standard: int, most: int) -> int:
        return reading.integer(fields.get(name, standard), reading.inside(place, name), least=1, most=most)

    return Clv(
        horizon_weeks=weeks("horizon_weeks", 52, 520),
        discount=_share(fields.get("discount", 0), reading.inside(place, "discount"), least=0),
        margin=_share(fields.get("margin", 1), reading.inside(place, "margin"), least=Decimal("0.0001")),
        backtest_weeks=weeks("backtest_weeks", 26, 260),
    )


def _share(value: object, place: str, *, least: Decimal | int) -> Decimal:
    number = reading.decimal(value, place)
    if not least <= number <= 1:
        raise Fault(
            place, _("this share is out of range"), _("Write a number from 0 to 1, such as 0.1 for 10 %.")
        )
    return number
