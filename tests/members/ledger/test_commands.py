"""The commands of operators and the jobs of the worker: a second run changes nothing."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from members import tasks
from members.models import Account, Posting, Programme, Wallet
from members.models.event import SettledBefore
from tests import factories
from tests.identity import company
from tests.members.ledger.purses import DAY, accounts, book, earn
from tests.members.plans import published, rule

pytestmark = pytest.mark.django_db


def said(command: str, **options) -> str:
    out = io.StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def test_what_has_expired_is_taken_out_once():
    group, now = factories.organization(), timezone.now()
    ours = book(organization=group, expiry="months_after", expiry_months=1)
    [account] = accounts(1, organization=group)
    for days in (90, 80, 0):
        earn(account, ours, 10, at=now - days * DAY)
    assert said("expire_points") == "2 lots had expired.\n"
    assert said("expire_points") == "0 lots had expired.\n"
    assert tasks.expire_points() == 0
    assert Wallet.objects.get(account=account).balance == 10


def test_orders_earn_by_the_command_as_by_the_worker(monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    ours, now = book(organization=nodes["b1"]), timezone.now()
    published(club, rules=[rule(ours, 1)], starts_at=now - 9999 * DAY)
    company.accept(company.account("u1"), company.order("o1", "u1"))
    assert said("earn_points") == "5 events looked at.\n"  # the last one is its own: points.earned
    assert tasks.earn_points() == 0
    assert said("earn_points", every_order=True) == "1 orders looked at.\n"
    assert Posting.objects.get().account == Account.objects.get()
