"""What the worker calls: tags of changed members every second, of everybody once a day."""

from django.utils import timezone

from tags.actions import audiences, compute, deliveries, ending, follow, runs, turning


def compute_changed() -> int:
    """A follower of the event log: one batch, how many events it took in."""
    return follow.follow(now=timezone.now())


def compute_turned() -> int:
    """A batch of those of whom time alone may have changed something: how many members."""
    return turning.turn(now=timezone.now())


def compute_all() -> None:
    """Once a day, soon after midnight: ages and windows move without an event."""
    now = timezone.now()
    compute.compute(now=now)
    runs.forget(now=now)


def look_at_deliveries() -> int:
    """Once a day: which signals each channel delivers."""
    return deliveries.look(now=timezone.now())


def end_values() -> int:
    """Takes retired tags and dropped values off members; called after each, and once a day in case one was killed."""
    return ending.end(now=timezone.now())


def compute_tag(code: str) -> None:
    """After a definition was changed."""
    compute.compute(now=timezone.now(), tags=[code])


def count_audiences() -> None:
    """Once a day, after the tags: the history of sizes."""
    audiences.refresh_all(now=timezone.now())
