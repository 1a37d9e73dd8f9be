"""What is wrong with a draft, as people read it: at its offer, with the remedy."""

import datetime as dt

from django.utils.translation import get_language, gettext_lazy

from campaigns.admin.offer_choices import Offered
from campaigns.models import ActivityVersion
from campaigns.offers import findings
from campaigns.queries import conflicts

LEVELS = {
    "fault": (gettext_lazy("wrong"), "nf-bad"), "warning": (gettext_lazy("take care"), "nf-wait"),
    "note": (gettext_lazy("to know"), ""),
}  # fmt: skip


def rows(version: ActivityVersion, *, offered: Offered, now: dt.datetime) -> list[dict]:
    """The worst first."""
    found, offers = conflicts.of(version=version, now=now)
    order = list(LEVELS)
    told = []
    for finding in sorted(found, key=lambda each: order.index(each.level)):
        offer = offers[finding.offer]
        what, remedy = findings.told(
            finding, offers, currency=offer.currency, language=get_language() or "en", named=offered.named
        )
        level, tone = LEVELS[finding.level]
        told.append(
            {
                "offer": offer.name,
                "code": finding.offer,
                "level": level,
                "tone": tone,
                "what": what,
                "remedy": remedy,
            }
        )
    return told
