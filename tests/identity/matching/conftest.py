import pytest

from identity.matching import partition as partitions


@pytest.fixture(params=[partitions.SMALL, -1], ids=["one by one", "many at once"])
def either_way(request, monkeypatch):
    """A component by itself, and among many of which only those are looked at in which a rule may object."""
    monkeypatch.setattr(partitions, "SMALL", request.param)
