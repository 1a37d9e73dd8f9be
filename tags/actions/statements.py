"""The SELECTs of (member_id, value_id) that give members the values of one tag."""

from tags.conditions import compile
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.models_of.rfm import Bounds
from tags.queries.definitions import Definition


def of_rule(definition: Definition, setting: Setting) -> Sql:
    """Of several values the first, by position, whose condition holds."""
    chosen = [compile.members(condition, setting) for condition in definition.conditions]
    ids = list(definition.values.values())
    if len(chosen) == 1:
        return build("SELECT c.member_id, {value}::int FROM ({chosen}) c", value=ids[0], chosen=chosen[0])
    ranked = join(
        [
            build(
                "SELECT member_id, {position}::int AS position FROM ({chosen}) c",
                position=number,
                chosen=each,
            )
            for number, each in enumerate(chosen, start=1)
        ],
        " UNION ALL ",
    )
    return build(
        "SELECT r.member_id, ({ids}::int[])[min(r.position)] FROM ({ranked}) r GROUP BY r.member_id",
        ids=ids,
        ranked=ranked,
    )


def of_model(definition: Definition, table: Sql, bounds: Bounds) -> Sql:
    """Over a table of the model's measures."""
    classes = definition.model.classified(table, bounds)
    codes = list(definition.values)
    return build(
        "SELECT c.member_id, k.value_id FROM ({classes}) c"
        " JOIN unnest({codes}::text[], {ids}::int[]) AS k (code, value_id) ON k.code = c.code",
        classes=classes,
        codes=codes,
        ids=[definition.values[code] for code in codes],
    )
