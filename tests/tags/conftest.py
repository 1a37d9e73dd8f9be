import pytest

from tests.tags import world


@pytest.fixture
def town(db) -> world.World:
    return world.build()
