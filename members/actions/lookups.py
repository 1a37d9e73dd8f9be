"""The record of which API key was told about whom."""

import datetime as dt

from members.models import AccessRecord, ChannelKey, Member


def record(
    *,
    action: str,
    by: ChannelKey,
    now: dt.datetime,
    member: Member | None,
    field: str = "",
    **details: object,
) -> AccessRecord:
    """Note a lookup, a reading or an edit by a key. What was searched for is not kept, only its kind.

    A lookup that found nobody is kept as well: many of them are the mark of a key that tries numbers.
    """
    return AccessRecord.objects.create(
        action=action, key=by, at=now, member=member, field=field, details=details
    )
