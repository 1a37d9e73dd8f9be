"""Calls the followers of the event log, batch after batch."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import close_old_connections
from django.utils.module_loading import import_string

from config import heartbeat

log = structlog.get_logger(__name__)

PAUSE = 1.0
LONGEST_PAUSE = 60.0
PULSE = 10.0


@dataclass
class Follower:
    """One reader; after a failure it rests, twice as long each time, and the others go on."""

    name: str
    failures: int = 0
    due: float = 0.0

    def follow(self, clock: Callable[[], float]) -> int:
        if clock() < self.due:
            return 0
        try:
            handled = import_string(self.name)()
        except Exception:
            self.failures += 1
            rest = min(PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE)
            self.due = clock() + rest
            log.exception("follower.failed", follower=self.name, failures=self.failures, rest=rest)
            return 0
        self.failures = 0
        return handled


def run(names: list[str], *, goes_on: Callable[[], bool]) -> None:
    """Follows until told to end, which is looked at between two batches."""
    followers = [Follower(name) for name in names]
    pulse = 0.0
    while goes_on():
        if time.monotonic() - pulse > PULSE:
            pulse = _pulse()
        handled = sum(follower.follow(time.monotonic) for follower in followers)
        close_old_connections()
        if not handled:
            time.sleep(PAUSE)


def _pulse() -> float:
    try:
        heartbeat.beat(heartbeat.FOLLOWERS)
    except Exception:
        log.exception("followers.no_pulse")
    return time.monotonic()
