"""Network value: what the people are worth whom somebody brought, and those whom they brought, with decay.

A brought B, B brought C, each bought for 100: with a decay of 0.5 A's network value is 100 + 0.5 × 100 = 150. What a person
is worth himself is not in it. After Kumar, Petersen and Leone, "How valuable is word of mouth?" (Harvard Business Review,
2007), with what was paid, net of returns, as the value.
"""

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql
from tags.models_of import referrals, shares
from tags.models_of.learning import Columns, Scored
from tags.models_of.network import standing

CODE = "network_value"
VERSION = "1"
SHAPE = "number"
SORT = "score"
VALUES = ()
FORMULA = gettext_noop(
    "The sum of what everybody below him in the referral tree paid, net of returns, times decay^(steps − 1): whom he brought"
    " himself counts whole."
)


@dataclass(frozen=True)
class NetworkValue:
    decay: float = 0.5

    whole = True

    def signals(self) -> set[str]:
        return {"event.referral", "orders"}

    def sources(self) -> tuple:
        return (referrals.REFERRALS, referrals.WORTH)

    def asks(self, setting: Setting) -> Sql:
        return referrals.facts(setting, standing.WORTH)

    def scored(self, columns: Columns, _fitted: dict) -> Scored:
        network = standing.read(columns)
        told = network.members & (network.forest.direct > 0)
        return Scored(network.nodes[told], np.round(network.value(decay=self.decay)[told], 4))


def parse(parameters: object, place: str = "parameters") -> NetworkValue:
    """``{"decay": 0.5}``: how much of a value is left a step further down, from 0 to 1."""
    fields = reading.mapping(parameters, place, optional=["decay"])
    return NetworkValue(shares.parse(fields.get("decay", 0.5), reading.inside(place, "decay")))
