"""Plans of programmes: drafted, published, stopped. What was published is never changed."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import plan_checks
from members.models import EarningRule, Event, Plan, Programme, SpendRule, TierRule
from members.queries import plans

OF_PLAN = (EarningRule, SpendRule, TierRule)
ASIDE = {"id", "number", "state", "starts_at", "ends_at", "published_at", "published_by", "stopped_at", "stopped_by", "stop_reason"}  # fmt: skip

Refused = plan_checks.Refused


@transaction.atomic
def draft(
    *, programme: Programme, cycle: str, name: str, starts_at: dt.datetime, by: AbstractBaseUser | None,
    now: dt.datetime, **fields,
) -> Plan:  # fmt: skip
    """A plan that rules nothing yet. ``fields``: those of the model."""
    Programme.objects.select_for_update().get(pk=programme.pk)
    number = plans.next_number(programme=programme, cycle=cycle)
    plan = Plan(programme=programme, cycle=cycle, number=number, name=name, starts_at=starts_at, **fields)
    plan.full_clean()
    plan.save()
    _tell(plan, "plan.drafted", by, now)
    return plan


@transaction.atomic
def copy(*, plan: Plan, by: AbstractBaseUser | None, now: dt.datetime) -> Plan:
    """A draft with the same rules, to begin a day from now."""
    same = {
        each.name: getattr(plan, each.name) for each in Plan._meta.concrete_fields if each.name not in ASIDE
    }
    starts_at = now + dt.timedelta(days=1)
    lasts = plan.ends_at - plan.starts_at if plan.ends_at else None
    made = draft(**same, starts_at=starts_at, ends_at=lasts and starts_at + lasts, by=by, now=now)
    for model in OF_PLAN:
        rows = list(model.objects.filter(plan=plan))
        for row in rows:
            row.pk, row.plan = None, made
        model.objects.bulk_create(rows)
    return made


@transaction.atomic
def publish(*, plan: Plan, by: AbstractBaseUser | None, now: dt.datetime) -> Plan:
    """From its start on it rules; a short plan whose start has passed begins now. Raises Refused."""
    programme = (
        Programme.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(pk=plan.programme_id)
    )
    locked = Plan.objects.select_for_update().get(pk=plan.pk)
    locked.programme = programme
    if locked.cycle == Plan.Cycle.SHORT:
        locked.starts_at = max(locked.starts_at, now)
    plan_checks.check(plan=locked, now=now)
    _freeze_goods(locked)
    locked.state, locked.published_at, locked.published_by = Plan.State.PUBLISHED, now, by
    locked.full_clean()
    locked.save()
    _tell(locked, "plan.published", by, now)
    return locked


@transaction.atomic
def stop(*, plan: Plan, reason: str, by: AbstractBaseUser | None, now: dt.datetime) -> Plan:
    """A short plan ends for orders placed from now on. Raises Refused."""
    locked = Plan.objects.select_for_update(of=("self",)).select_related("programme").get(pk=plan.pk)
    reason = reason.strip()
    if locked.cycle == Plan.Cycle.LONG:
        raise Refused(_("A version of the long cycle rules until the next one: publish that instead."))
    if locked.state != Plan.State.PUBLISHED:
        raise Refused(_("Only a published plan can be stopped; this one is: %(state)s.") % {"state": locked.get_state_display()})  # fmt: skip
    if not reason:
        raise Refused(_("Say why the plan is stopped."))
    locked.state, locked.stopped_at, locked.stopped_by, locked.stop_reason = (
        Plan.State.STOPPED,
        now,
        by,
        reason,
    )
    locked.save(update_fields=["state", "stopped_at", "stopped_by", "stop_reason"])
    _tell(locked, "plan.stopped", by, now, reason=reason)
    return locked


def lock_draft(*, plan: Plan) -> None:
    """Until the end of the transaction nobody publishes it. Raises Refused where somebody did."""
    if not Plan.objects.select_for_update().filter(pk=plan.pk, state=Plan.State.DRAFT).exists():
        raise Refused(_("Only a draft can be changed."))


def _freeze_goods(plan: Plan) -> None:
    for rule in plan.earning_rules.exclude(goods=None).select_related("goods"):
        skus, categories = rule.all_goods()
        rule.skus, rule.categories = sorted(skus), sorted(categories)
        rule.save(update_fields=["skus", "categories"])


def _tell(plan: Plan, name: str, by: AbstractBaseUser | None, now: dt.datetime, **more) -> None:
    Event.objects.create(
        name=name,
        occurred_at=now,
        organization_id=plan.programme.organization_id,
        properties={
            "plan": plan.pk, "name": plan.name, "cycle": plan.cycle, "version": plan.number,
            "by": by.get_username() if by else "", **more,
        },
    )  # fmt: skip
