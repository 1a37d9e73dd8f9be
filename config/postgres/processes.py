"""Which processes serve a data folder: postmaster.pid may lie after a crash, /proc does not."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Postmaster:
    pid: int
    socket: Path | None

    @classmethod
    def of(cls, data: Path) -> "Postmaster | None":
        """What postmaster.pid says: the pid in its first line, the socket's folder in its fifth.

        The fifth stays empty until the server listens, so a starting server has a pid and no socket yet.
        """
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            folder = lines[4] if len(lines) > 4 else ""
            return cls(pid=int(lines[0]), socket=Path(folder) if folder else None)
        except (FileNotFoundError, IndexError, ValueError):
            return None


def serving(data: Path) -> list[psutil.Process]:
    """Living processes of the server of this folder; PostgreSQL's work inside it."""
    return [process for process in psutil.process_iter() if _works_in(process, data)]


def is_serving(pid: int, data: Path) -> bool:
    try:
        return _works_in(psutil.Process(pid), data)
    except psutil.NoSuchProcess:
        return False


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        return (
            process.name() == "postgres"
            and process.status() != psutil.STATUS_ZOMBIE
            and os.path.samefile(process.cwd(), data)
        )
    except (psutil.Error, OSError):
        return False


def end(data: Path, *, patience: float) -> None:
    """Ends the server: first asked (fast shutdown), then told (immediate), then killed."""
    for order in (signal.SIGINT, signal.SIGQUIT):
        postmaster = Postmaster.of(data)
        if postmaster and is_serving(postmaster.pid, data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(postmaster.pid, order)
        _to_all(data, signal.SIGCONT)
        if wait(lambda: not serving(data), seconds=patience):
            return
    _to_all(data, signal.SIGKILL)
    wait(lambda: not serving(data), seconds=patience)


def _to_all(data: Path, order: signal.Signals) -> None:
    for process in serving(data):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(order)


def wait(done: Callable[[], bool], *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
