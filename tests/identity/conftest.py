import pytest

from tests import factories
from tests.identity import company, oneids


@pytest.fixture
def nodes(db) -> dict:
    """The small company of `tests.identity.company`, its organization nodes by code."""
    return company.build()


@pytest.fixture
def mall(db):
    """The only channel of its group."""
    return oneids.house(mall={})["mall"]


@pytest.fixture
def steward(db):
    return factories.staff(superuser=True)
