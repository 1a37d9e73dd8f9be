"""Touchpoints in the admin: who may only look reads events and keys by their names in words."""

import pytest
from django.urls import reverse

from identity.actions import datamap, seeds
from identity.models import EventSchema, Touchpoint
from tests import factories

pytestmark = pytest.mark.django_db


def page_of(client, touchpoint, **who) -> str:
    client.force_login(factories.staff(**who))
    return client.get(reverse("admin:identity_touchpoint_change", args=[touchpoint.pk])).content.decode()


def test_events_are_read_by_their_titles_and_written_by_their_names(client):
    group = factories.organization()
    seeds.events(now=factories.NOW)
    seeds.kinds()
    datamap.install()
    known = set(EventSchema.objects.values_list("name", flat=True))
    own = next(
        each for each in Touchpoint.objects.order_by("pk")
        if any(set(signal.events) & known and "_" in "".join(signal.events) for signal in each.signals.all())
    )  # fmt: skip
    event = next(
        name for signal in own.signals.all() for name in signal.events if name in known and "_" in name
    )
    read = page_of(
        client, own, organization=group, permissions="identity.view_touchpoint identity.view_signal"
    )
    assert EventSchema.objects.get(name=event).title in read
    assert event not in read
    assert event in page_of(client, own, superuser=True)
