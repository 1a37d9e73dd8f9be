import pytest
from django.core.cache import cache

from tests.tags import world


@pytest.fixture
def town(db) -> world.World:
    return world.build()


@pytest.fixture
def nothing_kept():
    """No count of another test is shown."""
    cache.clear()


@pytest.fixture
def asked(monkeypatch):
    """What a tag's page asks the worker to do."""
    found = []
    monkeypatch.setattr("tags.admin.tags.async_task", lambda *given, **_options: found.append(given))
    return found
