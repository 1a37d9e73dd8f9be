"""Which pairs are compared at all: those that share a key of any rule. Every rule is one row of RULES."""

from dataclasses import dataclass

# A key that more people share says too little: they meet by another one, or not at all.
LIMIT = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """`key` is SQL over one row of people; a NULL key meets nobody. `each` names a list column: a key an element,
    which the key calls `x`. `identifier` marks rules on what may link by itself."""

    code: str
    key: str
    each: str | None = None
    identifier: bool = False


RULES = (
    Rule("phone", "x", "phones", identifier=True),
    Rule("masked_phone", "x", "phone_keys", identifier=True),
    Rule("email", "x", "emails", identifier=True),
    Rule("email_local_part", "x", "locals", identifier=True),
    Rule("national_id", "number", identifier=True),
    Rule("address", "x", "addresses"),
    Rule("building_surname", "x || '|' || surname", "buildings"),
    Rule("name_city", "whole || '|' || city"),
    Rule("name_province", "whole || '|' || province"),
    Rule("name_birth_year", "whole || '|' || substr(birth, 1, 4)"),
    Rule("name_day", "whole || '|' || substr(birth, 5)"),
    Rule("name", "whole"),
    Rule("sound_birth_year", "sound || '|' || substr(birth, 1, 4)"),
    Rule("sound_city", "sound || '|' || city"),
    Rule("birthday", "birth"),
    Rule("birthday_surname", "birth || '|' || surname"),
    Rule("birthday_city", "birth || '|' || city"),
    Rule("swapped_birthday_surname", "least(birth, birth_swapped) || '|' || surname"),
    Rule("birth_month_surname", "substr(birth, 1, 6) || '|' || surname"),
    Rule("birth_day_surname", "substr(birth, 5) || '|' || surname"),
    Rule("birth_year_surname_city", "substr(birth, 1, 4) || '|' || surname || '|' || city"),
    Rule("birth_day_given", "substr(birth, 5) || '|' || given"),
    Rule("postcode_surname", "postcode || '|' || surname"),
    Rule("postcode_given", "postcode || '|' || given"),
)


def keys(*, table: str, dialect: str = "duckdb") -> str:
    """SQL of (unique_id, rule, key), a row a key of a person."""
    spread = "unnest" if dialect == "duckdb" else "explode"
    parts = []
    for place, rule in enumerate(RULES):
        source = table
        if rule.each:
            source = f"(SELECT unique_id, surname, {spread}({rule.each}) AS x FROM {table}) AS spread"
        parts.append(
            f"SELECT unique_id, {place} AS rule, {rule.key} AS key FROM {source} WHERE {rule.key} IS NOT NULL"
        )
    return "\nUNION ALL\n".join(parts)


def pairs(*, keys: str, limit: int = LIMIT) -> str:
    """SQL of the pairs that share a key carried by at most `limit` people: (match_key, join_key_l, join_key_r),
    where match_key is the first rule that brought them together."""
    return f"""
        WITH telling AS (
            SELECT rule, key FROM {keys} GROUP BY rule, key HAVING count(*) BETWEEN 2 AND {limit}
        ), kept AS (
            SELECT k.unique_id, k.rule, k.key FROM {keys} AS k JOIN telling AS t ON t.rule = k.rule AND t.key = k.key
        )
        SELECT min(l.rule) AS match_key, l.unique_id AS join_key_l, r.unique_id AS join_key_r
        FROM kept AS l JOIN kept AS r ON l.rule = r.rule AND l.key = r.key AND l.unique_id < r.unique_id
        GROUP BY l.unique_id, r.unique_id
    """
