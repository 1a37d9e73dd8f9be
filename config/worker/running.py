"""Which supervisors run from this checkout, so that `make stop` finds them and nothing else.

Each keeps a file with its pid locked as long as it lives: an unlocked file is a leftover.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from config import environment

PATIENCE = 40.0


def folder() -> Path:
    return environment.var(environment.read()) / "run"


@contextlib.contextmanager
def noted(name: str) -> Iterator[None]:
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"{name}-{os.getpid()}.pid"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def stop() -> list[str]:
    """Ends what is noted as running; returns the names."""
    return [path.stem for path in sorted(folder().glob("*.pid")) if _stopped(path)]


def _stopped(path: Path) -> bool:
    try:
        file = path.open()
    except FileNotFoundError:
        return False
    with file:
        lived = not _unlocked(file)
        if lived:
            _end(int(file.read()), file)
        path.unlink(missing_ok=True)
    return lived


def _end(pid: int, file: IO[str]) -> None:
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while not _unlocked(file):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def _unlocked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    for ended in stop():
        sys.stdout.write(f"stopped {ended}\n")
