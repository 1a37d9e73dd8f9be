"""Who came into a campaign's audience while it ran, and who left: for its page and the API."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from campaigns.models import Campaign, CampaignEntry

Came = CampaignEntry.Came


@dataclass(frozen=True)
class Entries:
    """Entries, so that who entered twice counts twice. ``inside``: in the audience at the last look; ``too_soon``: came
    back and did not enter; ``there``: were in it before the start; ``skipped``: left before their message."""

    entered: int
    inside: int
    left: int
    skipped: int
    too_soon: int
    there: int
    last_at: dt.datetime | None


def of(*, campaign: Campaign) -> Entries:
    entered = Q(came=Came.ENTERED)
    found = CampaignEntry.objects.filter(campaign=campaign).aggregate(
        entered=Count("id", filter=entered),
        inside=Count("id", filter=entered & Q(left_at=None)),
        left=Count("id", filter=entered & Q(left_at__isnull=False)),
        skipped=Count("id", filter=Q(decision__outcome="left")),
        too_soon=Count("id", filter=Q(came=Came.TOO_SOON)),
        there=Count("id", filter=Q(came=Came.THERE)),
        last_at=Max("entered_at", filter=entered),
    )
    return Entries(**found)
