"""What tills send, read strictly and fast: every fault of a body at once, each with its place, what is wrong and the remedy."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from msgspec import Meta, Struct
from rest_framework import serializers

from campaigns.api.till import figures
from campaigns.offers import basket as baskets
from campaigns.offers import currencies, reading
from campaigns.queries.till.pricing import Asked

LINES = 1_000
COUPONS = 50
FAULTS = 50
SAID = 300  # characters of what is wrong, which may quote what was sent
HIGHEST_PRICE = 10**12  # minor units
MOST_PIECES = 10**9  # thousandths
NUMBER = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)

# In Python `$` also stands before a last line end, hence what follows it.
Text = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Code = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Digits = Annotated[str, Meta(max_length=30)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class Line(Struct, forbid_unknown_fields=True, kw_only=True):
    line: Annotated[int, Meta(ge=1, le=10**6, description="Your number of the line.")]
    sku: Code
    quantity: Annotated[Digits, Meta(description='Above 0, such as "1" or "0.355".')]
    unit_price: Annotated[Digits, Meta(description='The list price of a piece, such as "12.50".')]
    category: Text = ""
    brand: Text = ""
    excluded: Annotated[bool, Meta(description="Price-maintained goods, which no offer may touch.")] = False
    currency: Annotated[Currency, Meta(description="If given, the basket's.")] | None = None


class Basket(Struct, forbid_unknown_fields=True, kw_only=True):
    currency: Currency
    lines: Annotated[list[Line], Meta(min_length=1, max_length=LINES)]
    store: (
        Annotated[Code, Meta(description="At your key's node or below it; your node if left out.")] | None
    ) = None
    at: Annotated[dt.datetime, Meta(tz=True, description="The till's clock.")] | None = None
    oneid: Annotated[Text, Meta(description="Empty for a guest.")] = ""
    coupons: Annotated[
        Annotated[list[Code], Meta(max_length=COUPONS)] | Literal["auto"],
        Meta(description="Codes that were shown; auto: all that the customer has."),
    ] = []
    regions: Annotated[list[Code], Meta(max_length=20, description="Where the goods go to.")] = []
    chosen: Annotated[
        dict[Code, Code], Meta(max_length=100, description="Of each offer the SKU that the customer took.")
    ] = {}


class Quoted(Basket, forbid_unknown_fields=True, kw_only=True):
    explain: Annotated[bool, Meta(description="Also tell of each offer that is out of reach why.")] = False


def read(data: object, *, kind: type[Basket], within: str = "") -> Basket:
    """A basket, or a refusal that names all its faults. ``within``: where it stands in the body, like ``basket.``"""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        refuse([_inside(within, each) for each in _faults_of_form(data, kind)])


def asked(body: Basket, *, within: str = "") -> Asked:
    """In the engine's units. Refused with all faults of its lines."""
    faults: list[dict] = []
    lines = tuple(_line(line, place, body.currency, faults) for place, line in enumerate(body.lines))
    faults += faults_of_numbers(body.lines)
    faults = [_inside(within, each) for each in faults]
    if faults:
        refuse(faults)
    return Asked(
        lines=lines,
        currency=body.currency,
        regions=frozenset(body.regions),
        oneid=body.oneid,
        coupons=None if body.coupons == "auto" else tuple(body.coupons),
        chosen=body.chosen,
    )


def whole(data: object, *, kind: type) -> object:
    """A body without lines, or a refusal."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        refuse(list(_fault_of(data, kind, "")))


def fault(place: str, message: str, remedy: str) -> dict[str, str]:
    return {"place": place, "message": message, "remedy": remedy}


def _inside(within: str, fault: dict) -> dict:
    return {**fault, "place": (within + fault["place"].removeprefix("body")).rstrip(".") or "body"}


def refuse(faults: list[dict]) -> None:
    raise serializers.ValidationError(faults[:FAULTS])


def _faults_of_form(data: object, kind: type[Basket]) -> Iterator[dict]:
    """Line by line: msgspec tells the first fault of what it reads."""
    lines = data.get("lines") if isinstance(data, dict) else None
    if not isinstance(lines, list) or not 0 < len(lines) <= LINES:
        yield from _fault_of(data, kind, "")
        return
    yield from _fault_of({**data, "lines": [_PLAIN]}, kind, "")
    for number, line in enumerate(lines):
        yield from _fault_of(line, Line, f"lines[{number}]")


_PLAIN = {"line": 1, "sku": "-", "quantity": "1", "unit_price": "1"}


def _fault_of(data: object, kind: type, within: str) -> Iterator[dict]:
    try:
        reading.from_builtins(data, kind)
    except reading.Unreadable as found:
        inner = found.place.removeprefix("$").removeprefix(".")
        place = ".".join(part for part in (within, inner) if part) or "body"
        yield fault(
            place, Truncator(found.what).chars(SAID), found.remedy or _("Correct it and send it again.")
        )


def _line(line: Line, number: int, currency: str, faults: list[dict]) -> baskets.Line | None:
    place, wrong = f"lines[{number}]", len(faults)
    quantity = steps(line.quantity, 3, MOST_PIECES, f"{place}.quantity", faults)
    price = steps(line.unit_price, currencies.digits(currency), HIGHEST_PRICE, f"{place}.unit_price", faults)
    if quantity == 0:
        remedy = _("Leave the line out, or send what is bought; what comes back is a return.")
        faults.append(fault(f"{place}.quantity", _("The quantity is 0."), remedy))
    if line.currency not in (None, currency):
        message = _("%(line)s in a basket of %(basket)s.") % {"line": line.currency, "basket": currency}
        faults.append(fault(f"{place}.currency", message, _("Send a basket for each currency.")))
    if len(faults) > wrong:
        return None
    return baskets.Line(
        number=line.line, sku=line.sku, quantity=quantity, unit_price=price, category=line.category,
        brand=line.brand, excluded=line.excluded,
    )  # fmt: skip


def steps(text: str, places: int, most: int, place: str, faults: list[dict]) -> int | None:
    """ "12.50" as 1250, with so many places after the point at most."""
    found = NUMBER.fullmatch(text)
    if found is None:
        message = _("“%(text)s” is no number.") % {"text": text}
        faults.append(fault(place, message, _("Send digits, with a point if there are parts: “12.50”.")))
        return None
    sign, whole, parts = found[1], found[2], (found[3] or "").rstrip("0")
    if sign:
        remedy = _("Send what is bought; what comes back is a return.")
        faults.append(fault(place, _("It is below 0."), remedy))
    elif len(parts) > places:
        message = _("There are %(given)d digits after the point, and %(most)d can be.")
        told = {"given": len(parts), "most": places}
        faults.append(fault(place, message % told, _("Round it as your receipt does.")))
    elif (steps := int(whole + parts.ljust(places, "0"))) > most:
        told = {"most": figures.plain(most, 10**places)}
        faults.append(fault(place, _("It is above %(most)s.") % told, _("Correct it and send it again.")))
    else:
        return steps
    return None


def faults_of_numbers(lines: list[Line]) -> Iterator[dict]:
    first: dict[int, int] = {}
    for place, line in enumerate(lines):
        if (other := first.setdefault(line.line, place)) != place:
            message = _("Line number %(line)d stands at lines[%(other)d] already.")
            told = {"line": line.line, "other": other}
            yield fault(f"lines[{place}].line", message % told, _("Give each line its own number."))
