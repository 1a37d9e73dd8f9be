"""Jobs of the identity floor; `config.timetable` says when they run."""

from django.utils import timezone

from identity.actions import intake


def join_waiting() -> int:
    """How many keys were waiting for something that was there."""
    return intake.sweep(now=timezone.now())
