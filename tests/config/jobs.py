"""Jobs and followers for the tests of the worker; they leave their trace in files."""

import os
from pathlib import Path


def write(path: str) -> None:
    Path(path).write_text("done")


def follow() -> int:
    """Moves one letter at a time from the inbox to the outbox."""
    box = Path(os.environ["NINEFOLD_TEST_BOX"])
    for letter in sorted(box.glob("*.in"))[:1]:
        letter.rename(letter.with_suffix(".out"))
        return 1
    return 0


def fail() -> int:
    raise ValueError("a follower that always fails")
