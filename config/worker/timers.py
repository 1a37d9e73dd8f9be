"""What a sentinel knows of a worker: the seconds that its job may still take (-1: it has none)."""

import contextlib
from collections.abc import Iterator
from multiprocessing import Process
from multiprocessing.sharedctypes import Synchronized

PAUSE = 0.1


class Timer:
    """The sentinel's side of a worker's timer. A worker killed while it holds the timer's lock takes the lock with
    it; whoever waited for it would wait for ever. Here the wait ends with the worker, and `lost` is true."""

    def __init__(self, process: Process, shared: Synchronized) -> None:
        self.process, self.shared, self.lost = process, shared, False

    @contextlib.contextmanager
    def get_lock(self) -> Iterator[None]:
        held = self._acquired()
        try:
            yield
        finally:
            if held:
                self.shared.get_lock().release()

    def _acquired(self) -> bool:
        lock = self.shared.get_lock()
        while not lock.acquire(timeout=PAUSE):
            if not self.process.is_alive():
                self.lost = not lock.acquire(block=False)
                return not self.lost
        return True

    @property
    def value(self) -> float:
        with self.get_lock():
            return self.shared.get_obj().value

    @value.setter
    def value(self, value: float) -> None:
        with self.get_lock():
            self.shared.get_obj().value = value
