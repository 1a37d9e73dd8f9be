"""How large audiences are, day by day, and how many of them each way of contact reaches with consent."""

import datetime as dt

from pyroaring import BitMap64

from tags.models import Audience, AudienceSize
from tags.queries import reach


def note(*, audience: Audience, members: BitMap64, now: dt.datetime) -> AudienceSize:
    """One row for this moment."""
    reached = {each.code: each.count for each in reach.of(members, now=now)}
    size, _made = AudienceSize.objects.update_or_create(
        audience=audience, at=now, defaults={"count": len(members), "reach": reached}
    )
    return size
