"""Defining events: what channels may send, a version for each change, and letting in what waited for it."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from identity.actions import quarantine
from identity.models import EventSchema, EventSchemaVersion
from identity.queries import schemas as reading

AT_ONCE = 1_000


@transaction.atomic
def define(*, name: str, by: AbstractBaseUser | None, now: dt.datetime, **stated: object) -> EventSchema:
    """Define an event, or change its definition: ``stated`` are fields of EventSchema.

    A change makes a new version; saying the same again changes nothing. An event that is defined is let in from
    now on; what was kept aside comes in by a retry (``let_in``, or ``manage.py retry_quarantine``).
    """
    found = EventSchema.objects.select_for_update().filter(name=name).first()
    schema = found or EventSchema(name=name, version=0)
    before = schema.definition()
    for field, value in stated.items():
        setattr(schema, field, value)
    if found and before == schema.definition():
        return schema
    schema.version += 1
    schema.changed_at = now
    schema.full_clean(validate_unique=False)
    schema.save()
    EventSchemaVersion.objects.create(
        schema=schema, version=schema.version, definition=schema.definition(), changed_at=now, changed_by=by
    )
    return schema


def let_in(*, name: str, by: AbstractBaseUser | None, now: dt.datetime) -> tuple[int, int]:
    """Send again what was kept aside because `name` was not defined, at most 1,000: (let in, still kept aside)."""
    items = reading.waiting_for(name=name, at_most=AT_ONCE)
    if not items:
        return 0, 0
    found = quarantine.retry_unchanged(items=items, by=by, now=now)
    taken = sum(verdict.verdict in quarantine.LET_IN for verdict in found)
    return taken, len(found) - taken
