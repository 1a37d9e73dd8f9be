"""Who and what is there in most tests of tills."""

import pytest

from members.actions import points
from tests import factories
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.house import House
from tests.members.ledger import purses


@pytest.fixture
def account(pos):
    return factories.account(channel=pos)


@pytest.fixture
def summer(nodes):
    return offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))


@pytest.fixture
def club(nodes):
    return purses.book(code="club", organization=nodes["g"])


@pytest.fixture
def card(nodes, account):
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    points.earn(account=account, book=book, amount=100, key="top-up", now=NOW)
    return book


@pytest.fixture
def fifty(nodes):
    return vouchers.template(organization=nodes["g"], code="FIFTY", quota=10, per_person=None)


@pytest.fixture
def house(monkeypatch):
    return House(monkeypatch)
