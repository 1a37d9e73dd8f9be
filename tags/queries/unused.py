"""Tags that nobody uses: to be retired (TAG-038)."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from tags.models import Tag, Use

AFTER = dt.timedelta(days=90)


def to_retire(tags: QuerySet[Tag], *, now: dt.datetime) -> QuerySet[Tag]:
    """Of these the live ones that have been live for 90 days, and that nothing has used in that time.

    Used is what an audience, activity, campaign, journey or report names, and what another tag stands on.
    """
    since = now - AFTER
    used = Use.objects.filter(Q(until=None) | Q(until__gte=since), tag=OuterRef("pk"))
    return tags.filter(status=Tag.Status.APPROVED, approved_at__lt=since).exclude(Exists(used))
