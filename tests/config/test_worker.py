"""The worker under kill -9, for real: processes, queue and followers."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from urllib.parse import quote

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

from config import environment, heartbeat
from config.worker import duty, supervisor

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = 60


@pytest.fixture
def box(tmp_path):
    return tmp_path


@pytest.fixture
def worker(box):
    with started(box) as process:
        wait(lambda: len(cluster(process)) >= 6, seconds=MINUTE)
        yield process


@contextlib.contextmanager
def started(box):
    with (box / "log").open("a") as log:
        process = psutil.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=environment.BASE_DIR,
            env=environment_of_children(box),
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        family = descendants(process)
        end(process)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        sys.stderr.write((box / "log").read_text())


def environment_of_children(box) -> dict[str, str]:
    database = connection.settings_dict
    login = quote(database["USER"]) + (":" + quote(database["PASSWORD"]) if database["PASSWORD"] else "")
    place = f"host={database['HOST']}&port={database['PORT'] or 5432}"
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{login}@/{database['NAME']}?{place}",
        "DJANGO_SETTINGS_MODULE": "tests.config.worker_settings",
        "LOG_LEVEL": "INFO",
        "SECRET_KEY": settings.SECRET_KEY,
        "NINEFOLD_TEST_BOX": str(box),
        "NINEFOLD_VAR": str(box / "var"),
    }


def end(process: psutil.Popen) -> None:
    """As a service manager does: asked first, killed if it does not end."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(timeout=supervisor.GRACE + 20)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


def descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def runs(process: psutil.Process, word: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return word in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    return False


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def cluster(worker: psutil.Process) -> list[psutil.Process]:
    """Main process, sentinel, then workers, monitor and pusher, in the order of their start."""
    found = [process for process in descendants(worker) if runs(process, "cluster")]
    return sorted(found, key=lambda process: process.pid)


def wait(done: Callable[[], bool], *, seconds: float) -> float:
    """Seconds that it took."""
    start = time.monotonic()
    while not done():
        assert time.monotonic() - start < seconds, f"not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - start


def job_is_done(box, name: str) -> float:
    trace = box / name
    async_task("tests.config.jobs.write", str(trace))
    return wait(trace.exists, seconds=MINUTE)


@pytest.mark.parametrize(
    "victim", ["main", "sentinel", "idle worker", "other idle worker", "monitor", "pusher"]
)
def test_work_goes_on_within_a_minute_after_kill_9(worker, box, victim):
    job_is_done(box, "before")
    place = ["main", "sentinel", "idle worker", "other idle worker", "monitor", "pusher"].index(victim)
    family = cluster(worker)
    family[place].kill()
    job_is_done(box, "after")
    wait(lambda: OrmQ.objects.count() == 0, seconds=MINUTE)
    wait(lambda: len(cluster(worker)) == 6, seconds=MINUTE)


def test_a_job_that_kills_its_worker_does_not_stop_the_others(worker, box):
    async_task("os.abort")
    job_is_done(box, "after")


def test_followers_go_on_within_seconds_and_beside_one_that_fails(worker, box):
    for number in range(5):
        (box / f"{number}.in").touch()
    assert wait(lambda: len(list(box.glob("*.out"))) == 5, seconds=MINUTE)
    (box / "late.in").touch()
    assert wait((box / "late.out").exists, seconds=MINUTE) < 5


def test_followers_go_on_after_kill_9(worker, box):
    wait(lambda: any(runs(process, "follow") for process in descendants(worker)), seconds=MINUTE)
    next(process for process in descendants(worker) if runs(process, "follow")).kill()
    (box / "letter.in").touch()
    wait((box / "letter.out").exists, seconds=MINUTE)


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_worker(worker, order):
    family = descendants(worker)
    assert len(family) >= 7
    worker.send_signal(order)
    worker.wait(timeout=40)
    wait(
        lambda: not any(map(lives, family)),
        seconds=40,
    )


def test_a_second_worker_waits_and_takes_over(worker, box):
    with started(box) as second:
        time.sleep(5)
        assert descendants(second) == []
        worker.kill()
        worker.wait()
        wait(lambda: len(cluster(second)) == 6, seconds=MINUTE)
        job_is_done(box, "after")


def test_a_lost_session_gives_the_duty_back_and_takes_it_again(worker, box):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND l.objid = %s AND d.datname = current_database()",
            [duty.LOCK],
        )
        assert cursor.fetchall() == [(True,)]
    job_is_done(box, "after")


def test_the_timetable_and_both_pulses_are_seen(worker, client):
    assert list(Schedule.objects.values_list("name", flat=True)) == ["heartbeat"]
    wait(lambda: None not in pulses(client).values(), seconds=MINUTE)
    assert set(pulses(client)) == {heartbeat.CLUSTER, heartbeat.FOLLOWERS}


def pulses(client) -> dict[str, float | None]:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()["worker_seconds_ago"]
