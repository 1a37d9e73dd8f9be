"""Why an offer was applied to a sample basket, or was not, in the words of the till."""

from django.utils.translation import get_language, gettext_lazy

from campaigns.admin.offer_choices import Offered
from campaigns.offers import words
from campaigns.queries.trying import Tried

STATES = {
    "applied": (gettext_lazy("applied"), "nf-good"), "near": (gettext_lazy("nearly"), "nf-wait"),
    "beaten": (gettext_lazy("something is better"), ""), "refused": (gettext_lazy("not here"), ""),
}  # fmt: skip


def rows(tried: Tried, *, currency: str, offered: Offered) -> list[dict]:
    """Of each offer its name, chip and words; those of the draft first."""
    order, told = (
        list(STATES),
        {"currency": currency, "language": get_language() or "en", "named": offered.named},
    )
    found = sorted(
        tried.quote.verdicts,
        key=lambda each: (each.offer not in tried.own, order.index(each.state), each.offer),
    )
    return [
        {
            "code": each.offer, "name": tried.name(each.offer), "own": each.offer in tried.own,
            "state": STATES[each.state][0], "tone": STATES[each.state][1],
            "words": words.verdict(each, tried.offers, **told), "steps": words.steps(each, tried.offers, **told),
        }
        for each in found
    ]  # fmt: skip
