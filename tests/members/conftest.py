from collections.abc import Iterator

import pytest

from members.models import Account, Organization
from tests import factories
from tests.members.ledger import purses


@pytest.fixture
def nodes(db) -> dict[str, Organization]:
    return factories.tree()


@pytest.fixture
def group(db) -> Organization:
    return factories.organization()


@pytest.fixture
def account(group) -> Account:
    return purses.accounts(1, organization=group)[0]


@pytest.fixture
def pair(group) -> list[Account]:
    return purses.accounts(2, organization=group)


@pytest.fixture
def everything_adds_up(db) -> Iterator[None]:
    """Looked at when the test is over."""
    yield
    assert purses.faults() == []
