"""The worker under kill -9, for real: processes, queue and followers. One worker survives it all."""

import sys

import pytest
from django.db import connection
from django_q.models import Schedule
from django_q.tasks import async_task

from config import heartbeat
from config.worker import duty
from tests.config import workers
from tests.config.workers import cluster, descendants, job_is_done, roles, runs, wait

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    return tmp_path_factory.mktemp("box")


@pytest.fixture(scope="module")
def started(box, django_db_setup):
    with workers.started(box) as process:
        yield process


@pytest.fixture
def worker(started, box):
    """Whole again, whatever the last test killed."""
    said = len((box / "log").read_text())
    wait(lambda: workers.is_ready(started, box))
    yield started
    sys.stderr.write((box / "log").read_text()[said:])


def test_the_timetable_and_both_pulses_are_seen(worker, client):
    """The first test, for what a worker writes at its start is emptied with the other tables."""
    assert list(Schedule.objects.values_list("name", flat=True)) == ["heartbeat"]
    wait(lambda: None not in pulses(client).values())
    assert set(pulses(client)) == {heartbeat.CLUSTER, heartbeat.FOLLOWERS}


def pulses(client) -> dict[str, float | None]:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()["worker_seconds_ago"]


@pytest.mark.parametrize(
    "victim", ["main", "sentinel", "idle worker", "other idle worker", "monitor", "pusher"]
)
def test_work_goes_on_after_kill_9(worker, box, tmp_path, victim):
    job_is_done(tmp_path, "before")
    roles(box)[victim].kill()
    job_is_done(tmp_path, "after")
    wait(lambda: len(cluster(worker)) == 6)


def test_a_worker_killed_while_it_hands_over_stops_nobody(worker, tmp_path):
    """It holds the lock of its timer then, and perhaps that of the queue of results."""
    job_is_done(tmp_path, "after", job="write_and_die_handing_over_once")
    wait(lambda: len(cluster(worker)) == 6)
    job_is_done(tmp_path, "later")


def test_a_job_that_kills_its_worker_does_not_stop_the_others(worker, tmp_path):
    async_task("os.abort")
    job_is_done(tmp_path, "after")


def test_followers_go_on_beside_one_that_fails(worker, box):
    for number in range(5):
        (box / f"{number}.in").touch()
    wait(lambda: all((box / f"{number}.out").exists() for number in range(5)))
    (box / "late.in").touch()
    wait((box / "late.out").exists)


def test_followers_go_on_after_kill_9(worker, box):
    wait(lambda: any(runs(process, "follow") for process in descendants(worker)))
    next(process for process in descendants(worker) if runs(process, "follow")).kill()
    (box / "letter.in").touch()
    wait((box / "letter.out").exists)


def test_a_lost_session_gives_the_duty_back_and_takes_it_again(worker, box, tmp_path):
    before = roles(box)["main"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND l.objid = %s AND d.datname = current_database()",
            [duty.LOCK],
        )
        assert cursor.fetchall() == [(True,)]
    wait(lambda: workers.is_ready(worker, box) and roles(box)["main"] != before)
    job_is_done(tmp_path, "after")
