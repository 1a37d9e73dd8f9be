"""One customer online and at the till, for the headquarters and for a store."""

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import books, points
from members.models import Account, Channel, oneid
from tests import factories
from tests.api import callers
from tests.identity import company
from tests.members.people import LIST, PEOPLE, page

pytestmark = pytest.mark.django_db
PHONE = "138 1234 1234"


@pytest.fixture
def nodes():
    return company.build()


@pytest.fixture
def book(nodes):
    return books.create(organization=nodes["g"], code="points", name="Points", kind="points", unit="points")


def key(code, scopes, node=None):
    return callers.client(channel=Channel.objects.get(code=code), scopes=scopes, organization=node)


@pytest.mark.requirement("MEM-003")
def test_what_the_mall_gave_the_till_shows_and_spends_and_what_the_till_sold_the_mall_lists(nodes, book):
    mall, till = key("mall", "ingest query value"), key("pos", "ingest query value")
    told = [company.account("m-1", channel="mall", phone=PHONE)]
    assert mall.post("/api/v1/records", told).status_code == 200
    assert (
        till.post("/api/v1/records", [company.account("card-1", channel="pos", phone=PHONE)]).status_code
        == 200
    )
    online = Account.objects.get(external_id="m-1")
    address = f"/api/v1/members/{online.member.oneid}/value"
    earned = mall.post(f"{address}/earn", {"book": "points", "amount": "100", "key": "review-1"})
    assert (earned.status_code, earned.data["amount"]) == (200, "100")

    seen = till.post("/api/v1/pos/customer", {"phone": PHONE}).json()
    assert (seen["oneid"], seen["balances"][0]["available"]) == (online.member.oneid, "100")

    spent = till.post(f"{address}/spend", {"book": "points", "amount": "100", "key": "receipt-1"})
    assert (spent.status_code, spent.data["amount"]) == (200, "-100")
    assert till.post("/api/v1/pos/customer", {"phone": PHONE}).json()["balances"][0]["available"] == "0"
    assert mall.post("/api/v1/pos/customer", {"phone": PHONE}).json()["balances"][0]["available"] == "0"

    sold = [company.order("R1", "card-1", channel="pos", amount="59.00")]
    assert till.post("/api/v1/records", sold).status_code == 200
    brand = key("mall", "query", nodes["b1"])
    listed = brand.get(f"/api/v1/members/{seen['oneid']}/orders").json()["results"]
    assert [(row["channel"], row["external_id"]) for row in listed] == [("pos", "R1")]


@pytest.mark.requirement("MEM-004")
def test_headquarters_see_everybody_a_store_its_own_and_both_the_same_balance(client, nodes, book):
    company.accept(
        company.account("card-1", channel="pos", phone=PHONE), company.account("card-2", channel="pos2")
    )
    mine, other = (Account.objects.get(external_id=name).member for name in ("card-1", "card-2"))
    points.earn(account=mine.accounts.get(), book=book, amount=70, key="a", now=timezone.now())
    till, headquarters = key("pos", "browse query"), key("pos", "browse query", nodes["g"])

    def listed(caller):
        return {row["oneid"] for row in caller.get("/api/v1/members").json()["results"]}

    assert listed(headquarters) == {mine.oneid, other.oneid}
    assert listed(till) == {mine.oneid}
    balances = [
        caller.get(f"/api/v1/members/{mine.oneid}/balances").json() for caller in (till, headquarters)
    ]
    assert balances[0] == balances[1]
    assert balances[0][0]["available"] == "70"

    for node, known in (("g", {mine, other}), ("s1", {mine})):
        client.force_login(factories.staff(organization=nodes[node], permissions=PEOPLE))
        shown = client.get(reverse(LIST)).content.decode()
        assert {each for each in (mine, other) if oneid.grouped(each.oneid) in shown} == known
        assert ">70</span> points" in client.get(page(mine, "value")).content.decode()
