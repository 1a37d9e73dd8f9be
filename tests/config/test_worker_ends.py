"""Workers that end: nothing outlives them, and one that waited takes over."""

import contextlib
import signal

import pytest
from django.db import connection

from config.worker import duty
from tests.config.workers import (
    PATIENCE,
    cluster,
    descendants,
    is_ready,
    job_is_done,
    lives,
    roles,
    started,
    wait,
)

pytestmark = pytest.mark.django_db(transaction=True)

TAKEN_OVER = [signal.SIGKILL, signal.SIGINT]


def test_a_job_whose_worker_was_killed_is_done_after_retry(tmp_path):
    with started(tmp_path, NINEFOLD_TEST_RETRY="4") as worker:
        wait(lambda: is_ready(worker, tmp_path))
        before = roles(tmp_path)
        job_is_done(tmp_path, "after", job="die_once")
        wait(lambda: len(cluster(worker)) == 6)
        assert roles(tmp_path)["sentinel"] == before["sentinel"]  # nobody else's job was broken off


def test_no_process_outlives_the_worker_and_a_second_one_waits_and_takes_over(tmp_path):
    with contextlib.ExitStack() as stack:
        worker = stack.enter_context(started(home(tmp_path, "first")))
        wait(lambda: is_ready(worker, tmp_path / "first"))
        for order in TAKEN_OVER:
            box = home(tmp_path, order.name)
            second = stack.enter_context(started(box))
            wait(asked_in_vain)
            assert descendants(second) == []
            it_ends(worker, order)
            wait(lambda second=second, box=box: is_ready(second, box))
            job_is_done(box, "after")
            worker = second
        it_ends(worker, signal.SIGTERM)


def it_ends(worker, order):
    family = descendants(worker)
    assert len(family) >= 7
    worker.send_signal(order)
    worker.wait(timeout=PATIENCE)
    wait(lambda: not any(map(lives, family)))


def home(folder, name):
    (folder / name).mkdir()
    return folder / name


def asked_in_vain() -> bool:
    """Whether somebody who is not on duty has asked for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity a WHERE datname = current_database() AND state = 'idle'"
            " AND query = %s AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND locktype = 'advisory'))",
            [f"SELECT pg_try_advisory_lock({duty.LOCK})"],
        )
        return cursor.fetchone()[0]
