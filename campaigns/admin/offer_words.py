"""An offer of staff as a sentence in the reader's language; while it is a draft, what it lacks beside each element."""

from dataclasses import dataclass

from django.utils.translation import get_language, gettext_lazy

from campaigns.admin.offer_choices import Offered
from campaigns.models.elements import FourElements
from campaigns.offers import reading, telling
from campaigns.offers.offer import Offer

TITLES = {
    "trigger": gettext_lazy("1 · When it applies"),
    "execution": gettext_lazy("2 · What it does"),
    "form": gettext_lazy("3 · What the customer gets"),
    "limits": gettext_lazy("4 · Its limits"),
}
MISSING = {
    "trigger": gettext_lazy("missing: say which goods, and from what amount on"),
    "execution": gettext_lazy("missing: say whether less is paid, or something given"),
    "form": gettext_lazy("missing: say what it is, and how much"),
    "limits": gettext_lazy("missing: say how often it is given"),
}


@dataclass(frozen=True)
class Element:
    """``missing``: what is to be said yet; empty where it is there."""

    name: str
    title: str
    missing: str


def elements(offer: FourElements) -> list[Element]:
    """All four, in their order."""
    lacking = offer.missing
    return [
        Element(name, str(TITLES[name]), str(MISSING[name]) if name in lacking else "")
        for name in offer.ELEMENTS
    ]


def sentence(offer: FourElements, *, offered: Offered, coupon: str = "") -> str:
    """All that it says; empty while an element is missing, or what stands there means nothing to the engine."""
    if offer.missing:
        return ""
    trigger = dict(offer.trigger)
    if audience := getattr(offer, "audience_id", None):
        trigger["audiences"] = [str(audience)]
    if coupon:
        trigger["coupon"] = coupon
    written = {
        "code": "sample", "currency": offer.currency, "trigger": trigger, "execution": offer.execution,
        "form": offer.form, "limits": offer.limits, "after": offer.after, "days": offer.after_days,
    }  # fmt: skip
    try:
        found = reading.from_builtins(written, Offer)
    except (reading.Unreadable, ValueError) as fault:
        return str(fault)
    return telling.offer(found, language=get_language() or "en", named=offered.named)
