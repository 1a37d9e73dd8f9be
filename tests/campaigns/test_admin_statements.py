"""Lists and pages of offers and tills cost as many statements for many rows as for one."""

import datetime as dt
import itertools

import pytest
from django.urls import reverse

from tests import factories, statements
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import selling
from tests.campaigns.till.pricing import clock, till

pytestmark = pytest.mark.django_db
MANY = 4
_numbers = itertools.count(1)


@pytest.fixture
def asked(client):
    """How many statements a page takes, once everything that a process keeps is kept."""
    client.force_login(factories.staff(superuser=True))

    def asked(address: str) -> int:
        client.get(address)
        with statements.counted() as sent:
            assert client.get(address).status_code == 200
        return len(sent)

    return asked


def test_lists_of_coupons(nodes, asked):
    app = factories.channel(organization=nodes["b1"], code="app")
    pages = [reverse(f"admin:campaigns_{name}_changelist") for name in ("coupontemplate", "coupon")]

    def more():
        template = vouchers.template(organization=nodes["b1"])
        account = factories.account(channel=app)
        vouchers.claim(template, account)

    _same(pages, more, asked)


def test_the_page_of_a_template_with_its_batches(nodes, asked):
    template = vouchers.template(organization=nodes["b1"])
    page = reverse("admin:campaigns_coupontemplate_change", args=[template.pk])
    _same([page], lambda: vouchers.brought(template, f"PRINTED{next(_numbers):03}"), asked)


def test_the_tree_of_budgets_and_a_page_of_it(nodes, asked):
    group = pots.budget(organization=nodes["g"], amount=1_000)
    pages = [
        reverse("admin:campaigns_budget_changelist"),
        reverse("admin:campaigns_budget_change", args=[group.pk]),
    ]

    def more():
        below = pots.budget(organization=nodes["b1"], parent=group, amount=10)
        offering.drafted(organization=nodes["b1"], offers=(off() | {"shares": {group: 5_000, below: 5_000}},))

    _same(pages, more, asked)


def test_till_activity_and_the_sales(nodes, asked, monkeypatch):
    clock(monkeypatch, NOW)
    pos = factories.channel(organization=nodes["g"], code="pos", kind="pos")
    cashier = till(pos, organization=nodes["g"])
    money = pots.budget(organization=nodes["g"], amount=1_000)
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off() | {"shares": {money: 10_000}},))
    account = factories.account(channel=pos)
    member = reverse("admin:members_member_change", args=[account.member.oneid])
    pages = [
        reverse("admin:till_activity"),
        reverse("admin:campaigns_tillorder_changelist"),
        f"{member}?tab=orders",
    ]

    def more():
        number = f"N{next(_numbers)}"
        clock(monkeypatch, NOW)
        selling.hold(cashier, "310.00", number=number, seconds=86_400, oneid=account.member.oneid)
        clock(monkeypatch, NOW + dt.timedelta(hours=1))

    _same(pages, more, asked)


def _same(pages: list[str], more, asked) -> None:
    more()
    first = {page: asked(page) for page in pages}
    for _each in range(MANY):
        more()
    assert {page: asked(page) for page in pages} == first
    assert max(first.values()) <= 45, first
