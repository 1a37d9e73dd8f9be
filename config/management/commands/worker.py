from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.utils import timezone

from config import heartbeat, timetable
from config.worker import duty, running, schedules
from config.worker.supervisor import Program, Supervisor, manage

LONGEST_BATCH = 10 * 60


class Command(BaseCommand):
    help = "Runs jobs and followers, and starts them again when they die or freeze."
    requires_system_checks = ()  # a restart should be quick; `serve` and the deployment check

    def handle(self, **_options: object) -> None:
        with running.noted("worker"):
            while not self._on_duty():
                self.stderr.write("The database went away; the worker waits for it.")

    def _on_duty(self) -> bool:
        """False when the database was lost and with it the duty."""
        duty.take()
        try:
            schedules.sync(timetable.JOBS, now=timezone.now())
            Supervisor(programs(), check=duty.check).run()
        except OperationalError:
            return False
        return True


def programs() -> list[Program]:
    longest_job = settings.Q_CLUSTER["timeout"] + 2 * 60
    return [
        Program(
            name="cluster",
            command=manage("cluster"),
            silence=lambda: heartbeat.silence(heartbeat.CLUSTER, now=timezone.now()),
            patience=longest_job,
        ),
        Program(
            name="followers",
            command=manage("follow"),
            silence=lambda: heartbeat.silence(heartbeat.FOLLOWERS, now=timezone.now()),
            patience=LONGEST_BATCH,
        ),
    ]
