"""A new version of the long plan is drafted and published at its page, and rules from its day on."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from config import roles
from members.actions import earning
from members.models import Account, Plan, Posting, Programme
from members.models.event import SettledBefore
from tests import factories
from tests.identity import company
from tests.members.ledger.purses import DAY, book
from tests.members.plans import published, rule
from tests.members.test_admin_plans import of, sent

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def house(db, monkeypatch, settings):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # a test's transaction is still open
    settings.TIME_ZONE = "Asia/Shanghai"
    roles.create()
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    company.accept(company.account("u1"))
    ours = book(organization=nodes["b1"])
    published(club, rules=[rule(ours, 1)], starts_at=timezone.now() - 900 * DAY)
    return {**nodes, "club": club, "book": ours}


@pytest.mark.requirement("MEM-014")
def test_orders_before_the_first_of_january_earn_by_v1_and_after_it_by_v2(client, house):
    january = dt.datetime(timezone.localtime(timezone.now()).year + 1, 1, 1, tzinfo=SHANGHAI)
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    asked = sent(
        house, starts_at_0=january.date(), starts_at_1=january.time(), **{"earning_rules-0-rate": "2"}
    )
    assert client.post(reverse("admin:members_plan_add"), asked).status_code == 302
    second = Plan.objects.get(number=2)
    assert (second.state, second.starts_at) == ("draft", january)
    sold("as-draft", january + DAY)
    assert earned("as-draft", now=january + DAY) == {1: 100}

    client.post(of(second, "publish"))
    second.refresh_from_db()
    assert second.state == "published"
    for name, at in (("eve", january - SECOND), ("new-year", january), ("spring", january + 90 * DAY)):
        sold(name, at)
    later = january + 91 * DAY
    found = [earned(name, now=later) for name in ("eve", "new-year", "spring")]
    assert found == [{1: 100}, {2: 200}, {2: 200}]


def sold(name, at):
    company.accept(company.order(name, "u1", amount="100.00", occurred_at=at.isoformat()), now=at)


def earned(name, *, now) -> dict[int, int]:
    """By the version that gave it."""
    while earning.follow(now=now):
        pass
    assert Account.objects.count() == 1
    return dict(Posting.objects.filter(order_key=name).values_list("plan__number", "amount"))
