"""Self-propagation: how strongly somebody brings others of his own accord.

High from five people brought (``high``), medium from two (``medium``), low from one or where he at least shared something.
Nothing is said of those who did neither.
"""

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql
from tags.models_of import referrals
from tags.models_of.learning import Columns, Scored
from tags.models_of.network import standing

CODE = "self_propagation"
VERSION = "1"
SHAPE = "one"
SORT = "layer"
VALUES = (
    ("high", gettext_noop("High: brings many"), "高"),
    ("medium", gettext_noop("Medium: brings some"), "中"),
    ("low", gettext_noop("Low: brought one, or shares"), "低"),
)
FORMULA = gettext_noop(
    "People of whom he is the first who invited them: high from 5, medium from 2, low from 1 or with a share. Bounds are set by hand."
)


@dataclass(frozen=True)
class SelfPropagation:
    high: int = 5
    medium: int = 2

    whole = True

    def signals(self) -> set[str]:
        return {"event.referral", "event.share"}

    def sources(self) -> tuple:
        return (referrals.REFERRALS,)

    def asks(self, setting: Setting) -> Sql:
        return referrals.facts(setting, standing.SHARED)

    def scored(self, columns: Columns, _fitted: dict) -> Scored:
        network = standing.read(columns)
        brought = network.forest.direct
        codes = np.select(
            [brought >= self.high, brought >= self.medium, (brought > 0) | (network.shared > 0)],
            ["high", "medium", "low"],
            default="",
        )
        told = network.members & (codes != "")
        return Scored(network.nodes[told], codes[told].tolist())


def parse(parameters: object, place: str = "parameters") -> SelfPropagation:
    """``{"high": 5, "medium": 2}``: people brought."""
    fields = reading.mapping(parameters, place, optional=["high", "medium"])
    high = reading.integer(fields.get("high", 5), reading.inside(place, "high"), least=2)
    medium = reading.integer(fields.get("medium", 2), reading.inside(place, "medium"), least=1)
    if medium >= high:
        raise Fault(
            reading.inside(place, "medium"),
            _("medium begins where high does, or above"),
            _("Choose a lower number."),
        )
    return SelfPropagation(high, medium)
