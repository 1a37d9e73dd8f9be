"""The pulse of the processes in the background."""

from datetime import datetime

from django.utils import timezone

from config.models import Beat

CLUSTER, FOLLOWERS = "cluster", "followers"


def beat(name: str = CLUSTER) -> None:
    """Says that this process works; as a job of the timetable, that the whole way from schedule to worker does."""
    Beat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def silence(name: str, *, now: datetime) -> float:
    """Seconds since the last pulse, infinite before the first."""
    at = Beat.objects.filter(name=name).values_list("at", flat=True).first()
    return (now - at).total_seconds() if at else float("inf")


def ages(*, now: datetime) -> dict[str, float | None]:
    """Seconds since each pulse, None where there was never one."""
    seen = dict(Beat.objects.values_list("name", "at"))
    return {
        name: round((now - seen[name]).total_seconds(), 1) if name in seen else None
        for name in (CLUSTER, FOLLOWERS)
    }
