"""Tells the floor below which tags and audiences are in use here (ADR 033). Called by every verb, in its transaction."""

import datetime as dt

from campaigns.models import Activity, Campaign, CouponTemplate
from campaigns.queries import lineage
from tags.actions import uses
from tags.models import Tag, Use
from tags.queries.uses import Named, User


def of_activity(*, activity: Activity, now: dt.datetime) -> None:
    """Raises ``tags.conditions.faults.Fault`` where a tag was retired, or an audience deleted."""
    _record(lineage.user(activity), lineage.of_activity(activity, now=now), now)


def of_template(*, template: CouponTemplate, now: dt.datetime) -> None:
    _record(lineage.user(template), lineage.of_template(template), now)


def of_campaign(*, campaign: Campaign, now: dt.datetime) -> None:
    _record(lineage.user(campaign), lineage.of_campaign(campaign), now)


def rebuild(*, now: dt.datetime) -> int:
    """All of them, as they stand; also ends the uses of what ended by its own time."""
    users = lineage.everything(now=now)
    uses.refresh(by=[Use.By.ACTIVITY, Use.By.CAMPAIGN], users=users, now=now)
    return len(users)


def _record(user: User, named: Named, now: dt.datetime) -> None:
    """A code that no tag has is nobody's to keep."""
    tags = Tag.objects.filter(code__in=named.tags).values_list("code", flat=True)
    uses.record(**user._asdict(), tags=list(tags), audiences=named.audiences, now=now)
