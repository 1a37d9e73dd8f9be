"""People in, probable pairs out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import log2
from typing import TYPE_CHECKING, Any

from identity.candidates import blocking, comparisons, settings
from identity.candidates.backends import Backend

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(slots=True)
class Field:
    """One row of a case's evidence; `weight` in bits, frequency of the value included."""

    field: str
    left: str
    right: str
    level: str
    weight: float


@dataclass(slots=True)
class Pair:
    """Two people (unique ids, left < right) and why. `prior` and weights in bits: their sum is the log odds."""

    left: int
    right: int
    probability: float
    prior: float = 0.0
    fields: list[Field] = field(default_factory=list)


@dataclass
class Blocked:
    """Counts of blocking: pairs, and pairs a rule that met first by it."""

    pairs: int
    first_by: dict[str, int]


def block(*, backend: Backend, people: pa.Table, forbidden: Collection[tuple[int, int]] = ()) -> Blocked:
    """Make the tables `people` and `blocked_pairs`; pairs of unique ids in `forbidden` (left < right) never meet."""
    import pyarrow as pa

    backend.register(people, "people")
    backend.create(blocking.keys(table="people", dialect=backend.name), "blocking_keys")
    sql = blocking.pairs(keys="blocking_keys")
    if forbidden:
        left, right = zip(*forbidden, strict=True)
        backend.register(
            pa.table({"left_id": pa.array(left, pa.int64()), "right_id": pa.array(right, pa.int64())}),
            "forbidden",
        )
        sql = (
            f"SELECT * FROM ({sql}) AS met WHERE NOT EXISTS "
            "(SELECT 1 FROM forbidden AS f WHERE f.left_id = met.join_key_l AND f.right_id = met.join_key_r)"
        )
    backend.create(sql, "blocked_pairs")
    met = backend.rows("SELECT match_key, count(*) FROM blocked_pairs GROUP BY match_key ORDER BY match_key")
    return Blocked(
        pairs=sum(count for _, count in met),
        first_by={blocking.RULES[int(place)].code: count for place, count in met},
    )


def score(*, backend: Backend, parameters: dict, people: pa.Table, threshold: float) -> list[Pair]:
    """The blocked pairs with at least this probability, most probable first (equals by id)."""
    from splink import Linker

    made = settings.build(parameters, people=len(people), dialect=backend.name)
    linker = Linker(backend.frame("people"), made, log_level=None)
    linker.table_management.register_blocked_pairs_for_predict(backend.frame("blocked_pairs"))
    found = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
    rows = backend.arrow(f"SELECT {', '.join(_columns())} FROM {found.physical_name}").to_pylist()
    base = log2(
        made["probability_two_random_records_match"] / (1 - made["probability_two_random_records_match"])
    )
    said = _said(people, {row[side] for row in rows for side in ("unique_id_l", "unique_id_r")})
    pairs = [_pair(row, base, said) for row in rows]
    return sorted(pairs, key=lambda pair: (-pair.probability, pair.left, pair.right))


def _columns() -> list[str]:
    """Of all that Splink gives, what a pair is made from."""
    names = ["unique_id_l", "unique_id_r", "match_probability"]
    for each in comparisons.ALL:
        names += [f"gamma_{each.field}", f"mw_{each.field}"]
        if any(level.frequency for level in each.levels):
            names.append(f"mw_tf_adj_{each.field}")
    return names


def _said(people: pa.Table, wanted: set[int]) -> dict[int, dict]:
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = people.filter(pc.is_in(people["unique_id"], pa.array(sorted(wanted), pa.int64())))
    return {row["unique_id"]: row for row in chosen.to_pylist()}


def _pair(row: dict[str, Any], base: float, said: dict[int, dict]) -> Pair:
    left, right = sorted((row["unique_id_l"], row["unique_id_r"]))
    fields = [
        _field(each, row, said[left], said[right])
        for each in comparisons.ALL
        if row[f"gamma_{each.field}"] >= 0
    ]
    return Pair(left, right, row["match_probability"], round(base, 3), fields)


def _field(each: comparisons.Comparison, row: dict, left: dict, right: dict) -> Field:
    """Splink numbers levels from the end: 0 is plain disagreement."""
    gamma = row[f"gamma_{each.field}"]
    level = each.levels[len(each.levels) - gamma].code if gamma else "differs"
    weight = row[f"mw_{each.field}"] + (row.get(f"mw_tf_adj_{each.field}") or 0.0)
    return Field(each.field, _shown(each.field, left), _shown(each.field, right), level, round(weight, 3))


SHOWN = {
    "name": ("shown_name",),
    "birth_date": ("birth",),
    "phone": ("phones", "phone_keys"),
    "email": ("emails",),
    "address": ("addresses", "city", "province", "postcode"),
    "gender": ("gender",),
    "national_id": ("number",),
}


def _shown(name: str, row: dict) -> str:
    """The first of the field's columns that says anything, as text."""
    values: Iterable = (row[column] for column in SHOWN[name])
    told = next((value for value in values if value), "")
    if name == "birth_date" and told:
        return f"{told[:4]}-{told[4:6]}-{told[6:]}"
    return ", ".join(told) if isinstance(told, list) else told
