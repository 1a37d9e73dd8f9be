"""Which plans of a programme hold at an instant."""

import datetime as dt

from django.db.models import Max
from django.utils import timezone

from members.models import Plan, Programme
from members.rules.windows import Window

WINDOW = (
    "starts_at", "ends_at", "stopped_at", "calendar", "season_from", "season_to", "holiday", "days_before", "days_after",
)  # fmt: skip


def in_force(*, programme: Programme, at: dt.datetime) -> Plan | None:
    """The version of the long plan that rules then: the latest that had begun."""
    begun = Plan.objects.public().filter(programme=programme, cycle=Plan.Cycle.LONG, starts_at__lte=at)
    return begun.order_by("-starts_at").first()


def shorts(*, programme: Programme, at: dt.datetime) -> list[Plan]:
    """The short plans on top of it."""
    begun = Plan.objects.public().filter(programme=programme, cycle=Plan.Cycle.SHORT, starts_at__lte=at)
    return [plan for plan in begun.order_by("pk") if holds(plan=plan, at=at)]


def holds(*, plan: Plan, at: dt.datetime) -> bool:
    return window(plan=plan).holds(at, zone=timezone.get_default_timezone())


def window(*, plan: Plan) -> Window:
    return Window(**{name: getattr(plan, name) for name in WINDOW})


def next_number(*, programme: Programme, cycle: str) -> int:
    """Versions are counted for each programme and cycle."""
    last = Plan.objects.filter(programme=programme, cycle=cycle).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
