"""An event of an appliance and the word of its owner at the same moment: whichever is written last, the event comes in."""

import pytest
from django.db import transaction

from identity.actions import intake, unbound
from members.actions import appliances
from members.models import Account, Event
from tests import factories
from tests.connections import together
from tests.identity import company
from tests.identity.company import NOW, account, event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nodes():
    nodes = company.build()
    factories.channel(organization=nodes["b1"], code="uhome", kind="appliance")
    tell(account("u0"))


def tell(*records):
    intake.accept(records=list(records), source="race", now=NOW)


def washes():
    tell(event("wash_started", channel="uhome", on=9, properties={"serial": "W-1"}))


def binds():
    tell(account("u1"), event("bind_device", "u1", on=3, properties={"serial": "W-1"}))


def settles():
    appliances.settle(serials={"W-1"}, now=NOW)


def owner():
    return Account.objects.get(external_id="u1")


def looks():
    assert unbound.retry_known(now=NOW) == 0


def test_an_event_that_is_still_being_kept_aside_when_the_owner_is_told():
    with transaction.atomic():
        washes()
        together(lambda: (binds(), settles(), looks(), looks()))
    assert unbound.retry_known(now=NOW) == 1
    assert Event.objects.get(name="wash_started").account == owner()
    looks()


def test_an_owner_who_is_still_being_told_when_the_event_is_kept_aside():
    binds()
    with transaction.atomic():
        settles()
        together(lambda: (washes(), looks(), looks()))
    assert unbound.retry_known(now=NOW) == 1
    assert Event.objects.get(name="wash_started").account == owner()
    looks()
