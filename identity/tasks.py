"""Jobs of the identity floor; `config.timetable` says when they run."""

from django.utils import timezone

from identity.actions import candidates, intake, recipes
from identity.candidates import backends


def join_waiting() -> int:
    """How many keys were waiting for something that was there."""
    return intake.sweep(now=timezone.now())


def apply_recipes() -> int:
    """How many accounts changed their OneID."""
    return recipes.apply(now=timezone.now()).moved


def find_candidates() -> int:
    """How many cases were opened or changed; 0 where the optional libraries are not installed."""
    options = candidates.configured()
    if backends.missing(options.backend):
        return 0
    return candidates.find(now=timezone.now(), clock=timezone.now, options=options).opened
