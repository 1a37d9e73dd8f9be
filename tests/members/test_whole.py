"""The 360 document: its blocks, whom it tells what, how long it takes."""

import datetime as dt
import json

import pytest
from django.db import connection

from config import api  # brings the blocks of every floor
from members.actions import books, points
from members.api import blocks
from members.models import AccessRecord, Event, Order, OrderLine, Review
from tests import factories, speed, statements
from tests.api import callers
from tests.factories import NOW

pytestmark = pytest.mark.django_db
NAMED = (
    "profile portrait relation accounts standing balances rights purses gift_cards appliances "
    "orders returns reviews tickets consents tags messages timeline"
).split()


@pytest.fixture
def mini(tree):
    return factories.channel(organization=tree["g"], code="mini")


def address(member, part="360"):
    return f"/api/v1/members/{member.oneid}/{part}"


@pytest.mark.requirement("MEM-055")
def test_one_document_holds_every_block(tree, mini):
    member = callers.person(channel=mini, phone="+8613812341234", name="王小明")
    account = member.accounts.get()
    factories.returned(order=factories.order(account=account, amount="199.00"), amount="19.00")
    Review.objects.create(
        channel=mini, external_id="RV", account=account, rating=3, text="loose", occurred_at=NOW,
        version_at=NOW, version_digest="0" * 32,
    )  # fmt: skip
    factories.event(account=account, name="visit", phone="13812341234")

    told = callers.client(channel=mini, scopes="query").get(address(member)).json()

    assert api.BLOCKS
    assert set(NAMED) <= set(told)
    assert told["oneid"] == member.oneid
    assert told["orders"]["sums"][0] == {
        "currency": "CNY", "orders": 1, "amount": "199.0000", "refunded": "19.0000", "net": "180.0000",
    }  # fmt: skip
    assert told["orders"]["latest"][0]["lines"][0]["sku"] == "S1"
    assert [each["rating"] for each in told["reviews"]] == [3]
    assert [each["name"] for each in told["timeline"]] == ["visit"]
    assert told["relation"]["stage"] in ("new", "dormant", "lost")
    assert AccessRecord.objects.filter(member=member, action="read", field="everything").count() == 1


@pytest.mark.requirement("MEM-055")
def test_a_oneid_that_was_merged_away_leads_to_the_survivor(mini):
    member = callers.person(channel=mini)
    gone = factories.account(channel=mini, member=member).minted
    till = callers.client(channel=mini, scopes="query edit")
    for part in ("360", "balances", "timeline", "movements?book=x"):
        answer = till.get(address(gone, part))
        assert (answer.status_code, answer["Location"]) == (308, address(member, part))
    assert till.post(address(gone, "code")).status_code == 308


def test_contacts_are_masked_wherever_they_stand(tree, mini):
    said = {
        "name": {"value": "王小明", "at": NOW.isoformat()},
        "address": {"value": "Laoshan Road 7", "at": NOW.isoformat()},
    }
    member = callers.person(channel=mini, phone="+8613812341234", external_id="13812341234", traits=said)
    factories.event(account=member.accounts.get(), name="visit", phone="13812341234")
    text = json.dumps(
        callers.client(channel=mini, scopes="query").get(address(member)).json(), ensure_ascii=False
    )
    assert "13812341234" not in text
    assert "Laoshan" not in text
    assert "138****1234" in text
    assert "王小明" in text


def test_facts_of_other_dealers_stay_with_them(tree, mini):
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).isoformat()
    here = factories.account(channel=mini, organization=tree["s1"])
    there = factories.account(
        channel=factories.channel(organization=tree["s3"], code="there"), organization=tree["s3"],
        member=here.member, traits={"city": {"value": "Jinan", "at": at}},
    )  # fmt: skip
    factories.order(account=there, organization=tree["s3"], external_id="THERE-1")
    factories.event(account=there, name="visit")
    dealer = callers.client(channel=mini, scopes="query", organization=tree["d1"])
    told = dealer.get(address(here.member)).json()
    text = json.dumps(told)
    assert "THERE-1" not in text
    assert '"there"' not in text
    assert told["timeline"] == []
    assert told["profile"]["fields"]["city"] | {"confidence": 0} == {
        "value": "Jinan", "channel": None, "at": at.replace("+00:00", "Z"), "confidence": 0, "agreeing": 1,
        "differing": 0,
    }  # fmt: skip
    stranger = callers.client(channel=mini, scopes="query", organization=tree["b2"])
    assert stranger.get(address(here.member)).status_code == 404
    assert callers.client(channel=mini, scopes="browse").get(address(here.member)).status_code == 403


@pytest.mark.requirement("MEM-048")
def test_balances_of_the_document_are_those_of_the_ledger(tree, mini):
    book = books.create(kind="points", organization=tree["g"], code="points", name="Points", unit="points")
    member = callers.person(channel=mini)
    account = member.accounts.get()
    other = factories.account(channel=mini, member=member)
    points.earn(account=account, book=book, amount=100, key="a", now=NOW)
    points.earn(account=other, book=book, amount=20, key="b", now=NOW)
    points.spend(account=account, book=book, amount=50, key="c", now=NOW)
    till = callers.client(channel=mini, scopes="query")
    [told] = till.get(address(member)).json()["balances"]
    assert (told["book"], float(told["available"])) == ("points", 70)
    assert till.get(address(member, "balances")).json()[0] | {"expiring": []} == told | {"expiring": []}


def test_a_thousand_orders_take_no_more_statements_and_no_long_time(tree, mini):
    member = callers.person(channel=mini, phone="+8613812341234")
    account = member.accounts.get()
    made = Order.objects.bulk_create(
        Order(channel=mini, external_id=f"SO-{number}", account=account, organization=tree["g"], currency="CNY",
              occurred_at=NOW - dt.timedelta(hours=number), status="paid", amount=10, version_at=NOW,
              version_digest="0" * 32)
        for number in range(1_000)
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(order=order, line=1, sku="S1", quantity=1, unit_price=10, amount=10) for order in made
    )
    Event.objects.bulk_create(
        Event(
            account=account,
            channel=mini,
            organization=tree["g"],
            name="order.paid",
            occurred_at=each.occurred_at,
        )
        for each in made
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_event; ANALYZE members_order; ANALYZE members_orderline")
    with statements.counted() as asked:
        blocks.document(member=member, node=tree["g"], now=NOW)
    assert len(asked) <= 30, asked
    told = blocks.document(member=member, node=tree["g"], now=NOW)
    assert told["orders"]["sums"][0]["orders"] == 1_000
    assert len(told["orders"]["latest"]) == 20
    # How fast it is alone on a machine is for the benchmark to say.
    assert speed.is_once(
        lambda: speed.of(lambda: blocks.document(member=member, node=tree["g"], now=NOW)), within=0.5
    )
