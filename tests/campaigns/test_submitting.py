"""What is looked at before somebody is asked to approve: what can never apply is not submitted, the rest is told to the approver."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns.actions import activities, coupon_templates
from campaigns.offers import telling
from campaigns.queries import live, sold
from config import roles
from members.models import AccessRecord, OrderLine
from tests import factories, statements
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import NOW, author, off
from tests.members.ledger import purses

DAY = offering.DAY


@pytest.fixture
def till_at():
    return "g"


def submitted(nodes, *offers: dict):
    version = offering.drafted(organization=nodes["b1"], code="SUMMER", offers=offers)
    activities.submit(version=version, by=author(), now=NOW)
    return version


def kept() -> dict:
    return AccessRecord.objects.get(action="activity.submitted").details


UNREACHABLE = [
    ({"ends": "2026-01-15T20:00:00"}, "SUMMER-1, trigger.ends: It can't apply any more: its window is over"),
    (
        {"starts": "2026-01-20T00:00:00", "ends": "2026-01-21T00:00:00", "recurrence": {"weekdays": [1]}},
        "SUMMER-1, trigger.recurrence: It can't apply",
    ),
    (
        {"goods": {"skus": ["A"], "except_skus": ["A"]}},
        "SUMMER-1, trigger.goods: It can't apply: no goods are what it asks for. Name goods that there are",
    ),
    (
        {"goods": {"skus": ["A", "B"]}, "threshold": {"of": "kinds", "least": 3}},
        "SUMMER-1, trigger.threshold: It can't apply: it asks for 3 kinds, and its goods are 2. Ask for fewer kinds",
    ),
    ({"coupon": "NONE"}, "SUMMER-1, trigger.coupon: There is no coupon template NONE. Name a template"),
]


@pytest.mark.parametrize(("trigger", "said"), UNREACHABLE)
def test_what_can_never_apply_is_not_submitted(nodes, trigger, said):
    version = offering.drafted(
        organization=nodes["b1"], code="SUMMER", offers=(off() | {"trigger": trigger},)
    )
    with pytest.raises(activities.Refused) as refused:
        activities.submit(version=version, by=author(), now=NOW)
    assert said in str(refused.value)
    version.refresh_from_db()
    assert (version.state, version.submitted_by) == ("draft", None)
    assert not AccessRecord.objects.filter(action="activity.submitted").exists()


def test_a_template_that_there_is_is_no_fault(nodes):
    vouchers.drafted(organization=nodes["g"], code="T1")
    assert submitted(nodes, off(coupon="T1"))
    assert kept() == {"activity": "SUMMER", "version": 1}


def test_what_else_was_found_is_kept_and_shown_to_the_approver(client, nodes, pos):
    account = factories.account(channel=pos)
    factories.order(account=account, organization=nodes["s1"], amount="40.00", sku="A1")
    version = submitted(nodes, off(threshold=0, amount=5_000), off(threshold=10_000_000, amount=5_000))
    assert kept()["found"] == [
        {"offer": "SUMMER-1", "place": "form", "kind": "for_nothing", "level": "warning"},
    ]
    roles.create()
    client.force_login(factories.staff(organization=nodes["b1"], role="marketer"))
    page = client.get(reverse("admin:campaigns_activity_change", args=[version.activity_id])).content.decode()
    assert "A basket of 1 × A1 for 40.00 costs nothing" in page


def test_goods_that_were_never_sold_are_no_fault(nodes, pos):
    factories.order(account=factories.account(channel=pos), organization=nodes["s1"], sku="A1")
    submitted(nodes, off(goods={"skus": ["NEW"]}), off(goods={"brands": ["B"]}))
    assert kept() == {"activity": "SUMMER", "version": 1}


def test_articles_have_the_price_at_which_they_were_sold_last(nodes, pos):
    account = factories.account(channel=pos)
    for days, price in ((3, "30.00"), (1, "29.00"), (2, "31.00")):
        factories.order(
            account=account,
            organization=nodes["s1"],
            at=NOW - days * DAY,
            amount=price,
            sku="A1",
            category="c",
        )
    foreign = factories.order(account=account, organization=nodes["s3"], amount="7.00", sku="A2")
    type(foreign).objects.filter(pk=foreign.pk).update(currency="USD")
    factories.order(account=account, organization=nodes["s4"], amount="8.00", sku="A3")
    OrderLine.objects.create(order=foreign, line=2, sku="A4", quantity=1, unit_price=1, amount=1)
    told = sold.lately(node=nodes["b1"], currency="CNY")
    assert [(line.sku, line.category, line.unit_price, line.cost) for line in told] == [
        ("A1", "c", 2_900, None)
    ]


def test_the_list_takes_one_statement_and_the_places_of_its_node(nodes, pos):
    account = factories.account(channel=pos)
    for store in ("s1", "s2", "s3", "s4"):
        factories.order(account=account, organization=nodes[store], sku=store)
    with statements.counted() as asked:
        told = sold.lately(node=nodes["b1"], currency="CNY")
    assert [line.sku for line in told] == ["s1", "s2", "s3"]
    assert len(asked) == 2


def test_points_are_told_in_the_scale_of_their_book(nodes):
    purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=2)
    given = off() | {
        "execution": "add",
        "form": {"kind": "points", "book": "club", "amount": 5_000, "worth": 50},
    }
    offering.published(organization=nodes["b1"], code="SUMMER", offers=(given,))
    (offer,) = live.rules(store=nodes["s1"], at=NOW + dt.timedelta(minutes=1)).offers
    assert offer.form.digits == 2
    assert telling.offer(offer) == "50.00 club from 300.00 on; counted as worth 0.50; in CNY"


def test_points_of_a_book_of_whole_points_are_told_as_ever(nodes):
    purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    form = {"kind": "points", "book": "club", "amount": 50, "worth": 50}
    version = offering.drafted(organization=nodes["b1"], offers=(off() | {"execution": "add", "form": form},))
    assert version.offers.get().form == form


PACKET = {"kind": "packet", "least": 100, "most": 200}


def gives(form: dict, **more) -> dict:
    return off() | {"execution": "add", "form": form, **more}


@pytest.mark.parametrize("form", [PACKET, {"kind": "cash", "amount": 100}])
@pytest.mark.parametrize(
    "other",
    [
        None,
        {"code": "yen", "unit": "JPY", "scale": 0},
        {"code": "yuan", "unit": "CNY", "scale": 0},
        {"code": "card", "unit": "CNY", "scale": 2, "kind": "stored_value_principal"},
        {"code": "closed", "unit": "CNY", "scale": 2, "closed_at": NOW},
    ],
)
def test_a_red_packet_needs_a_book_to_go_into(nodes, form, other):
    if other:
        told = {"organization": nodes["g"], "kind": "red_packet", **other}
        purses.book(**told)
    with pytest.raises(activities.Refused) as refused:
        submitted(nodes, gives(form))
    assert str(refused.value) == (
        f"Offer 1, form: it gives a red packet in CNY, and for “{nodes['b1'].name}” there is no open book that it could go"
        " into. Make a book of red packets in CNY with 2 digits there or above, and submit it again."
    )


def test_a_book_for_other_stores_is_none(nodes):
    purses.book(code="red", organization=nodes["b2"], kind="red_packet", unit="CNY", scale=2)
    with pytest.raises(activities.Refused, match="there is no open book that it could go into"):
        submitted(nodes, gives(PACKET))


@pytest.mark.parametrize("place", ["g", "b1", "s1"])
def test_its_book_stands_there_above_or_for_some_of_its_stores(nodes, place):
    purses.book(code="red", organization=nodes[place], kind="red_packet", unit="CNY", scale=2)
    assert submitted(nodes, gives(PACKET))


def test_a_coupon_that_gives_a_red_packet_needs_a_book_too(nodes):
    with pytest.raises(coupon_templates.Refused, match="there is no open book that it could go into"):
        vouchers.template(organization=nodes["g"], code="T1", **gives(PACKET))
