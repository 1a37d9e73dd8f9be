"""Who reads which events: tags and audiences by their conditions, models and reports by what they are made of."""

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import gettext as _

from tags.conditions.faults import Fault
from tags.models import Tag
from tags.models_of import MODELS
from tags.queries import uses

SOLD = ("order.created", "order.paid", "order.completed")
# The facts that a leaf of a condition, a model or a report reads, as the events that tell of them.
LEAVES = {
    "orders": (*SOLD, "order.returned"),
    "first_order": SOLD,
    "profile": ("account.recorded",),
    "channel": ("account.recorded",),
    "organization": ("account.recorded",),
}
EVENT = "event."
REPORTS = {
    "pool": ("account.recorded",),
    "sales": (*SOLD, "order.returned"),
    "rfm": (*SOLD, "order.returned"),
    "pyramid": (*SOLD, "order.returned"),
    "pareto": (*SOLD, "order.returned"),
    "habits": (*SOLD, "order.returned"),
    "growth": (*SOLD, "order.returned", "referral"),
    "campaigns": SOLD,
}


def by_event() -> dict[str, set[str]]:
    """{event name: names of what reads it}."""
    found = defaultdict(set)
    for user, events in (*_reports(), *_models(), *_conditions()):
        for event in events:
            found[event].add(user)
    return found


def _reports() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, events in REPORTS.items():
        yield _("the report “%(name)s”") % {"name": name}, events


def _models() -> Iterator[tuple[str, tuple[str, ...]]]:
    for tag in Tag.objects.live().filter(model__in=MODELS):
        events = {event for signal in _signals(tag) for event in _events(signal)}
        yield _("the tag “%(name)s”") % {"name": tag.name}, tuple(sorted(events))


def _signals(tag: Tag) -> set[str]:
    """What a model reads; nothing where its parameters are not in order."""
    try:
        return MODELS[tag.model].parse(tag.parameters).signals()
    except Fault:
        return set()


def _events(signal: str) -> tuple[str, ...]:
    if signal.startswith(EVENT):
        return (signal.removeprefix(EVENT),)
    return LEAVES.get(signal.partition(".")[0], ())


def _conditions() -> Iterator[tuple[str, tuple[str, ...]]]:
    for user, condition in uses.conditions():
        for leaf, field, value in uses.leaves(condition):
            yield user, (value,) if (leaf, field) == ("events", "name") else LEAVES.get(leaf, ())
