from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from config import timetable
from config.timetable import Job
from config.worker import schedules

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MINUTELY = Job(name="minutely", function="config.heartbeat.beat", minutes=1, what="…")
NIGHTLY = Job(name="nightly", function="config.heartbeat.beat", cron="10 3 * * *", what="…")


@pytest.mark.parametrize("name", [*(job.function for job in timetable.JOBS), *timetable.FOLLOWERS])
def test_everything_on_the_timetable_can_be_called(name):
    assert callable(import_string(name))


def test_a_job_has_one_rhythm_and_one_name():
    assert all((job.minutes is None) != (job.cron is None) for job in timetable.JOBS)
    assert len({job.name for job in timetable.JOBS}) == len(timetable.JOBS)


@pytest.mark.django_db
def test_the_stored_schedules_become_those_of_the_list():
    Schedule.objects.create(name="forgotten", func="os.abort")
    assert schedules.sync([MINUTELY, NIGHTLY], now=NOW) == 3
    assert set(Schedule.objects.values_list("name", "func")) == {
        ("minutely", "config.heartbeat.beat"),
        ("nightly", "config.heartbeat.beat"),
    }
    assert Schedule.objects.get(name="minutely").next_run < NOW


@pytest.mark.django_db
def test_a_nightly_job_first_runs_at_night_by_local_time(time_machine):
    time_machine.move_to(NOW)
    schedules.sync([NIGHTLY], now=NOW)
    assert timezone.localtime(Schedule.objects.get().next_run).strftime("%d %H:%M") == "02 03:10"


@pytest.mark.django_db
def test_twice_changes_nothing_and_keeps_the_next_run():
    schedules.sync([MINUTELY], now=NOW)
    Schedule.objects.update(next_run=NOW)
    assert schedules.sync([MINUTELY], now=NOW) == 0
    assert Schedule.objects.get().next_run == NOW


@pytest.mark.django_db
def test_a_changed_rhythm_is_taken_over():
    schedules.sync([MINUTELY], now=NOW)
    slower = Job(name="minutely", function=MINUTELY.function, minutes=5, what="…")
    assert schedules.sync([slower], now=NOW) == 1
    assert Schedule.objects.get().minutes == 5
