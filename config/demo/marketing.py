"""What the sample company's staff do: tags, an audience, a campaign made by one and approved by another."""

import datetime as dt
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from campaigns.actions import campaigns, running
from campaigns.models import Campaign
from config.demo import company
from identity.models import IngestRun
from members.models import Organization
from reports.queries import effect
from reports.queries.effect import Effect
from tags.actions import audiences, compute, definitions, deliveries
from tags.models import Audience, TagRun

CATEGORIES = ("refrigerator", "air-conditioner", "tea", "snack")
AUDIENCE = "Good customers who stay away"
CAMPAIGN = "Autumn win-back"
SECOND_AUDIENCE = "Still away after the win-back"
SECOND_CAMPAIGN = "Autumn win-back, second call"
SECOND_BODY = "Dear {name}, your coupon for 50 off ends on Sunday. Reply R to refuse."
HOLDOUT = Decimal("0.2")
DAY = dt.timedelta(days=1)
PATIENCE = dt.timedelta(hours=1)
CONDITION = {
    "all": [
        {"tag": {"tag": "lifecycle", "value": ["silent", "dormant"]}},
        {"orders": {"aggregate": "count", "op": ">=", "value": 2}},
        {"tag": {"tag": "marketing_by_sms", "value": "agreed"}},
    ]
}
SUBJECT = "We have missed you"
BODY = "Dear {name}, your coupon for 50 off waits in the mini-program until the end of the month. Reply R to refuse."


def tag_everybody(*, now: dt.datetime) -> TagRun:
    definitions.install(organization=_group(), now=now, categories=CATEGORIES)
    run = compute.compute(now=now)
    deliveries.look(now=now)
    return run


def choose(*, by: AbstractBaseUser, now: dt.datetime) -> Audience:
    """The audience, frozen: as it was when the campaign was planned."""
    known = Audience.objects.filter(name=AUDIENCE, organization=_group()).first()
    saved = known or audiences.save(name=AUDIENCE, organization=_group(), condition=CONDITION, by=by, now=now)
    return audiences.freeze(audience=saved, by=by, now=now)


def standing() -> Campaign | None:
    return Campaign.objects.filter(name=CAMPAIGN, organization__code=company.GROUP).first()


def is_begun() -> bool:
    """Whether records of the company have been read."""
    return IngestRun.objects.exists()


def is_told() -> bool:
    """Whether the story was played to its end, which is the plan of the second campaign."""
    return Campaign.objects.filter(name=SECOND_CAMPAIGN, organization__code=company.GROUP).exists()


def win_back(
    *, audience: Audience, by: AbstractBaseUser, approver: AbstractBaseUser, now: dt.datetime
) -> Campaign:
    """Plan the campaign a day before `now`, have it approved, and run it to its end at `now`."""
    campaign = standing() or campaigns.draft(
        name=CAMPAIGN,
        organization=_group(),
        audience=audience,
        touchpoint="sandbox",
        subject=SUBJECT,
        body=BODY,
        starts_at=now,
        holdout_share=HOLDOUT,
        by=by,
        now=now - DAY,
    )
    if campaign.state == Campaign.State.DRAFT:
        campaigns.submit(campaign=campaign, by=by, now=now - DAY)
    if campaign.state == Campaign.State.SUBMITTED:
        campaigns.approve(campaign=campaign, by=approver, now=now - DAY / 2)
    if campaign.state == Campaign.State.APPROVED:
        running.start(campaign=campaign, now=now)
    running.run(campaign=campaign, clock=lambda: now, until=now + PATIENCE)
    campaign.refresh_from_db()
    return campaign


def measure(*, campaign: Campaign, now: dt.datetime) -> Effect:
    return effect.report(campaign=campaign, node=_group(), as_of=now)


@transaction.atomic
def call_again(*, campaign: Campaign, by: AbstractBaseUser, now: dt.datetime) -> Campaign:
    """What the first campaign taught: write once more to those who have not bought since. Waits for approval."""
    condition = {
        "all": [
            {"audience": {"id": campaign.audience_id}},
            {
                "orders": {
                    "aggregate": "count",
                    "op": "=",
                    "value": 0,
                    "window": {"from": _day(campaign.started_at)},
                }
            },
        ]
    }
    silent = audiences.save(name=SECOND_AUDIENCE, organization=_group(), condition=condition, by=by, now=now)
    second = campaigns.draft(
        name=SECOND_CAMPAIGN,
        organization=_group(),
        audience=silent,
        touchpoint="sandbox",
        subject=SUBJECT,
        body=SECOND_BODY,
        starts_at=now + DAY,
        holdout_share=HOLDOUT,
        by=by,
        now=now,
    )
    return campaigns.submit(campaign=second, by=by, now=now)


def _day(moment: dt.datetime) -> str:
    return timezone.localtime(moment).date().isoformat()


def _group() -> Organization:
    return Organization.objects.get(code=company.GROUP)
