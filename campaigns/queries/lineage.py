"""Which tags and audiences activities, coupon templates and campaigns name: what keeps those from being retired or deleted."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from campaigns.models import Activity, ActivityOffer, ActivityVersion, Campaign, CouponTemplate
from tags.models import Use
from tags.queries.uses import Named, User

OVER = (Campaign.State.STOPPED, Campaign.State.FINISHED)
State = ActivityVersion.State


def of_activity(activity: Activity, *, now: dt.datetime) -> Named:
    """Of all its versions that are being written, are live or are still to come."""
    open_ = Q(version__state__in=[State.DRAFT, State.SUBMITTED])
    live = Q(version__state=State.PUBLISHED) & (Q(version__closes_at=None) | Q(version__closes_at__gt=now))
    offers = ActivityOffer.objects.filter(open_ | live, version__activity=activity)
    return _joined(
        _of_trigger(trigger) | Named(audiences=frozenset({audience} if audience else ()))
        for trigger, audience in offers.values_list("trigger", "audience")
    )


def of_template(template: CouponTemplate) -> Named:
    """A closed one counts as long as somebody may hold a coupon of it: its rules are what that coupon is worth."""
    return _of_trigger(template.trigger)


def of_campaign(campaign: Campaign) -> Named:
    return Named() if campaign.state in OVER else Named(audiences=frozenset({campaign.audience_id}))


def everything(*, now: dt.datetime) -> list[tuple[User, Named]]:
    """Who names what, of all of them, as ``tags.actions.uses.refresh`` takes it."""
    activities, templates = Activity.objects.order_by("pk"), CouponTemplate.objects.order_by("pk")
    return [
        *((user(each), of_activity(each, now=now)) for each in activities),
        *((user(each), of_template(each)) for each in templates),
        *((user(each), of_campaign(each)) for each in Campaign.objects.order_by("pk")),
    ]


def user(of: Activity | CouponTemplate | Campaign) -> User:
    match of:
        case Activity():
            by, key = Use.By.ACTIVITY, of.code
        case CouponTemplate():
            by, key = Use.By.ACTIVITY, f"coupon:{of.code}"
        case Campaign():
            by, key = Use.By.CAMPAIGN, str(of.pk)
    return User(by, key, of.name, of.organization_id)


def _of_trigger(trigger: object) -> Named:
    """A trigger names values of tags as ``tag:value``, audiences by their ids."""
    trigger = trigger if isinstance(trigger, dict) else {}
    return Named(
        frozenset(word.partition(":")[0] for word in trigger.get("tags", ())),
        frozenset(int(word) for word in trigger.get("audiences", ()) if str(word).isdecimal()),
    )


def _joined(parts: Iterable[Named]) -> Named:
    whole = Named()
    for part in parts:
        whole |= part
    return whole
