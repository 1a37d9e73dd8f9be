"""How a leaf says which fields it has, so that a visual builder can ask for them. ``tags.conditions.forms`` collects them.

A field's ``name`` is its path inside the leaf (``where.category``). A field with ``ops`` stands for the two keys ``op`` and
``value`` beside its name (``value`` → ``op`` and ``value``; ``where.amount.value`` → ``where.amount.op`` …). Where kind and
comparisons depend on the choice made in another field, ``by`` names that field and ``cases`` has one Case for each choice, or
for the kind of what was picked (a tag that is a number).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions.comparison import EQUALITY, ORDER

OPS = {
    "=": gettext_noop("is"), "!=": gettext_noop("is not"), "in": gettext_noop("is one of"),
    "<": gettext_noop("is below"), "<=": gettext_noop("is at most"), ">": gettext_noop("is above"),
    ">=": gettext_noop("is at least"), "between": gettext_noop("is between"),
    "starts_with": gettext_noop("begins with"), "ends_with": gettext_noop("ends with"),
    "contains": gettext_noop("contains"), "known": gettext_noop("is known"), "unknown": gettext_noop("is not known"),
    "within": gettext_noop("is near"),
}  # fmt: skip
NUMBERS = (*EQUALITY, *ORDER)


@dataclass(frozen=True)
class Case:
    """``kind``: choice, number, money, date, text, flag, window, wait ({hours} or {days}), properties, step, steps, near, or pick:<what>."""

    kind: str
    ops: tuple[str, ...] = ()
    options: tuple[tuple[object, str], ...] = ()

    def told(self) -> dict:
        return {
            "kind": self.kind,
            "ops": [{"value": op, "label": _(OPS[op])} for op in self.ops],
            "options": [{"value": value, "label": _(str(label))} for value, label in self.options],
        }


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    case: Case
    optional: bool = False
    many: bool = False
    default: object = None
    by: str = ""
    cases: dict[str, Case] = field(default_factory=dict)

    def told(self) -> dict:
        told = {"name": self.name, "label": _(self.label), "optional": self.optional, "many": self.many}
        if self.by:
            told |= {"by": self.by, "cases": {name: case.told() for name, case in self.cases.items()}}
        return {**told, **self.case.told(), "default": self.default}


@dataclass(frozen=True)
class Form:
    """What a leaf is called, and its fields in the order in which they are asked for."""

    label: str
    fields: tuple[Field, ...]

    def told(self) -> dict:
        return {"label": _(self.label), "fields": [each.told() for each in self.fields]}


def choice(name: str, label: str, options: Iterable[tuple[object, str]], **more: object) -> Field:
    return Field(name, label, Case("choice", options=tuple(options)), **more)


def pick(name: str, label: str, what: str, **more: object) -> Field:
    """Picked from what there is: tag, category, sku, organization, channel, event, audience, touchpoint, …"""
    return Field(name, label, Case(f"pick:{what}"), **more)


def flag(name: str, label: str, **more: object) -> Field:
    return Field(name, label, Case("flag"), **more)


def compared(
    name: str, label: str, kind: str = "number", ops: tuple[str, ...] = NUMBERS, **more: object
) -> Field:
    return Field(name, label, Case(kind, ops), **more)


def compared_by(by: str, cases: dict[str, Case], **more: object) -> Field:
    """``op`` and ``value`` whose kind depends on another field."""
    return Field("value", gettext_noop("compared"), next(iter(cases.values())), by=by, cases=cases, **more)


def of_events(kind: str) -> Case:
    """``properties`` of events or orders, or a ``step`` or ``steps`` of events that have some. Its options are comparisons."""
    return Case(kind, options=tuple((op, OPS[op]) for op in (*EQUALITY, *ORDER, "known")))


def window() -> Field:
    return Field("window", gettext_noop("when"), Case("window"), optional=True, default="ever")


def places(before: str = "where.") -> tuple[Field, ...]:
    """The channel of a fact, and where it happened."""
    from members.models import Channel

    return (
        pick(f"{before}organization", gettext_noop("at"), "organization", optional=True, many=True),
        *channels(before, Channel.SourceClass.choices),
    )


def channels(before: str, classes: Iterable[tuple[str, str]]) -> tuple[Field, ...]:
    return (
        pick(f"{before}channel", gettext_noop("through the channel"), "channel", optional=True, many=True),
        choice(f"{before}source_class", gettext_noop("source class"), classes, optional=True, many=True),
        flag(f"{before}first_party", gettext_noop("our own channel"), optional=True),
    )
