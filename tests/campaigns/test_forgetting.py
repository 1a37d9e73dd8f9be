"""What an erased person bought at tills stays as sales of nobody; his copy holds it before."""

import datetime as dt
import json

import pytest
from django.core.management import call_command

from campaigns.models import OfferUse, Reward, TillOperation, TillOrder, TillReturn
from members.actions import copies, erasure
from members.models import MemberProfile
from tests import factories
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import returns, selling
from tests.campaigns.till.pricing import clock, till
from tests.flows import erased
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
BORN = dt.date(1984, NOW.month, NOW.day)
POINTS = {"kind": "points", "book": "club", "amount": 50, "worth": 50}


@pytest.fixture
def cashier(nodes, monkeypatch):
    clock(monkeypatch, NOW)
    pos = factories.channel(organization=nodes["g"], code="pos", kind="pos")
    return till(pos, organization=nodes["g"])


@pytest.fixture
def buyer(cashier, nodes):
    """Sales of every state, with what hangs on them; an offer that asks for the birthday."""
    account = factories.account(channel=factories.channel(organization=nodes["s1"], code="app"))
    MemberProfile.objects.create(member=account.member, name="Mei Ling", birth_date=BORN, account_count=1)
    purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    birthday = off(birthday="day") | {"execution": "add", "form": POINTS}
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(), birthday))
    coupon = vouchers.claim(
        vouchers.template(
            organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000) | {"limits": {"stack": 2}}
        ),
        account,
    )
    card = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    purses.earn(account, card, 500)
    whose = {"oneid": account.member.oneid}
    selling.put(cashier, "300.00", number="OPEN", **whose)
    selling.hold(cashier, "300.00", number="HELD", **whose)
    selling.hold(cashier, "300.00", number="GONE", **whose)
    cashier.post(selling.address("cancel", number="GONE"), {"key": "x"})
    selling.sell(cashier, "300.00", "40.00", number="N1", cash="280.00", coupons=[coupon.code], **whose)
    returns.taken(cashier, {2: "1"}, order="N1")
    allowed = {"key": "a1", "store": "s1", "oneid": whose["oneid"], "book": "card", "amount": "100", "until": (NOW + dt.timedelta(hours=8)).isoformat()}  # fmt: skip
    answer = cashier.post("/api/v1/pos/allowances", allowed)
    assert answer.status_code == 200, answer.content
    return account.member


def forget(member) -> None:
    asked = erasure.request(member=member, reason="asked for it", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)


def test_nothing_of_an_erased_buyer_is_left_at_tills(buyer):
    words = [*erased.words(buyer), "Mei Ling", str(BORN)]
    assert any(line.startswith("campaigns_tillorder.asked") for line in erased.everywhere(words))
    rows = (TillOrder.objects, OfferUse.objects, Reward.objects, TillOperation.objects, TillReturn.objects)
    before = [each.count() for each in rows]

    forget(buyer)

    assert erased.everywhere(words) == []
    assert [each.count() for each in rows] == before


def test_a_sale_of_nobody_is_still_proved_and_taken_back(buyer, cashier, client, nodes, capsys):
    forget(buyer)

    call_command("prove_order", "N1", store="s1")
    assert returns.taken(cashier, {1: "1"}, order="N1", number="R2", key="r2")
    client.force_login(factories.staff(superuser=True))
    shown = client.get(f"/admin/campaigns/tillorder/{TillOrder.objects.get(number='N1').pk}/change/")
    assert shown.status_code == 200
    assert buyer.oneid not in shown.content.decode()
    kept = client.get(f"/admin/campaigns/tillorder/{TillOrder.objects.get(number='OPEN').pk}/change/")
    assert "Nothing is kept of it" in kept.content.decode()


def test_what_a_till_was_answered_names_nobody(buyer):
    answers = "".join(TillOperation.objects.exclude(verb="allow").values_list("answer", flat=True))
    assert answers
    assert buyer.oneid not in answers


def test_the_copy_holds_what_tills_sold_and_offers_gave(buyer, nodes):
    told = json.loads(copies.as_json(copies.make(member=buyer, now=NOW)))["rooms"]["campaigns"]
    assert [row["number"] for row in told["sales at tills"]] == ["OPEN", "HELD", "GONE", "N1"]
    assert {row["offer"] for row in told["offers used"]} == {"SUMMER-1", "coupon:TEN", "SUMMER-2"}
    assert {row["offer"] for row in told["rewards"]} == {"SUMMER-2"}
    assert [row["number"] for row in told["returns at tills"]] == ["R1"]
    assert [row["template__code"] for row in told["coupons"]] == ["TEN"]
    assert [row["key"] for row in told["allowances"]] == ["a1"]
    other = factories.account(channel=factories.channel(organization=nodes["b2"]))
    told = json.loads(copies.as_json(copies.make(member=other.member, now=NOW)))["rooms"]["campaigns"]
    assert not any(told.values())
