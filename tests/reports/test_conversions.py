"""The way from public to private as a report: 1 of 1 converted."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from identity.queries.conversions import Act
from reports.queries import conversions
from tests import factories
from tests.identity.test_conversions import at, clicks_then_follows, nodes  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("MEM-002")
def test_the_funnel_shows_one_of_one_converted(client, nodes):  # noqa: F811
    clicks_then_follows()
    before = conversions.report(node=nodes["g"], as_of=at(10, 1))
    after = conversions.report(node=nodes["g"], as_of=timezone.now())
    assert (before.total.people, before.total.converted) == (1, 0)
    assert (after.total.people, after.total.converted, after.total.share) == (1, 1, 1.0)
    assert [(line.source, dict(zip(Act.values, line.acts, strict=True))) for line in after.lines] == [
        ("ad", {"follow": 1, "join": 0, "authorise": 0, "add_friend": 0})
    ]

    cache.clear()
    client.force_login(factories.staff(organization=nodes["g"], permissions="members.view_reports"))
    shown = client.get(reverse("admin:report_conversions"))
    assert "1 of 1 converted" in shown.content.decode()
    assert client.get(reverse("admin:report_conversions"), {"export": "xlsx"}).status_code == 200


def test_nobody_divides_by_nothing(nodes):  # noqa: F811
    found = conversions.report(node=nodes["b2"], as_of=timezone.now())
    assert (found.total.people, found.total.converted, found.total.share, found.lines) == (0, 0, None, [])
    assert found.tables()[0].lines[-1][1:] == (0, 0, 0, 0, 0, 0, None)
