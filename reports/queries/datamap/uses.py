"""Who reads which events: tags and audiences by their conditions, models and reports by what they are made of."""

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import gettext as _

from tags.models import Tag
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
MODELS = {"rfm": (*SOLD, "order.returned")}
REPORTS = {
    "pool": ("account.recorded",),
    "sales": (*SOLD, "order.returned"),
    "rfm": (*SOLD, "order.returned"),
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
    for name, model in Tag.objects.live().exclude(model="").values_list("name", "model"):
        yield _("the tag “%(name)s”") % {"name": name}, MODELS.get(model, ())


def _conditions() -> Iterator[tuple[str, tuple[str, ...]]]:
    for user, condition in uses.conditions():
        for leaf, field, value in uses.leaves(condition):
            yield user, (value,) if (leaf, field) == ("events", "name") else LEAVES.get(leaf, ())
