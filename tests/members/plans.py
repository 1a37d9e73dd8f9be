"""Plans of tests: published with their rules in one call."""

import datetime as dt

from members.actions import plans
from members.models import EarningRule, Plan, Programme, SpendRule, Tier, TierRule

MOMENT = dt.timedelta(microseconds=1)


def rule(book, rate=0, **more) -> dict:
    return {"book": book, "rate": rate, "currency": "CNY"} | more


def action(book, fixed=0, *, event="sign_in", per="each", **more) -> dict:
    return {"book": book, "fixed": fixed, "event": event, "per": per} | more


def drafted(
    programme: Programme, *, rules=(), tiers=(), spending=(), starts_at: dt.datetime, now: dt.datetime | None = None,
    by=None, cycle="long", name="Plan", **plan,
) -> Plan:  # fmt: skip
    """``rules``: as `rule` gives them, in their order; ``tiers``: fields of TierRule, ``tier`` an object or a code."""
    made = plans.draft(
        programme=programme, cycle=cycle, name=name, starts_at=starts_at, by=by, now=now or starts_at, **plan
    )
    for position, each in enumerate(rules, 1):
        EarningRule.objects.create(**{"position": position} | each, plan=made)
    for each in spending:
        SpendRule.objects.create(**each, plan=made)
    for each in tiers:
        tier = each["tier"]
        tier = tier if isinstance(tier, Tier) else programme.tiers.get(code=tier)
        TierRule.objects.create(**each | {"tier": tier}, plan=made)
    return made


def published(
    programme: Programme, *, starts_at: dt.datetime, now: dt.datetime | None = None, by=None, **plan
) -> Plan:
    """``now``: when it was published; a moment before its start if that is not said."""
    now = now or starts_at - MOMENT
    return plans.publish(plan=drafted(programme, starts_at=starts_at, now=now, by=by, **plan), by=by, now=now)
