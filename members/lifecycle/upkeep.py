"""What goods that last need as time goes by: which service, and after how many months. Pure: no database, no clock; whoever
shows the words translates them.

Intervals are those of makers' care instructions for household appliances: a yearly cleaning of air conditioners, hoods and
drums, a filter a year, descaling every second year.
"""

import datetime as dt
from dataclasses import dataclass

from members.ledger import expiry


@dataclass(frozen=True)
class Upkeep:
    """``words``: a category or name that has one of them is meant. ``months`` between two services."""

    code: str
    words: tuple[str, ...]
    goods: str
    need: str
    service: str
    months: int

    def due(self, since: dt.date) -> dt.date:
        return expiry.after(since, months=self.months)


CLEANING = "needs cleaning service"
TABLE = (
    Upkeep("air-conditioner", ("air-conditioner", "air conditioner", "空调"), "air conditioner", CLEANING, "Cleaning of the air conditioner", 12),
    Upkeep("range-hood", ("range-hood", "range hood", "油烟机"), "range hood", CLEANING, "Cleaning of the range hood", 12),
    Upkeep("washing-machine", ("washing-machine", "washing machine", "洗衣机"), "washing machine", CLEANING, "Cleaning of the drum", 12),
    Upkeep("water-heater", ("water-heater", "water heater", "热水器"), "water heater", "needs descaling", "Descaling, and a new anode rod", 24),
    Upkeep("water-purifier", ("water-purifier", "water purifier", "净水器", "净水机"), "water purifier", "needs a new filter", "A new filter", 12),
)  # fmt: skip


def of(*, category: str, name: str) -> Upkeep | None:
    """Which upkeep these goods ask for: by their category, else by their name."""
    for text in (category.casefold(), name.casefold()):
        found = next((each for each in TABLE if any(word in text for word in each.words)), None)
        if found:
            return found
    return None
