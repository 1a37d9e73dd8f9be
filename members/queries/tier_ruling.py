"""Whether a plan rules a programme's tiers, and what the review's statement needs to know of it."""

import datetime as dt

from django.db.models import Exists, OuterRef

from members.models import OpeningRule, Plan, Programme, TierRule
from members.queries import plans
from members.queries import tier_candidates as facts

RULING = Plan.objects.public().filter(cycle=Plan.Cycle.LONG, growth_book__isnull=False)


def programmes() -> list[Programme]:
    """Those that ever had a plan that rules tiers and are not closed, in order."""
    ruled = RULING.filter(Exists(TierRule.objects.filter(plan=OuterRef("pk")))).values("programme")
    return list(Programme.objects.filter(pk__in=ruled).order_by("pk"))


def plan(*, programme: Programme, at: dt.datetime) -> Plan | None:
    """The long plan in force then, if it rules tiers: it has a growth book and says something of them."""
    if programme.closed_at is not None and programme.closed_at <= at:
        return None
    found = plans.in_force(programme=programme, at=at)
    return found if found and found.growth_book_id and found.tier_rules.exists() else None


def states(*, programme: Programme) -> bool:
    """Whether tiers that channels state count while a plan rules them."""
    rules = OpeningRule.objects.filter(programme=programme, tiers=True, state=OpeningRule.State.RUNNING)
    return rules.exists()


def parameters(*, plan: Plan, now: dt.datetime, judge: Plan | None = None, **scope) -> dict:
    """``judge``: the plan that decides on validities that have ended; None: the one that ruled then."""
    return facts.parameters(
        programme=plan.programme_id, plan=plan.pk, plan_from=plan.starts_at, book=plan.growth_book_id,
        months=plan.window_months, policy=plan.programme.tier_policy,
        step=10**plan.growth_book.scale, judge=judge.pk if judge else None, now=now, **scope,
    )  # fmt: skip
