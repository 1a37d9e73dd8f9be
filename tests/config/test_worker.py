"""The worker under kill -9, for real: processes, queue and followers."""

import contextlib
import os
import re
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

from config import environment as places
from config import heartbeat
from config.worker import duty, supervisor

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 180


@pytest.fixture
def box(tmp_path):
    return tmp_path


@pytest.fixture
def worker(box):
    with started(box) as process:
        wait(lambda: is_ready(box))
        yield process


@contextlib.contextmanager
def started(box, **environment):
    with (box / "log").open("a") as log:
        process = psutil.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=places.BASE_DIR,
            env=environment_of_children(box) | environment,
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
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def cluster(worker: psutil.Process) -> list[psutil.Process]:
    """Main process, sentinel, two workers, monitor and pusher."""
    return [process for process in descendants(worker) if runs(process, "cluster")]


def roles(box) -> dict[str, psutil.Process]:
    """Who does what since the last start, as the log says."""
    log = (box / "log").read_text()
    pids = {
        "idle worker": re.findall(r"ready for work at (\d+)", log)[-2],
        "other idle worker": re.findall(r"ready for work at (\d+)", log)[-1],
        "monitor": re.findall(r"monitoring at (\d+)", log)[-1],
        "pusher": re.findall(r"pushing tasks at (\d+)", log)[-1],
    }
    found = {role: psutil.Process(int(pid)) for role, pid in pids.items()}
    sentinel = found["monitor"].parent()
    return {"main": sentinel.parent(), "sentinel": sentinel, **found}


def is_ready(box) -> bool:
    with contextlib.suppress(IndexError):
        return bool(roles(box))
    return False


def wait(done: Callable[[], bool]) -> None:
    start = time.monotonic()
    while not done():
        assert time.monotonic() - start < PATIENCE, f"not within {PATIENCE} s"
        time.sleep(0.1)


def job_is_done(box, name: str, *, job: str = "write") -> None:
    """And handed over: what is still in a worker's hand when that is killed waits for `retry`."""
    task = async_task(f"tests.config.jobs.{job}", str(box / name))
    wait((box / name).exists)
    wait(lambda: task not in [row.task_id() for row in OrmQ.objects.all()])


@pytest.mark.parametrize(
    "victim", ["main", "sentinel", "idle worker", "other idle worker", "monitor", "pusher"]
)
def test_work_goes_on_after_kill_9(worker, box, victim):
    job_is_done(box, "before")
    roles(box)[victim].kill()
    job_is_done(box, "after")
    wait(lambda: len(cluster(worker)) == 6)


def test_a_worker_killed_while_it_hands_over_stops_nobody(worker, box):
    """It holds the lock of its timer then, and perhaps that of the queue of results."""
    job_is_done(box, "after", job="write_and_die_handing_over_once")
    wait(lambda: len(cluster(worker)) == 6)
    job_is_done(box, "later")


def test_a_job_whose_worker_was_killed_is_done_after_retry(box):
    with started(box, NINEFOLD_TEST_RETRY="4") as worker:
        wait(lambda: is_ready(box))
        before = roles(box)
        job_is_done(box, "after", job="die_once")
        wait(lambda: len(cluster(worker)) == 6)
        assert roles(box)["sentinel"] == before["sentinel"]  # nobody else's job was broken off


def test_a_job_that_kills_its_worker_does_not_stop_the_others(worker, box):
    async_task("os.abort")
    job_is_done(box, "after")


def test_followers_go_on_beside_one_that_fails(worker, box):
    for number in range(5):
        (box / f"{number}.in").touch()
    wait(lambda: len(list(box.glob("*.out"))) == 5)
    (box / "late.in").touch()
    wait((box / "late.out").exists)


def test_followers_go_on_after_kill_9(worker, box):
    wait(lambda: any(runs(process, "follow") for process in descendants(worker)))
    next(process for process in descendants(worker) if runs(process, "follow")).kill()
    (box / "letter.in").touch()
    wait((box / "letter.out").exists)


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_worker(worker, order):
    family = descendants(worker)
    assert len(family) >= 7
    worker.send_signal(order)
    worker.wait(timeout=PATIENCE)
    wait(lambda: not any(map(lives, family)))


def test_a_second_worker_waits_and_takes_over(worker, box):
    with started(box) as second:
        wait(asked_in_vain)
        assert descendants(second) == []
        worker.kill()
        worker.wait()
        wait(lambda: len(cluster(second)) == 6)
        job_is_done(box, "after")


def asked_in_vain() -> bool:
    """Whether somebody who is not on duty has asked for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity a WHERE datname = current_database() AND state = 'idle'"
            " AND query = %s AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND locktype = 'advisory'))",
            [f"SELECT pg_try_advisory_lock({duty.LOCK})"],
        )
        return cursor.fetchone()[0]


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
    wait(lambda: None not in pulses(client).values())
    assert set(pulses(client)) == {heartbeat.CLUSTER, heartbeat.FOLLOWERS}


def pulses(client) -> dict[str, float | None]:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()["worker_seconds_ago"]
