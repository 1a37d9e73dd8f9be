"""The people behind a figure of a report, as a condition: so that a click makes an audience of exactly them."""

import dataclasses
import math

from tags.conditions.window import Window
from tags.models_of.rfm import CODES


@dataclasses.dataclass(frozen=True)
class Group:
    """``people``: how many the report counts; ``condition``: who they are."""

    name: str
    people: int
    condition: dict


def of_tag(*, tag: str, value: str) -> dict:
    return {"tag": {"tag": tag, "value": value}}


def worth(*, least: str, window: Window) -> dict:
    """Whose purchases of the window sum to at least so much."""
    return _orders("amount", ">=", least, window)


def rfm_class(*, code: str, bounds, window: Window) -> dict:
    """One of the eight classes: days are whole and orders are counted, so "better than 33.7" is "at most 33"."""
    near, often, much = (bool(CODES.index(code) & bit) for bit in (4, 2, 1))
    days, orders = math.ceil(bounds.recency), math.floor(bounds.frequency)
    return {
        "all": [
            _orders("days_since_last", *(("<=", days - 1) if near else (">=", days)), window),
            _orders("count", *((">=", orders + 1) if often else ("between", [1, orders])), window),
            _orders("amount", ">" if much else "<=", str(bounds.monetary), window),
        ]
    }


def _orders(aggregate: str, op: str, value: object, window: Window) -> dict:
    leaf = {"aggregate": aggregate, "op": op, "value": value}
    return {"orders": leaf | ({"window": as_json(window)} if window != Window() else {})}


def as_json(window: Window) -> dict:
    if window.days is not None:
        return {"days": window.days}
    dates = {"from": window.first, "to": window.last}
    return {name: day.isoformat() for name, day in dates.items() if day}
