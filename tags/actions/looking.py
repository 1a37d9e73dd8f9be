"""A tag that was looked at in a report is in use, and holds nothing fast: a use that begins and ends with each look."""

import datetime as dt

from members.models import Organization
from tags.models import Tag, Use


def note(*, report: str, name: str, organization: Organization, tag: Tag, now: dt.datetime) -> None:
    """One row a report (its key, of an organization) and tag: since the first look, until the last."""
    rows = Use.objects.filter(by=Use.By.REPORT, key=report, tag=tag).exclude(until=None)
    told = {"name": name[:200], "organization": organization, "until": now}
    if not rows.update(**told):
        Use.objects.create(by=Use.By.REPORT, key=report, tag=tag, since=now, **told)
