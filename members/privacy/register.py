"""The register of personal fields: what each holds, what for, for how long, and what an erasure does with it.

Every app declares the fields of its models. A field that can hold text and is declared neither as personal nor as
impersonal is a mistake that ``manage.py check`` and the tests name (``undeclared``).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from members.privacy import purposes

SPEAKING = (
    models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField, models.BinaryField,
    models.DateField, models.FileField,
)  # fmt: skip
DELETED, CLEARED, REDUCED, REPLACED = "deleted", "cleared", "reduced", "replaced"
FATES = {
    DELETED: "the row is deleted",
    CLEARED: "the field is emptied",
    REDUCED: "what names the person is taken out",
    REPLACED: "it is replaced by a word that names nobody",
}


@dataclass(frozen=True)
class Personal:
    """``days``: how long it is kept after the row was written; None: as long as the person is not erased."""

    model: str
    name: str
    what: str
    why: str
    erased: str
    days: int | None = None


@dataclass(frozen=True)
class Impersonal:
    model: str
    name: str
    because: str


@dataclass(frozen=True)
class Period:
    """How a retention period is carried out: a statement over what is older than ``%(before)s``."""

    model: str
    days: int
    statement: str

    def carry_out(self, *, now: dt.datetime) -> int:
        """How many rows were past their time."""
        with connection.cursor() as cursor:
            cursor.execute(self.statement, {"before": now - dt.timedelta(days=self.days)})
            return cursor.rowcount


def personal(model: str, *, why: str, erased: str, days: int | None = None, **fields: str) -> list[Personal]:
    """Declare fields of a model: name = what it holds. Raises Undeclared without a purpose that exists."""
    purposes.checked(why)
    if erased not in FATES:
        raise ValueError(f"{model}: “{erased}” is not what an erasure does. Use one of {', '.join(FATES)}.")
    return [Personal(model, name, what, why, erased, days) for name, what in fields.items()]


def impersonal(model: str, because: str, names: str) -> list[Impersonal]:
    return [Impersonal(model, name, because) for name in names.split()]


def speaking(app_labels: Iterable[str]) -> list[tuple[str, str]]:
    """(model, field) of every field that can hold words about a person. A choice among given words is none."""
    return [
        (model._meta.label, field.name)
        for label in app_labels
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if _speaks(field)
    ]


def _speaks(field) -> bool:
    if isinstance(field, ArrayField):
        return _speaks(field.base_field)
    return isinstance(field, SPEAKING) and not isinstance(field, models.DateTimeField) and not field.choices


def undeclared(app_labels: Iterable[str], declared: Iterable[Personal | Impersonal]) -> list[str]:
    """What is wrong with the register, in words: fields without an entry, entries without a field."""
    known = {(each.model, each.name) for each in declared}
    there = set(speaking(app_labels))
    return [
        f"{model}.{name} can hold words about a person and says of no purpose: declare it in the app's register."
        for model, name in sorted(there - known)
    ] + [
        f"{model}.{name} is declared, and there is no such field." for model, name in sorted(known - _all(app_labels))
    ]  # fmt: skip


def _all(app_labels) -> set[tuple[str, str]]:
    return {
        (model._meta.label, field.name)
        for label in app_labels
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
    }
