"""Rows that are lines of one order, put together: many platforms export a row for each article."""

from collections.abc import Iterable, Iterator

from identity.files.items import Item

LINES_AT_MOST = 1_000


def together(items: Iterable[Item]) -> Iterator[Item]:
    """One Item for rows that follow each other with the same id; their lines in their order. The first row says
    everything else. Reading goes on behind the last row of an order, so none is ever cut in two."""
    held = None
    for item in items:
        if held is not None and _continues(held, item):
            held.raw["lines"].extend(item.raw["lines"])
            held.resume = item.resume
            continue
        if held is not None:
            yield held
        held = item
    if held is not None:
        yield held


def _continues(held: Item, item: Item) -> bool:
    if not all(_has_lines(each.raw) for each in (held, item)) or len(held.raw["lines"]) >= LINES_AT_MOST:
        return False
    return held.raw["external_id"] == item.raw["external_id"]


def _has_lines(raw: object) -> bool:
    return isinstance(raw, dict) and bool(raw.get("external_id")) and isinstance(raw.get("lines"), list)
