"""Jobs of the members floor; `config.timetable` says when they run."""

from django.utils import timezone

from members.actions import earning, points, profiles


def rebuild_profiles() -> int:
    """How many members there are."""
    return profiles.rebuild(now=timezone.now())


def earn_points() -> int:
    """A follower of the event log: one batch, how many events it took in."""
    return earning.follow(now=timezone.now())


def expire_points() -> int:
    """How many lots had expired."""
    now, lots = timezone.now(), 0
    while batch := points.expire(now=now):
        lots += batch
    return lots
