"""Groups of buyers who are alike, found without being told what to look for. Staff look at them and give them names.

Who bought since the last fit belongs to the group whose centre is nearest. Groups keep their codes, and so their names,
from fit to fit as long as they stay near where they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought
from tags.conditions.sql import Sql, build, join
from tags.models_of import extra
from tags.models_of.clusters import matching
from tags.models_of.learning import Columns, Fitted, Scored, TooLittle

CODE = "clusters"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop(
    "k-means (seeded) on the logarithms of recency, frequency and monetary value over their interquartile range; as many"
    " groups as have the highest silhouette; a member belongs to the nearest centre."
)

MEASURES = {
    "recency": "{today}::date - (s.last_at AT TIME ZONE {zone})::date",
    "frequency": "s.orders",
    "monetary": "s.amount",
    "tenure": "{today}::date - (s.first_at AT TIME ZONE {zone})::date",
}
RFM = ("recency", "frequency", "monetary")
ROWS = "SELECT s.member_id{measures} FROM {table} s WHERE s.orders > 0{here}"

MOST = 8  # groups: more than a person can read
FEWEST = 50  # buyers
APART = 0.25  # least silhouette: below, Kaufman & Rousseeuw (1990) see no structure
STABLE = 0.6  # least mean agreement of the repetitions


@dataclass(frozen=True)
class Clusters:
    measures: tuple[str, ...] = RFM
    most: int = MOST

    follows = True  # ``fitted`` is told what the last fit found

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return (Bought(Purchases()),)

    def learns(self, setting: Setting) -> Sql:
        return self.asks(setting)

    def asks(self, setting: Setting) -> Sql:
        """(member_id, …measures) of every buyer."""
        here = setting.known_here()
        slots = {"today": moments.day_of(setting.as_of), "zone": str(moments.zone())}
        measures = [build(f", {MEASURES[name]} AS {name}", **slots) for name in self.measures]
        return build(
            ROWS,
            measures=join(measures, ""),
            table=setting.table(*self.sources()),
            here=build(" AND s.member_id IN ({here})", here=here) if here else here,
        )

    def fitted(self, columns: Columns, *, as_of: object, before: Mapping | None = None) -> Fitted:
        members = len(columns["member_id"])
        if members < FEWEST:
            raise TooLittle(
                _("There are only %(members)d buyers; groups need at least %(fewest)d.")
                % {"members": members, "fewest": FEWEST}
            )
        with extra.of_models():
            from tags.models_of.clusters import grouping
        points = self._logarithms(columns)
        groups = grouping.found(points, most=self.most)
        _refuse(groups)
        known = before["groups"] if before and before["measures"] == list(self.measures) else []
        codes, last = matching.codes(
            groups.centres, groups.scale, before=known, last=before["last"] if before else 0
        )
        parameters = {
            "measures": list(self.measures),
            "scale": groups.scale.tolist(),
            "groups": [
                {"code": code, "centre": centre}
                for code, centre in zip(codes, groups.centres.tolist(), strict=True)
            ],
            "last": last,
        }
        return Fitted(
            parameters=parameters, quality=self._quality(groups, columns, parameters), members=members
        )

    def _quality(self, groups: object, columns: Columns, parameters: Mapping) -> dict:
        """How far apart and how steady the groups are, and the profile of each: members and the mean of each measure."""
        codes = np.array(self.scored(columns, parameters).values)
        profile = [
            {
                "code": group["code"],
                "members": int((codes == group["code"]).sum()),
                **{name: _mean(columns[name][codes == group["code"]]) for name in self.measures},
            }
            for group in parameters["groups"]
        ]
        return {
            "silhouette": round(groups.silhouette, 3),
            "silhouettes": {str(count): round(height, 3) for count, height in groups.silhouettes.items()},
            "stability": round(groups.stability, 3),
            "least_stability": round(groups.least_stability, 3),
            "profile": profile,
        }

    def scored(self, columns: Columns, fitted: Mapping) -> Scored:
        centres = [group["centre"] for group in fitted["groups"]]
        places = matching.nearest(self._logarithms(columns), fitted["scale"], centres)
        codes = np.array([group["code"] for group in fitted["groups"]])
        return Scored(columns["member_id"].astype(np.int64), codes[places].tolist())

    def _logarithms(self, columns: Columns) -> np.ndarray:
        """One row a member. What lies below zero (more given back than paid) counts as nothing."""
        return np.log1p(
            np.stack([np.maximum(np.nan_to_num(columns[name]), 0) for name in self.measures], axis=1)
        )


def _refuse(groups: object) -> None:
    if groups.silhouette < APART:
        raise TooLittle(
            _(
                "Buyers fall into no groups: the best division has a silhouette of %(found).2f, below %(least).2f."
            )
            % {"found": groups.silhouette, "least": APART}
        )
    if groups.stability < STABLE:
        raise TooLittle(
            _(
                "The groups change with every half of the buyers: they agree by %(found).2f, below %(least).2f."
            )
            % {"found": groups.stability, "least": STABLE}
        )


def _mean(column: np.ndarray) -> float | None:
    return round(float(column.mean()), 2) if len(column) else None


def parse(parameters: object, place: str = "parameters") -> Clusters:
    """``{"measures": ["recency", "frequency", "monetary", "tenure"], "most": 8}``; both may be left out."""
    fields = reading.mapping(parameters, place, optional=["measures", "most"])

    def measure(value: object, at: str) -> str:
        return reading.choice(value, at, tuple(MEASURES), what=_("the measure"))

    return Clusters(
        measures=reading.many(fields.get("measures", list(RFM)), reading.inside(place, "measures"), measure),
        most=reading.integer(fields.get("most", MOST), reading.inside(place, "most"), least=2, most=MOST),
    )
