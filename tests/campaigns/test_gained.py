"""Coupons and offers of one member: in the 360 document, as a list, and whom it tells what."""

import pytest

from campaigns.actions import coupon_uses
from campaigns.api import gained as door
from campaigns.models import Coupon, OfferUse
from campaigns.queries import gained
from members.api import blocks
from tests import factories, statements
from tests.api import callers
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import basket
from tests.campaigns.till.returns import address, sell, taken
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
BLOCKS = door  # the document has what is imported


@pytest.fixture
def member(pos):
    return callers.person(channel=pos)


@pytest.fixture
def reader(pos, nodes):
    def of(node: str = "g"):
        return callers.client(channel=pos, scopes="query", organization=nodes[node])

    return of


@pytest.fixture
def summer(nodes):
    return offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))


def whole(reader, member) -> dict:
    return reader.get(f"/api/v1/members/{member.oneid}/360").json()


def used(reader, member, **asked) -> dict:
    answer = reader.get(f"/api/v1/members/{member.oneid}/offers", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def bought(cashier, member, number: str = "N1", **more) -> None:
    sell(cashier, "200.00", "100.00", pay="250.00", oneid=member.oneid, number=number, **more)


def test_the_document_tells_the_offers_that_he_used(cashier, member, reader, summer):
    bought(cashier, member)
    told = whole(reader(), member)["offers"]
    assert told == [
        {
            "offer": "SUMMER-1", "name": "5000 off", "activity": "SUMMER", "times": 1, "discount": "50.00", "currency": "CNY",
            "organization": "s1", "channel": "pos", "order": "N1", "used_at": NOW.isoformat().replace("+00:00", "Z"),
        }
    ]  # fmt: skip
    assert used(reader(), member) == {
        "results": [told[0] | {"used_at": "2026-01-15T20:00:00+08:00"}], "next": None,
    }  # fmt: skip


def test_what_came_back_whole_or_is_only_held_was_not_used(cashier, member, reader, summer):
    bought(cashier, member)
    taken(cashier, {1: "1"})
    assert len(used(reader(), member)["results"]) == 1
    taken(cashier, {2: "1"}, key="r2", number="R2")
    assert whole(reader(), member)["offers"] == used(reader(), member)["results"] == []
    held = {"key": "h2", "basket": basket("200.00", "100.00", oneid=member.oneid)}
    assert cashier.post(address("hold", number="N2"), held).status_code == 200
    assert OfferUse.objects.filter(returned_at=None).count() == 1
    assert used(reader(), member)["results"] == []


def test_only_the_stores_of_the_reader_and_all_accounts_of_the_person(cashier, pos, member, reader, summer):
    friend = factories.account(channel=pos)
    bought(cashier, member)
    bought(cashier, friend.member, "N2")
    assert [each["order"] for each in used(reader("d1"), member)["results"]] == ["N1"]
    assert [each["order"] for each in whole(reader("s1"), member)["offers"]] == ["N1"]
    purses.merge(member.accounts.get(), friend)
    member.refresh_from_db()
    one = friend.__class__.objects.get(pk=friend.pk).member
    assert [each["order"] for each in used(reader(), one)["results"]] == ["N2", "N1"]


def test_another_dealer_is_told_nothing_of_it(cashier, member, reader, nodes, summer):
    bought(cashier, member)
    there = factories.account(
        channel=factories.channel(organization=nodes["s3"], code="there"), organization=nodes["s3"],
        member=member,
    )  # fmt: skip
    dealer = callers.client(channel=there.channel, scopes="query", organization=nodes["s3"])
    assert used(dealer, member)["results"] == whole(dealer, member)["offers"] == []
    assert (
        dealer.get(f"/api/v1/members/{callers.person(channel=summer_of(member)).oneid}/offers").status_code
        == 404
    )


def summer_of(member):
    return member.accounts.order_by("id").first().channel


def test_pages_follow_one_another(cashier, member, reader, summer):
    for number in range(5):
        bought(cashier, member, f"N{number}")
    first = used(reader(), member, page_size=2)
    assert [each["order"] for each in first["results"]] == ["N4", "N3"]
    seen = reader().get(first["next"]).json()
    assert [each["order"] for each in seen["results"]] == ["N2", "N1"]
    assert [each["order"] for each in reader().get(seen["next"]).json()["results"]] == ["N0"]


def test_a_list_takes_as_many_statements_for_many_as_for_one(cashier, member, nodes, summer):
    def asked() -> int:
        with statements.counted() as counted:
            door.told(gained.uses(member=member, node=nodes["g"])[:20])
        return len(counted)

    bought(cashier, member)
    one = asked()
    for number in range(2, 6):
        bought(cashier, member, f"N{number}")
    assert asked() == one <= 3


def test_the_document_tells_coupons_without_their_codes(cashier, member, reader, nodes):
    template = vouchers.template(
        organization=nodes["b1"],
        code="TEN",
        per_person=None,
        **off(threshold=0, amount=1_000),
    )
    name = template.name
    kept, gone = (vouchers.claim(template, member.accounts.get()) for _each in range(2))
    sell(cashier, "200.00", pay="190.00", oneid=member.oneid, coupons=[gone.code])
    told = whole(reader(), member)
    assert [(each["code"], each["state"], each["used_at"]) for each in told["coupons"]] == [
        (f"••••••{gone.code[-4:]}", "redeemed", "s1"), (f"••••••{kept.code[-4:]}", "claimed", ""),
    ]  # fmt: skip
    assert {
        (each["template"], each["name"], each["kind"], each["organization"]) for each in told["coupons"]
    } == {("TEN", name, "consumption", "b1")}
    assert kept.code not in str(told)
    assert [(each["offer"], each["name"]) for each in told["offers"]] == [("coupon:TEN", name)]


def test_coupons_of_another_brand_and_where_they_were_used_stay_there(cashier, member, reader, nodes):
    group = vouchers.template(organization=nodes["g"], code="ALL", **off(threshold=0, amount=1_000))
    vouchers.claim(vouchers.template(organization=nodes["b1"], code="OURS"), member.accounts.get())
    code = vouchers.claim(group, member.accounts.get()).code
    sell(cashier, "200.00", pay="190.00", oneid=member.oneid, coupons=[code])
    there = factories.account(
        channel=factories.channel(organization=nodes["b2"], code="there"),
        organization=nodes["b2"],
        member=member,
    )
    other = callers.client(channel=there.channel, scopes="query", organization=nodes["b2"])
    assert [(each["template"], each["used_at"]) for each in whole(other, member)["coupons"]] == [("ALL", "")]
    assert [each["template"] for each in whole(reader("d1"), member)["coupons"]] == ["ALL", "OURS"]


def test_the_document_tells_the_latest_twenty_of_many(member, reader, nodes):
    template = vouchers.template(organization=nodes["g"], code="MANY", per_person=None)
    for _each in range(25):
        vouchers.claim(template, member.accounts.get())
    last = Coupon.objects.order_by("id").last()
    coupon_uses.hold(codes=[last.code], held_by="s1/N9", now=NOW, store=nodes["s1"], account=last.account)
    with statements.counted() as asked:
        told = blocks.document(member=member, node=nodes["g"], now=NOW)
    assert len(told["coupons"]) == 20
    assert told["coupons"][0]["state"] == "held"
    assert len(asked) <= 31
