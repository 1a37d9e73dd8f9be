"""Which tags and audiences activities, coupon templates and campaigns name: what keeps those from being retired or deleted."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from campaigns.models import Activity, ActivityOffer, ActivityVersion, Campaign, CouponTemplate
from tags.models import Use
from tags.queries.uses import Named

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


def everything(*, now: dt.datetime) -> list[tuple[str, object, str, Named]]:
    """(by, key, name, what it names) of all of them, as ``tags.actions.uses.refresh`` takes it."""
    activities, templates = Activity.objects.order_by("pk"), CouponTemplate.objects.order_by("pk")
    return [
        *((Use.By.ACTIVITY, each.code, each.name, of_activity(each, now=now)) for each in activities),
        *((Use.By.ACTIVITY, key_of(each), each.name, of_template(each)) for each in templates),
        *(
            (Use.By.CAMPAIGN, each.pk, each.name, of_campaign(each))
            for each in Campaign.objects.order_by("pk")
        ),
    ]


def key_of(template: CouponTemplate) -> str:
    return f"coupon:{template.code}"


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
