"""A raw record without the person: what the law wants kept of a sale, and nothing else."""

import re

KEPT = frozenset(
    "type channel external_id occurred_at updated_at organization status currency lines shipping discount payments"
    " amount order rating sku".split()
)
LISTS = {
    "lines": frozenset("line sku name category quantity unit_price discount amount refund".split()),
    "payments": frozenset(("method", "amount")),
}
WITHOUT_A_SALE = frozenset({"type", "channel", "occurred_at", "updated_at"})
SALES = frozenset({"order", "return", "review"})


def reduced(raw: dict) -> dict:
    """What is left of the record of an erased person: keys, times, goods and amounts."""
    if raw.get("type") not in SALES:
        return {name: value for name, value in raw.items() if name in WITHOUT_A_SALE}
    kept = {name: value for name, value in raw.items() if name in KEPT}
    for name, fields in LISTS.items():
        if name in kept:
            kept[name] = _of_each(kept[name], fields)
    return kept


def _of_each(rows, fields) -> list[dict]:
    return [{k: v for k, v in row.items() if k in fields} for row in rows or () if isinstance(row, dict)]


def without(raw: object, pattern: re.Pattern) -> object:
    """Somebody else's record without an erased person: each object in it that names him goes as a whole (a receiver
    with his address), a plain value of the record itself is left out.
    """
    if not isinstance(raw, dict):
        return raw
    return {name: _kept(value, pattern) for name, value in raw.items() if not _says(value, pattern)}


def only(raw: object, pattern: re.Pattern) -> dict:
    """Of somebody else's record what it says of a person: each object in it that names him, and nothing beside."""
    if not isinstance(raw, dict):
        return {}
    about = {name: _about(value, pattern) for name, value in raw.items()}
    return {name: raw[name] for name in sorted(WITHOUT_A_SALE & raw.keys())} | {
        name: told for name, told in about.items() if told
    }


def _about(value, pattern):
    if isinstance(value, dict):
        told = {name: _about(each, pattern) for name, each in value.items()}
        return value if _names(value, pattern) else {name: each for name, each in told.items() if each}
    if isinstance(value, list):
        return [told for each in value if (told := _about(each, pattern))]
    return value if _says(value, pattern) else None


def _kept(value, pattern):
    if isinstance(value, list):
        return [_kept(each, pattern) for each in value if not _names(each, pattern)]
    if isinstance(value, dict):
        return {} if _names(value, pattern) else {k: _kept(each, pattern) for k, each in value.items()}
    return value


def _names(value, pattern) -> bool:
    """Whether the value, or a plain value directly in it, names the person."""
    if isinstance(value, dict):
        return any(_says(each, pattern) for each in value.values())
    return _says(value, pattern)


def _says(value, pattern) -> bool:
    if isinstance(value, dict | list) or value is None:
        return False
    return pattern.search(str(value)) is not None
