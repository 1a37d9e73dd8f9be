"""Which events the house writes itself, and which of those tell of an act of the customer."""

import re

EVENTS = (
    r"^(account|order|review|identity|message|campaign|tag|points|growth|stored_value|gift_card|gift|red_packet|budget"
    r"|tier|right|ticket|appliance|hold|plan|opening|programme|activity|coupon)\w*\."
)
REVIEWED = "review.posted"
OF_CUSTOMERS = ("order.returned", REVIEWED, "ticket.filed", "ticket.rated")

_house = re.compile(EVENTS).match


def tells(name: str) -> bool:
    """Nobody outside may say that it happened."""
    return _house(name) is not None


def in_words(name: str) -> str:
    """An event whose title is not known. ``add_to_cart``: Add to cart; ``order.paid``: Order paid."""
    return name.replace("_", " ").replace(".", " ").capitalize()
