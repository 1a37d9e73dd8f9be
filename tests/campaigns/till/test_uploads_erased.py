"""A person who asks to be forgotten is forgotten in bundles, allowances and uploads too; a sound sale can be proved."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from campaigns.actions.till import retrying
from campaigns.models import SpendAllowance, TillBundle, UploadedItem
from campaigns.privacy import PERIODS
from config import privacy
from members.actions import erasure, points, retention
from members.models import Order, oneid
from tests import factories
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline
from tests.campaigns.till.offline import back, fetched, line, sale, states, upload
from tests.campaigns.till.pricing import clock, till
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def cashier(pos, nodes, monkeypatch):
    clock(monkeypatch, NOW)
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))
    return till(pos, organization=nodes["s1"])


def allowed(cashier, account, key: str) -> None:
    until = (NOW + DAY).isoformat()
    body = {"key": key, "oneid": account.member.oneid, "book": "card", "amount": "10.00", "until": until}
    assert cashier.post("/api/v1/pos/allowances", body).status_code == 200


def test_who_is_erased_is_told_of_no_more(cashier, nodes, pos):
    privacy.hang_up_all()
    gone, other = accounts = [factories.account(channel=pos) for _each in range(2)]
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    for number, each in enumerate(accounts):
        points.earn(account=each, book=book, amount=100, key=f"top-up {number}", now=NOW)
        allowed(cashier, each, f"A{number}")
    bundle, oneid = fetched(cashier), gone.member.oneid
    waits = back("N9", cashier=oneid)
    wrong = offline.raw(sale(bundle, oneid=oneid), digest="x")
    assert states(cashier, waits, wrong) == ["waiting", "refused"]
    erasure.carry_out(
        erasure=erasure.request(member=gone.member, reason="in writing, case 17", now=NOW, door="command"), now=NOW
    )  # fmt: skip
    facts = TillBundle.objects.get().facts
    assert oneid not in facts
    assert other.member.oneid in facts
    assert oneid not in SpendAllowance.objects.get(key="A0").told
    assert [(each.body, each.state) for each in UploadedItem.objects.all()] == [("erased", "refused")] * 2
    assert {each["code"] for each in upload(cashier, waits, wrong)} == {"erased"}
    assert not Order.objects.exists()
    assert [each.oneid for each in fetched(cashier).allowances] == [other.member.oneid]


def test_what_was_set_aside_is_forgotten_however_the_oneid_is_written(cashier, nodes, pos):
    privacy.hang_up_all()
    gone, other = (factories.account(channel=pos) for _each in range(2))
    bundle = fetched(cashier)
    spoken = oneid.grouped(gone.member.oneid).lower().replace("0", "o").replace("1", "l")
    upload(
        cashier,
        offline.raw(sale(bundle, oneid=spoken), digest="x"),
        offline.raw(sale(bundle, order="N2", oneid=other.member.oneid), digest="x"),
        {"key": "odd", "note": f"of {gone.member.oneid}"},
    )
    for item in UploadedItem.objects.all():
        reason = f"booked for {gone.member.oneid}" if item.key == "odd" else "booked by hand"
        retrying.set_aside(item=item, reason=reason, by=factories.staff(), now=NOW)
    erasure.carry_out(
        erasure=erasure.request(member=gone.member, reason="in writing, case 18", now=NOW, door="command"), now=NOW
    )  # fmt: skip
    mine, others, odd = UploadedItem.objects.order_by("id")
    assert (mine.body, mine.says, mine.state, mine.reason) == (
        "erased",
        "erased",
        "set_aside",
        "booked by hand",
    )
    assert (odd.body, odd.reason, odd.set_aside_by is not None) == ("erased", "erased", True)
    assert (others.reason, other.member.oneid in others.body) == ("booked by hand", True)
    with pytest.raises(IntegrityError), transaction.atomic():
        UploadedItem.objects.filter(pk=others.pk).update(body="")


def test_bundles_are_forgotten_after_their_time(cashier):
    fetched(cashier)
    for days, left in ((400, 1), (402, 0)):
        retention.carry_out(periods=PERIODS, clock=lambda days=days: NOW + days * DAY)
        assert TillBundle.objects.count() == left


def test_what_was_sold_without_a_line_can_be_proved(cashier, capsys):
    bundle = fetched(cashier)
    assert (
        states(cashier, sale(bundle, line(price=31_234), line(2, 5_555, 3)), sale(None, order="N2"))
        == ["accepted"] * 2
    )
    for number in ("N1", "N2"):
        call_command("prove_order", number)
        assert "holds" in capsys.readouterr().out
