"""The sale at hand, as it is scanned."""

from typing import Any

from msgspec import Struct, field

from campaigns.offers.basket import Line
from campaigns.till import figures


class Scanned(Struct):
    """``quantity`` and ``unit_price`` as typed."""

    line: int
    sku: str
    quantity: str
    unit_price: str
    category: str = ""
    brand: str = ""
    excluded: bool = False


class Pay(Struct):
    """``amount`` in the unit of the ``book``."""

    book: str
    amount: str


class Payment(Struct):
    method: str
    amount: str


class Sale(Struct):
    """``digest`` and ``total`` of the last quote; ``held_until``: "" while it is not held."""

    number: str
    currency: str
    revision: int = 1
    lines: list[Scanned] = field(default_factory=list)
    oneid: str = ""
    coupons: list[str] = field(default_factory=list)
    automatic: bool = False
    regions: list[str] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)
    pays: list[Pay] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    digest: str = ""
    total: str = ""
    due: str = ""
    held_until: str = ""
    cut: bool = False

    def basket(self) -> dict[str, Any]:
        """As POST pos/quotes reads it."""
        told: dict[str, Any] = {
            "currency": self.currency, "oneid": self.oneid, "coupons": "auto" if self.automatic else self.coupons,
            "regions": self.regions, "chosen": self.chosen,
            "lines": [
                {name: each for name, each in _fields(line).items() if each not in ("", False)} for line in self.lines
            ],
        }  # fmt: skip
        return {name: each for name, each in told.items() if each or name == "lines"}

    def in_units(self) -> tuple[Line, ...]:
        """As the engine reads it. Raises figures.NoNumber."""
        return tuple(
            Line(
                number=each.line, sku=each.sku, quantity=figures.milli(each.quantity),
                unit_price=figures.minor(each.unit_price, self.currency), category=each.category, brand=each.brand,
                excluded=each.excluded,
            )
            for each in self.lines
        )  # fmt: skip

    def changed(self) -> None:
        """It has to be priced anew."""
        self.revision += 1
        self.digest = self.total = self.due = ""


def _fields(line: Scanned) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__struct_fields__}
