"""Jobs of the identity floor; `config.timetable` says when they run."""

from django.contrib.auth.models import User
from django.utils import timezone

from identity.actions import candidates, due, imports, joining, recipes, trials, unbound
from identity.candidates import backends
from identity.models import Trial


def join_waiting() -> int:
    """How many keys were waiting for something that was there."""
    return joining.sweep(now=timezone.now())


def apply_recipes() -> int:
    """How many accounts changed their OneID."""
    return recipes.apply(now=timezone.now()).moved


def find_candidates() -> int:
    """How many cases were opened or changed; 0 where the optional libraries are not installed."""
    options = candidates.configured()
    if backends.missing(options.backend):
        return 0
    return candidates.find(now=timezone.now(), clock=timezone.now, options=options).opened


def try_policy(trial: int) -> dict:
    """Compute what a trial of rules would make of everybody; its outcome. The page shows how far it is.

    Nothing comes out of a draft that was changed meanwhile: whoever changed it asked for another computation.
    """
    found = Trial.objects.get(pk=trial)
    try:
        return trials.compute(trial=found, now=timezone.now(), progress=_progress(found)).outcome
    except trials.Refused:
        return {}


def put_in_force(trial: int, by: int) -> int:
    """Put a computed trial in force for the user who asked; how many accounts moved."""
    return _told(trials.publish, trial, by)


def take_back_policy(trial: int, by: int) -> int:
    """Take a trial in force back for the user who asked; how many accounts moved."""
    return _told(trials.take_back, trial, by)


def _told(verb, trial, by) -> int:
    found = Trial.objects.get(pk=trial)
    say = _progress(found)
    try:
        changes = verb(trial=found, by=User.objects.get(pk=by), now=timezone.now())
    except trials.Refused as refused:
        say(str(refused))
        return 0
    say("")
    return len(changes.accounts)


def _progress(trial):
    def say(step: str) -> None:
        Trial.objects.filter(pk=trial.pk).update(progress=step[:200])

    return say


def work_imports() -> int:
    """How many files were tried or read, and imports taken back. Below the time that a task may take."""
    return due.work(clock=timezone.now, minutes=10)


def own_devices() -> int:
    """How many events of appliances came in, now that somebody owns them."""
    return unbound.retry_known(now=timezone.now())


def tidy_imports() -> int:
    """How many files of imports were removed because their time is over."""
    return imports.tidy(now=timezone.now())
