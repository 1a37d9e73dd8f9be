"""Pay-outs above a card's limit: asked for by one, agreed to by another, paid out once."""

from decimal import Decimal

import pytest
from django.urls import reverse

from members.actions import adjustments, pay_outs, points, purses
from members.ledger import amounts
from members.models import Adjustment, Posting, Purse
from tests import factories, pages
from tests.api import callers
from tests.connections import at_once
from tests.members.breaking import refused
from tests.members.ledger.purses import NOW, book, key

DESK = "members.view_member members.view_adjustment members.pay_out_purse"
State = Adjustment.State


@pytest.fixture
def card(nodes):
    money = {"unit": "CNY", "scale": 2, "organization": nodes["b1"]}
    return Purse.objects.create(
        organization=nodes["b1"], code="harbour", name="Harbour card", pay_out_limit=100,
        principal=book(code="paid-in", kind="stored_value_principal", **money),
        bonus=book(code="on-top", kind="stored_value_bonus", **money),
    )  # fmt: skip


@pytest.fixture
def wang(nodes, card):
    account = factories.account(channel=factories.channel(organization=nodes["s1"], code="pos-s1"))
    given = {"account": account, "purse": card, "organization": nodes["s1"], "now": NOW}
    purses.top_up(**given, principal=300, bonus=60, key="first")
    return account


def ask(account, card, amount, **more):
    given = {"account": account, "purse": card, "amount": amount, "reason": "moves abroad", "key": key(),
             "organization": account.organization, "now": NOW}  # fmt: skip
    return pay_outs.ask(**given | more)


def left(card):
    return [each.wallets.exclude(account=None).get().balance for each in (card.principal, card.bonus)]


@pytest.mark.django_db
def test_up_to_the_limit_one_person_pays_out_and_above_it_two_do(wang, card):
    clerk, manager = factories.staff(), factories.staff()
    assert ask(wang, card, 100, by=clerk).principal.amount == -100
    waits = ask(wang, card, Decimal("100.01"), by=clerk)
    assert (waits.state, waits.amount, waits.purse, waits.organization) == (
        "asked",
        -10001,
        card,
        wang.organization,
    )
    assert left(card) == [20000, 4000]
    with pytest.raises(adjustments.AloneRefused):
        adjustments.agree(adjustment=waits, by=clerk, now=NOW)
    first, again = (adjustments.agree(adjustment=waits, by=manager, now=NOW) for _twice in range(2))
    assert first == again
    assert left(card) == [9999, 2000]
    waits.refresh_from_db()
    assert (waits.state, waits.decided_by, waits.posting_id) == ("done", manager, first.posting)
    posted = Posting.objects.get(pk=first.posting)
    assert (posted.verb, posted.amount, posted.by, posted.reason) == (
        "pay_out",
        -10001,
        clerk,
        "moves abroad",
    )


@pytest.mark.django_db
def test_without_a_limit_every_pay_out_waits(wang, card):
    Purse.objects.update(pay_out_limit=None)
    card.refresh_from_db()
    clerk = factories.staff()
    waits = ask(wang, card, Decimal("0.01"), by=clerk)
    assert waits == ask(wang, card, Decimal("0.01"), by=clerk)
    assert Adjustment.objects.count() == 1
    assert left(card) == [30000, 6000]
    adjustments.refuse(adjustment=waits, by=factories.staff(), now=NOW)
    with pytest.raises(adjustments.Decided):
        adjustments.agree(adjustment=waits, by=factories.staff(), now=NOW)
    assert left(card) == [30000, 6000]


@pytest.mark.django_db
def test_what_the_key_paid_is_told_again_though_the_limit_is_lower_now(wang, card):
    clerk = factories.staff()
    first = ask(wang, card, 100, by=clerk, key="k")
    Purse.objects.update(pay_out_limit=1)
    card.refresh_from_db()
    assert ask(wang, card, 100, by=clerk, key="k") == first


@pytest.mark.django_db
def test_what_cannot_be_asked_for_is_refused_at_once(wang, card, nodes):
    clerk = factories.staff()
    for wrong in (-500, 0, Decimal("200.001")):
        with pytest.raises(amounts.Unfit):
            ask(wang, card, wrong, by=clerk)
    with pytest.raises(amounts.Unfit, match="why"):
        ask(wang, card, 200, by=clerk, reason=" ")
    with pytest.raises(purses.Elsewhere):
        ask(wang, card, 200, by=clerk, organization=nodes["b2"])
    assert not Adjustment.objects.exists()
    more = ask(wang, card, 301, by=clerk)
    with pytest.raises(points.NotEnough):
        adjustments.agree(adjustment=more, by=factories.staff(), now=NOW)
    more.refresh_from_db()
    assert more.state == State.ASKED


@pytest.mark.django_db
def test_the_database_takes_no_half_told_pay_out(wang, card):
    told = {
        "account": wang,
        "book": card.principal,
        "reason": "r",
        "asked_by": factories.staff(),
        "asked_at": NOW,
    }
    rule = "adjustment_pays_out_somewhere"
    for wrong in (
        {"amount": -1, "purse": card}, {"amount": -1, "organization": wang.organization},
        {"amount": 1, "purse": card, "organization": wang.organization},
    ):  # fmt: skip
        refused(lambda wrong=wrong: Adjustment.objects.create(**told | wrong), rule)
    refused(lambda: Purse.objects.update(pay_out_limit=-1), "purse_pay_out_limit")


@pytest.mark.django_db(transaction=True)
def test_two_managers_at_once_pay_it_out_once(wang, card):
    waits = ask(wang, card, 200, by=factories.staff())
    agree = [
        lambda by=by: adjustments.agree(adjustment=waits, by=by, now=NOW).posting
        for by in (factories.staff(), factories.staff())
    ]
    assert len(set(at_once(*agree))) == 1
    assert left(card) == [10000, 2000]
    assert Posting.objects.filter(verb="pay_out").count() == 2  # principal and bonus


@pytest.mark.django_db
def test_at_the_desk_it_waits_where_adjustments_wait(client, nodes, wang, card):
    clerk = factories.staff(organization=nodes["s1"], permissions=DESK)
    client.force_login(clerk)
    address = reverse("admin:members_purse_pay_out", args=[wang.member.oneid, "harbour"])
    sent = pages.fields(client.get(address)) | {"amount": ["250"], "reason": ["moves abroad"]}
    for _press in range(2):
        told = client.post(address, sent, follow=True).content.decode()
        assert "Harbour card, 250.00 CNY: waits for a second person. Do not pay yet." in told
    assert "Pay-out of Harbour card, −250.00 CNY" in told
    waits = Adjustment.objects.get()
    assert "−250.00 CNY waits for a second person already" in client.get(address).content.decode()
    page = reverse("admin:members_adjustment_change", args=[waits.pk])
    do = reverse("admin:members_adjustment_do", args=[waits.pk, "agree"])
    assert client.post(do).status_code == 403
    client.force_login(
        factories.staff(organization=nodes["b2"], permissions=f"{DESK} members.approve_adjustment")
    )
    assert client.get(page).status_code == 404
    client.force_login(
        factories.staff(organization=nodes["s1"], permissions=f"{DESK} members.approve_adjustment")
    )
    assert "Paid in, can be paid out now" in client.get(page).content.decode()
    assert "pay the customer 250.00 CNY" in client.post(do, follow=True).content.decode()
    assert left(card) == [5000, 1000]


@pytest.mark.django_db
def test_a_till_has_no_second_person(nodes, wang, card):
    till = callers.client(channel=wang.channel, scopes="value")
    address = f"/api/v1/members/{wang.member.oneid}/purses/harbour/pay-out"
    above = till.post(address, {"key": "1", "amount": "100.01"})
    assert (above.status_code, above.json()["type"]) == (409, "urn:ninefold:problem:second-person")
    assert "at most 100.00 at once" in above.json()["detail"]
    assert not Adjustment.objects.exists()
    paid = till.post(address, {"key": "1", "amount": "100"})
    assert (paid.status_code, paid.json()["principal"]) == (200, "-100.00")
