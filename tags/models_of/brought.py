"""Brought: how many people somebody brought himself, or in all that came of it.

A number for those who brought anybody; for the others nothing is said. Everybody is brought by one person, the first of whom it was
told (``tags.models_of.network.referring``).
"""

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql
from tags.models_of import referrals
from tags.models_of.learning import Columns, Scored
from tags.models_of.network import standing

CODE = "brought"
VERSION = "1"
SHAPE = "number"
SORT = "score"
VALUES = ()
FORMULA = gettext_noop(
    "People of whom he is the first who invited them; with count “all” also those whom they brought, and so on. Counted, not"
    " estimated."
)
COUNTS = ("direct", "all")


@dataclass(frozen=True)
class Brought:
    count: str = "direct"

    whole = True

    def signals(self) -> set[str]:
        return {"event.referral"}

    def sources(self) -> tuple:
        return (referrals.REFERRALS,)

    def asks(self, setting: Setting) -> Sql:
        return referrals.facts(setting)

    def scored(self, columns: Columns, _fitted: dict) -> Scored:
        network = standing.read(columns)
        forest = network.forest
        number = forest.direct if self.count == "direct" else forest.descendants
        told = network.members & (number > 0)
        return Scored(network.nodes[told], number[told].astype(np.float64))


def parse(parameters: object, place: str = "parameters") -> Brought:
    """``{"count": "direct"}`` or ``"all"``."""
    fields = reading.mapping(parameters, place, optional=["count"])
    wanted = reading.choice(
        fields.get("count", "direct"), reading.inside(place, "count"), COUNTS, what=_("the count")
    )
    return Brought(wanted)
