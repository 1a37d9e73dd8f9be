"""Jobs of the members floor; `config.timetable` says when they run."""

from django.utils import timezone

from members.actions import bought_rights, earning, holds, opening_rules, openings, points, profiles, tiers


def rebuild_profiles() -> int:
    """How many members there are."""
    return profiles.rebuild(now=timezone.now())


def earn_points() -> int:
    """A follower of the event log: one batch, how many events it took in."""
    return earning.follow(now=timezone.now())


def settle_rights() -> int:
    """A follower of the event log: one batch, how many events it took in."""
    return bought_rights.follow(now=timezone.now())


def open_balances() -> int:
    """A follower of the event log, and of opening rules that changed: one batch, how many events or accounts it was."""
    now = timezone.now()
    return opening_rules.go_on(now=now) or openings.follow(now=now)


def expire_points() -> int:
    """How many lots had expired."""
    now, lots = timezone.now(), 0
    while batch := points.expire(now=now):
        lots += batch
    return lots


def follow_tiers() -> int:
    """A follower of the event log: one batch, how many events it took in."""
    return tiers.follow(now=timezone.now())


def review_tiers() -> int:
    """How many tiers changed."""
    return tiers.review(now=timezone.now())


def lapse_holds() -> int:
    """How many holds were over."""
    now, ended = timezone.now(), 0
    while batch := holds.lapse(now=now):
        ended += batch
    return ended
