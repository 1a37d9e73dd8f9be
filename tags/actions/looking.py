"""A tag that was looked at in a report is in use, and holds nothing fast: a use that begins and ends with each look."""

import datetime as dt

from tags.models import Tag, Use


def note(*, report: str, name: str, tag: Tag, now: dt.datetime) -> None:
    """One row a report (its key) and tag: since the first look, until the last."""
    rows = Use.objects.filter(by=Use.By.REPORT, key=report, tag=tag).exclude(until=None)
    if not rows.update(until=now, name=name[:200]):
        Use.objects.create(by=Use.By.REPORT, key=report, name=name[:200], tag=tag, since=now, until=now)
