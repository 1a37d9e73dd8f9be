import datetime as dt

import pytest
from django.utils import timezone

from campaigns.actions import activities
from config import roles
from tests import factories
from tests.campaigns.offering import NOW
from tests.campaigns.till.pricing import clock, till

DAY = dt.timedelta(days=1)


@pytest.fixture
def nodes(db):
    return factories.tree()


@pytest.fixture
def till_at():
    """The node of the tills and of their key."""
    return "s1"


@pytest.fixture
def pos(nodes, till_at):
    return factories.channel(organization=nodes[till_at], code="pos", kind="pos")


@pytest.fixture
def cashier(pos, nodes, till_at, monkeypatch):
    clock(monkeypatch, NOW)
    return till(pos, organization=nodes[till_at])


@pytest.fixture
def app(nodes):
    return factories.channel(organization=nodes["g"], code="app")


@pytest.fixture
def author(tree):
    roles.create()
    return factories.staff(organization=tree["b1"], role="marketer")


@pytest.fixture
def colleague(tree, author):
    return factories.staff(organization=tree["b1"], role="marketer")


@pytest.fixture
def draft(tree, author):
    return activities.draft(
        organization=tree["b1"], code="SUMMER", name="Summer", starts_at=timezone.now() - DAY, by=author,
        now=timezone.now() - DAY,
    )  # fmt: skip
