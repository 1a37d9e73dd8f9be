import datetime as dt

import pytest
from django.utils import timezone

from campaigns.actions import activities
from config import roles
from tests import factories

DAY = dt.timedelta(days=1)


@pytest.fixture
def nodes(db):
    return factories.tree()


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
