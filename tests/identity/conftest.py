import pytest

from tests.identity import company


@pytest.fixture
def nodes(db) -> dict:
    """The small company of `tests.identity.company`, its organization nodes by code."""
    return company.build()
