from django.core.management.base import BaseCommand
from django.utils import timezone

from config import timetable
from config.worker import schedules


class Command(BaseCommand):
    help = "Makes the schedules in the database those of config/timetable.py."

    def handle(self, **_options: object) -> None:
        changes = schedules.sync(timetable.JOBS, now=timezone.now())
        self.stdout.write(f"{len(timetable.JOBS)} jobs, {changes} changed")
