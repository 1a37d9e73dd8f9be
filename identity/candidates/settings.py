"""The comparisons as Splink's settings, for DuckDB or Spark, with the default or trained figures."""

import hashlib
import json
import re
from dataclasses import asdict
from typing import Any

from identity.candidates import comparisons
from identity.candidates.comparisons import Comparison, Level

WORD = re.compile(r"\{(\w+)\((\w+)(?:, ([\d.]+))?\)\}")
DIALECTS = {
    "duckdb": {
        "overlap": "list_has_any({0}_l, {0}_r)",
        "near": "near({0}_l, {0}_r)",
        "near_written": "near_written({0}_l, {0}_r)",
        "one_character": "one_character({0}_l, {0}_r)",
        "similar": "jaro_winkler_similarity({0}_l, {0}_r) >= {1}",
        "cardinality_of": "len",
    },
    "spark": {
        "overlap": "arrays_overlap({0}_l, {0}_r)",
        "near": "exists({0}_l, x -> exists({0}_r, y -> abs(length(x) - length(y)) <= 1 AND "
        "damerau_levenshtein(x, y) = 1))",
        "near_written": "exists({0}_l, x -> exists({0}_r, y -> abs(length(x) - length(y)) <= 1 AND "
        "damerau_levenshtein(x, y) = 1))",
        "one_character": "levenshtein({0}_l, {0}_r) = 1",
        "similar": "jaro_winkler({0}_l, {0}_r) >= {1}",
        "cardinality_of": "size",
    },
}


def structure() -> str:
    """Digest of the levels: parameters trained for other levels fit no longer."""
    levels = [
        (each.field, each.unknown, [(level.code, level.sql, level.frequency) for level in each.levels])
        for each in comparisons.ALL
    ]
    return hashlib.blake2b(json.dumps(levels).encode(), digest_size=16).hexdigest()


def default() -> dict[str, Any]:
    """Parameters of a new installation: {"duplicates": a person, "fields": {field: [[m, u] a level …, [m, u] rest]}}."""
    return {
        "duplicates": comparisons.DUPLICATES,
        "fields": {
            each.field: [*([level.m, level.u] for level in each.levels), list(each.rest)]
            for each in comparisons.ALL
        },
    }


def prior(parameters: dict, *, people: int) -> float:
    """Probability that two random people of so many are one: duplicates a person spread over all pairs."""
    return min(0.5, 2 * parameters["duplicates"] / max(people - 1, 2))


def build(parameters: dict, *, people: int, dialect: str = "duckdb") -> dict[str, Any]:
    """Splink settings. `people` is the number of rows to be compared."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": prior(parameters, people=people),
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "comparisons": [
            _comparison(each, parameters["fields"][each.field], dialect) for each in comparisons.ALL
        ],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.unique_id = r.unique_id"}],
    }


def _comparison(each: Comparison, figures: list, dialect: str) -> dict:
    levels = [
        {
            "sql_condition": _spelled(each.unknown, dialect),
            "label_for_charts": "unknown",
            "is_null_level": True,
        }
    ]
    levels += [_level(*pair, dialect) for pair in zip(each.levels, figures, strict=False)]
    m, u = figures[-1]
    levels.append(
        {"sql_condition": "ELSE", "label_for_charts": "differs", "m_probability": m, "u_probability": u}
    )
    return {"output_column_name": each.field, "comparison_levels": levels}


def _level(level: Level, figures: list, dialect: str) -> dict:
    made = {
        "sql_condition": _spelled(level.sql, dialect),
        "label_for_charts": level.code,
        "m_probability": figures[0],
        "u_probability": figures[1],
    }
    if level.frequency:
        made |= {
            "tf_adjustment_column": level.frequency,
            "tf_adjustment_weight": 1.0,
            "tf_minimum_u_value": 0.00001,
        }
    return made


def _spelled(sql: str, dialect: str) -> str:
    words = DIALECTS[dialect]
    sql = sql.replace("cardinality_of", words["cardinality_of"])
    return WORD.sub(lambda word: "(" + words[word[1]].format(word[2], word[3]) + ")", sql)


def figures(trained: dict) -> dict[str, list]:
    """Parameters out of Splink's saved settings: what it could not estimate keeps its default."""
    known = default()["fields"]
    for made in trained["comparisons"]:
        levels = [level for level in made["comparison_levels"] if not level.get("is_null_level")]
        for place, level in enumerate(levels):
            old = known[made["output_column_name"]][place]
            known[made["output_column_name"]][place] = [
                level.get("m_probability") or old[0],
                level.get("u_probability") or old[1],
            ]
    return known


def describe() -> list[dict]:
    """The comparisons as rows for people: field, levels."""
    return [asdict(each) for each in comparisons.ALL]
