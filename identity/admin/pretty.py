"""A record written line by line, with the line of the fault marked."""

import json
from collections.abc import Iterator
from itertools import chain

import msgspec

from identity.records import shapes
from members import masking

CONTRACT = frozenset({"type"}).union(
    field.name
    for field in chain.from_iterable(
        msgspec.structs.fields(shape)
        for shape in (shapes.Account, shapes.Order, shapes.Return, shapes.Review, shapes.Event)
    )
) - {"tags"}  # what a channel calls a customer may name him


def key(row) -> str:
    """The key of a record (with ``type``, ``key``). An account's is an identifier of its customer; others are numbers."""
    shown = row.type in ("order", "return", "review", "event")
    return row.key if shown else masking.identifier(row.key)


def masked(raw: object) -> object:
    """A raw record with what it says of a person masked, and whatever stands in fields that nobody has agreed on or holds
    words of a channel's own."""
    if not isinstance(raw, dict):
        return masking.record(raw, key=masking.UNMAPPED)
    return {
        name: masking.record(value, key=name if name in CONTRACT else masking.UNMAPPED)
        for name, value in raw.items()
    }


def lines(record: object, *, place: str) -> list[tuple[str, bool]]:
    """(text, whether it belongs to ``place``, such as ``$.identifiers[0].value``)."""
    return [(text, _inside(at, place)) for text, at in _written(record, "$", "", "")]


def _inside(at, place):
    return bool(place) and (at == place or at.startswith((f"{place}.", f"{place}[")))


def _written(value, at, indent, head) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        yield f"{indent}{head}{{", at
        for name, inner in value.items():
            yield from _written(
                inner, f"{at}.{name}", indent + "  ", f"{json.dumps(name, ensure_ascii=False)}: "
            )
        yield f"{indent}}}", at
    elif isinstance(value, list) and value:
        yield f"{indent}{head}[", at
        for index, inner in enumerate(value):
            yield from _written(inner, f"{at}[{index}]", indent + "  ", "")
        yield f"{indent}]", at
    else:
        yield f"{indent}{head}{json.dumps(value, ensure_ascii=False)}", at
