"""Work on database connections of its own: several at once, or one that waits for another."""

import threading

from django.db import connections

PATIENCE = 120


class Side(threading.Thread):
    """Work that has begun; `ended` raises what it raised."""

    def __init__(self, work):
        super().__init__()
        self.work, self.found, self.error = work, None, None
        self.start()

    def run(self):
        try:
            self.found = self.work()
        except Exception as error:  # told to the test
            self.error = error
        finally:
            connections.close_all()

    def waits(self) -> bool:
        self.join(timeout=1.5)  # longer than the database takes to look for a deadlock
        return self.is_alive()

    def ended(self) -> None:
        self.join(timeout=PATIENCE)
        assert not self.is_alive()
        if self.error:
            raise self.error


def at_once(*works) -> list:
    """Begin all at one starting line; what they returned or raised, in their order."""
    line = threading.Barrier(len(works))
    sides = [Side(lambda work=work: (line.wait(timeout=PATIENCE), work())[1]) for work in works]
    for side in sides:
        side.join(timeout=PATIENCE)
        assert not side.is_alive()
    return [side.error or side.found for side in sides]


def together(*works) -> None:
    """The same, and none of them fails."""
    found = at_once(*works)
    assert [each for each in found if isinstance(each, Exception)] == []
