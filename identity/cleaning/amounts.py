"""Money and quantities: exact decimals from strings or whole JSON numbers, never from floats."""

import re
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
CENT_OF_CENT = Decimal("0.0001")
TOO_LONG = 64

_number = re.compile(r"-?\d{1,40}(?:\.(\d{1,20}))?").fullmatch
_plain_money = re.compile(r"\d{1,8}(?:\.\d{1,4})?").fullmatch
_seen: dict[str, Decimal] = {}
_SEEN_AT_MOST = 50_000


def money(value, *, place, faults, default=None):
    """A Decimal of at most 4 decimals below the limit, or `default` if absent or faulty."""
    found = _seen.get(value) if value.__class__ is str else None
    if found is not None:
        return found
    if value is None:
        return default
    if value.__class__ is str and _plain_money(value):
        return _remember(value)
    rules = faults.rules
    number = _parse(value, "money", 4, rules.max_money, place, faults)
    if number is None:
        return default
    if abs(number) >= rules.unusual_money:
        faults.add("money.unusual", place, value)
    return number


def quantity(value, *, place, faults, default=None):
    """A Decimal of at most 3 decimals below the limit, or `default` if absent or faulty."""
    if value is None:
        return default
    number = _parse(value, "quantity", 3, faults.rules.max_quantity, place, faults)
    return default if number is None else number


def points(value, *, place, faults):
    """A Decimal of at most 4 decimals, or None; a faulty one is left out and listed."""
    if value is None or value == "":
        return None
    matched = _number(value) if isinstance(value, str) else None
    if isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value) if abs(value) < 10**12 else None
    else:
        number = Decimal(value) if matched and len(matched[1] or "") <= 4 else None
    if number is None or abs(number) >= faults.rules.max_money:
        faults.add("points.malformed", place, value)
        return None
    return number


def line_amount(line) -> Decimal:
    """What is paid for a line: its amount, else quantity x unit price - discount, half up to 4 decimals."""
    if line.amount is not None:
        return line.amount
    if line.quantity == ONE:
        return line.unit_price - line.discount
    total = line.quantity * line.unit_price - line.discount
    return total.quantize(CENT_OF_CENT, ROUND_HALF_UP)


def _remember(text):
    if len(_seen) >= _SEEN_AT_MOST:
        _seen.clear()
    number = _seen[text] = Decimal(text)
    return number


def _parse(value, name, decimals, limit, place, faults):
    if isinstance(value, (bool, list, dict)):
        faults.add(f"{name}.malformed", place, value)
        return None
    if isinstance(value, float):
        faults.add("money.float", place, value)
        return None
    if isinstance(value, int):
        if abs(value) >= limit:
            faults.add(f"{name}.too_large", place, value if abs(value) < 10**60 else "…")
            return None
        return Decimal(value)
    text = value.strip() if isinstance(value, str) else str(value)
    matched = _number(text) if len(text) <= TOO_LONG else None
    if not matched:
        faults.add(f"{name}.{_why(text)}", place, text)
    elif len((matched[1] or "").rstrip("0")) > decimals:
        faults.add(f"{name}.decimals", place, text)
    elif abs(number := Decimal(text)) >= limit:
        faults.add(f"{name}.too_large", place, text)
    else:
        return number
    return None


def _why(text):
    """A number in any other notation that is out of range is too large, all else is malformed."""
    return "too_large" if re.fullmatch(r"-?\d{41,}(\.\d+)?|-?\d+(\.\d+)?[eE]\+?\d{2,}", text) else "malformed"
