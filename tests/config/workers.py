"""A worker started for a test, with its family of processes."""

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection
from django_q.models import OrmQ
from django_q.tasks import async_task

from config import environment as places
from config.worker import supervisor

PATIENCE = 180


@contextlib.contextmanager
def started(box: Path, **environment: str) -> Iterator[psutil.Popen]:
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


def environment_of_children(box: Path) -> dict[str, str]:
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


def roles(box: Path) -> dict[str, psutil.Process]:
    """Who does what, as the log says of those who live."""
    log = (box / "log").read_text()
    words = {"worker": "ready for work", "monitor": "monitoring", "pusher": "pushing tasks"}
    alive = {
        role: [one for pid in re.findall(rf"{word} at (\d+)", log) if (one := living(int(pid)))]
        for role, word in words.items()
    }
    first, second = alive["worker"][-2:]
    monitor, pusher = alive["monitor"][-1], alive["pusher"][-1]
    sentinel = monitor.parent()
    return {
        "main": sentinel.parent(), "sentinel": sentinel, "idle worker": first, "other idle worker": second,
        "monitor": monitor, "pusher": pusher,
    }  # fmt: skip


def living(pid: int) -> psutil.Process | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return process if lives(process) else None
    return None


def is_ready(worker: psutil.Process, box: Path) -> bool:
    """All six are there, and each is one that the log names."""
    with contextlib.suppress(IndexError, ValueError, AttributeError, psutil.NoSuchProcess):
        return len(found := set(roles(box).values())) == 6 and found == set(cluster(worker))
    return False


def wait(done: Callable[[], bool]) -> None:
    start = time.monotonic()
    while not done():
        assert time.monotonic() - start < PATIENCE, f"not within {PATIENCE} s"
        time.sleep(0.1)


def job_is_done(folder: Path, name: str, *, job: str = "write") -> None:
    """And handed over: what is still in a worker's hand when that is killed waits for `retry`."""
    task = async_task(f"tests.config.jobs.{job}", str(folder / name))
    wait((folder / name).exists)
    wait(lambda: task not in [row.task_id() for row in OrmQ.objects.all()])
