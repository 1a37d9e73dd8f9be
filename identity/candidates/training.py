"""The figures of the comparisons, estimated from the people at hand. Needs no pairs labelled by hand.

u comes from random pairs of people, m from pairs of accounts that identifiers made one person (Fellegi & Sunter 1969,
by Splink's estimators). Fields that are identifiers themselves made those pairs, so their m stays the default, and
so does the share of duplicates.
Expectation maximisation, the usual way, was tried and left: where duplicates are few among those who share a birthday
or a name, it converges on something else than people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity.candidates import blocking, comparisons, settings
from identity.candidates.backends import Backend

if TYPE_CHECKING:
    import pyarrow as pa

RANDOM_PAIRS = 5_000_000
LEAST_PAIRS = 500
# The pairs were accepted because their profiles agree: a figure moves no further than this from its default.
FACTOR = 8
# Rarer agreements are seen by chance, or not at all, in so many random pairs.
RARE = 1e-4


class TooFew(ValueError):
    """Not enough accounts are known to be one person's."""


def train(*, backend: Backend, people: pa.Table, linked: pa.Table, pairs: int) -> dict:
    """Parameters for `settings.build`. `linked` has a row an account, with the member as its label; `pairs` is how many pairs of them are one person.
    Raises TooFew below LEAST_PAIRS.
    """
    if pairs < LEAST_PAIRS:
        raise TooFew(
            f"Identifiers have made {pairs} pairs of accounts one person so far; training needs {LEAST_PAIRS}. "
            "Until then the default figures are the better ones."
        )
    backend.register(people, "people")
    chances = _trained(backend, "people", people)
    chances.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=1)
    backend.register(linked, "linked")
    sameness = _trained(backend, "linked", linked)
    sameness.training.estimate_m_from_label_column("label")
    m = settings.figures(sameness.misc.save_model_to_json())
    u = settings.figures(chances.misc.save_model_to_json())
    return settings.default() | {"fields": {each.field: _field(each, m, u) for each in comparisons.ALL}}


def _trained(backend: Backend, name: str, rows: pa.Table):
    from splink import Linker

    made = settings.build(settings.default(), people=len(rows), dialect=backend.name)
    return Linker(backend.frame(name), made, log_level=None)


def _field(each: comparisons.Comparison, m: dict, u: dict) -> list:
    known = settings.default()["fields"][each.field]
    rows = zip(known, m[each.field], u[each.field], strict=True)
    near = [
        [
            old[0] if each.identifies else _near(old[0], same[0]),
            old[1] if old[1] < RARE else _near(old[1], chance[1]),
        ]
        for old, same, chance in rows
    ]
    total = sum(row[0] for row in near)
    return [[round(row[0] / total, 9), row[1]] for row in near]


def _near(default: float, found: float) -> float:
    return min(max(float(found), default / FACTOR), default * FACTOR, 0.999)


def recall(*, backend: Backend, linked: pa.Table, known: set[tuple[int, int]]) -> dict:
    """How many known pairs the rules bring together: {"pairs", "recall", "without_identifiers", "rules": {code: share}}.

    `linked` has a row an account, `known` are pairs of its ids that identifiers made one person. Keys that are
    crowded among everybody (the table blocking_keys) do not count. `without_identifiers` leaves out the rules on
    telephones, e-mails and numbers, which found these pairs in the first place.
    """
    import pyarrow as pa

    if not known:
        return {"pairs": 0}
    left, right = zip(*sorted(known), strict=True)
    backend.register(
        pa.table({"l": pa.array(left, pa.int64()), "r": pa.array(right, pa.int64())}), "known_pairs"
    )
    backend.register(linked, "linked")
    backend.create(blocking.keys(table="linked", dialect=backend.name), "linked_keys")
    backend.create(MET.format(limit=blocking.LIMIT), "known_met")
    by_rule = dict(backend.rows("SELECT rule, count(*) FROM known_met GROUP BY rule"))
    free = [str(place) for place, rule in enumerate(blocking.RULES) if not rule.identifier]
    met = backend.rows("SELECT count(*) FROM (SELECT DISTINCT l, r FROM known_met) AS met")[0][0]
    unaided = f"SELECT DISTINCT l, r FROM known_met WHERE rule IN ({', '.join(free)})"
    return {
        "pairs": len(known),
        "recall": round(met / len(known), 4),
        "without_identifiers": round(
            backend.rows(f"SELECT count(*) FROM ({unaided}) AS met")[0][0] / len(known),
            4,
        ),
        "rules": {
            rule.code: round(by_rule.get(place, 0) / len(known), 4)
            for place, rule in enumerate(blocking.RULES)
        },
    }


MET = """
SELECT DISTINCT p.l, p.r, a.rule
FROM known_pairs AS p
JOIN linked_keys AS a ON a.unique_id = p.l
JOIN linked_keys AS b ON b.unique_id = p.r AND b.rule = a.rule AND b.key = a.key
WHERE NOT EXISTS (SELECT 1 FROM (
    SELECT rule, key FROM blocking_keys GROUP BY rule, key HAVING count(*) > {limit}
) AS crowded WHERE crowded.rule = a.rule AND crowded.key = a.key)
"""
