"""Jobs and followers for the tests of the worker; they leave their trace in files."""

import os
import signal
from pathlib import Path

from django_q.signals import post_execute_in_worker


def write(path: str) -> None:
    Path(path).write_text("done")


def write_and_die_handing_over_once(path: str) -> None:
    if _for_the_first_time(path):
        post_execute_in_worker.connect(_die)
    write(path)


def die_once(path: str) -> None:
    if _for_the_first_time(path):
        _die()
    write(path)


def _for_the_first_time(path: str) -> bool:
    begun = Path(f"{path}.begun")
    if begun.exists():
        return False
    begun.touch()
    return True


def _die(**_given: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def follow() -> int:
    """Moves one letter at a time from the inbox to the outbox."""
    box = Path(os.environ["NINEFOLD_TEST_BOX"])
    for letter in sorted(box.glob("*.in"))[:1]:
        letter.rename(letter.with_suffix(".out"))
        return 1
    return 0


def fail() -> int:
    raise ValueError("a follower that always fails")
