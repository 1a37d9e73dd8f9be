"""Writes the timetable into the tables of django-q2."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from config.timetable import Job


@transaction.atomic
def sync(jobs: list[Job], *, now: datetime) -> int:
    """Makes the stored schedules those of the list; what did not change keeps its next run. Returns the changes."""
    known = {schedule.name: schedule for schedule in Schedule.objects.select_for_update().order_by("pk")}
    wanted = {job.name: job for job in jobs}
    gone = [schedule.pk for name, schedule in known.items() if name not in wanted]
    Schedule.objects.filter(pk__in=gone).delete()
    return len(gone) + sum(_put(job, known.get(job.name), now) for job in jobs)


def _put(job: Job, known: Schedule | None, now: datetime) -> bool:
    fields = {
        "func": job.function,
        "schedule_type": Schedule.CRON if job.cron else Schedule.MINUTES,
        "minutes": job.minutes,
        "cron": job.cron,
        "repeats": -1,
    }
    if known and all(getattr(known, field) == value for field, value in fields.items()):
        return False
    schedule = known or Schedule(name=job.name)
    for field, value in fields.items():
        setattr(schedule, field, value)
    schedule.next_run = _first_run(schedule, now)
    schedule.full_clean(exclude=["cluster"])
    schedule.save()
    return True


def _first_run(schedule: Schedule, now: datetime) -> datetime:
    if schedule.schedule_type == Schedule.CRON:
        return schedule.calculate_next_run(timezone.localtime(now))
    return now - timedelta(seconds=1)
