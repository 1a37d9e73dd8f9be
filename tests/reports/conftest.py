import pytest

from tests import factories


@pytest.fixture
def nodes(db):
    return factories.tree()
