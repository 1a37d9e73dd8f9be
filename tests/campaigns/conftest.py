import pytest

from tests import factories


@pytest.fixture
def nodes(db):
    return factories.tree()


@pytest.fixture
def app(nodes):
    return factories.channel(organization=nodes["g"], code="app")
