"""A record written line by line, with the line of the fault marked."""

import json
from collections.abc import Iterator


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
