"""Jobs of the members floor; `config.timetable` says when they run."""

from django.utils import timezone

from members.actions import profiles


def rebuild_profiles() -> int:
    """How many members there are."""
    return profiles.rebuild(now=timezone.now())
