"""What a member needs next: upkeep by months and by what was done, open tickets and low ratings first."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from members.models import Appliance, OrderLine, Ticket
from members.queries import service_needs
from tests import factories
from tests.members.people import page

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 1, 15, 4, tzinfo=dt.UTC)  # noon in Shanghai
YEAR_AGO = dt.datetime(2025, 1, 15, 4, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def owner(tree):
    return factories.account(
        channel=factories.channel(organization=tree["g"]), organization=tree["s1"], at=YEAR_AGO
    )


def owns(
    account, *, at=YEAR_AGO, serial="SN-1", name="AC Cool 3000", category="air-conditioner", **more
) -> Appliance:
    given = {
        "account": account,
        "bought_at": at,
        "channel": account.channel,
        "organization": account.organization,
    }
    return Appliance.objects.create(
        serial=serial, sku="AC-1", name=name, category=category, tx=1, **{**given, **more}
    )


def ticket(
    account, *, kind="care", state="done", at=NOW - DAY, serial="SN-1", rating=None, number=""
) -> Ticket:
    return Ticket.objects.create(
        channel=account.channel, external_id=number or uuid.uuid4().hex[:8], content=uuid.uuid4(), kind=kind,
        account=account, organization=account.organization, serial=serial, state=state, filed_at=at,
        closed_at=at if state in ("done", "cancelled") else None, rating=rating,
    )  # fmt: skip


def needs(account, now=NOW):
    return service_needs.of(member=account.member, now=now)


@pytest.mark.requirement("MEM-058")
def test_an_air_conditioner_of_twelve_months_needs_cleaning_and_says_why(owner):
    owns(owner)
    (need,) = needs(owner)
    assert need.need == "needs cleaning service"
    assert need.service == "Cleaning of the air conditioner"
    assert need.reason == (
        "“AC Cool 3000” was bought on 15 Jan 2025 and was not cared for since; it should be every 12 months."
    )
    assert needs(owner, NOW - DAY) == []


@pytest.mark.requirement("MEM-058")
def test_the_members_page_names_the_need_the_service_and_the_reason(client, owner):
    owns(owner, at=timezone.now() - 400 * DAY)
    client.force_login(factories.staff(organization=owner.organization, permissions="members.view_member"))
    text = client.get(page(owner.member)).content.decode()
    assert "What is needed next" in text
    assert "needs cleaning service" in text
    assert "Cleaning of the air conditioner" in text
    assert "was not cared for since" in text


def test_care_done_or_bought_puts_it_off_by_the_interval(owner):
    owns(owner, at=YEAR_AGO - 400 * DAY)
    assert len(needs(owner)) == 1
    done = ticket(owner, at=NOW - 100 * DAY)
    assert needs(owner) == []
    Ticket.objects.filter(pk=done.pk).update(closed_at=NOW - 366 * DAY, filed_at=NOW - 367 * DAY)
    (need,) = needs(owner)
    assert "last cared for on 14 Jan 2025" in need.reason
    service = factories.order(account=owner, at=NOW - 30 * DAY, sku="CLEAN")
    OrderLine.objects.filter(order=service).update(serial="SN-1", name="Deep cleaning")
    assert needs(owner) == []


@pytest.mark.parametrize(
    ("name", "category", "months", "need"),
    [
        ("海尔空调", "", 12, "needs cleaning service"),
        ("Boiler", "water-heater", 24, "needs descaling"),
        ("X1", "厨房/净水器", 12, "needs a new filter"),
        ("Sofa", "furniture", 0, None),
    ],
)
def test_each_sort_of_goods_has_its_interval(owner, name, category, months, need):
    owns(owner, name=name, category=category, at=NOW - dt.timedelta(days=31 * (months or 40)))
    assert [each.need for each in needs(owner)] == ([need] if need else [])
    if need:
        assert needs(owner, NOW - dt.timedelta(days=62)) == []


def test_what_is_open_comes_first_then_who_was_not_content(owner):
    owns(owner)
    ticket(owner, kind="repair", state="done", rating=2, number="T-1", at=NOW - 10 * DAY)
    assert [each.need for each in needs(owner)] == ["was not content", "needs cleaning service"]
    ticket(owner, kind="repair", state="filed", number="T-2", at=NOW - 2 * DAY)
    assert [each.service for each in needs(owner)] == ["Finish ticket T-2", "Cleaning of the air conditioner"]


def test_a_low_rating_is_answered_within_a_month_or_forgotten(owner):
    ticket(owner, kind="repair", rating=1, at=NOW - 31 * DAY)
    assert needs(owner) == []
    ticket(owner, kind="repair", rating=3, at=NOW - 2 * DAY)
    assert needs(owner) == []
