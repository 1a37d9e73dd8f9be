"""Stored value and gift cards through the API of a till."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from members.models import AccessRecord, Event, GiftCard, Member, Posting, Purse
from tests import factories
from tests.api import callers
from tests.members.ledger.purses import book, merge

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
WRONG = "0" * 17


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos-s1", kind="pos")


@pytest.fixture
def till(pos):
    return callers.client(channel=pos, scopes="value")


@pytest.fixture
def wang(pos):
    return callers.person(channel=pos, name="王小明")


@pytest.fixture
def li(pos):
    return callers.person(channel=pos, name="Li")


@pytest.fixture
def purse(nodes):
    money = {"unit": "CNY", "scale": 2, "organization": nodes["b1"]}
    return Purse.objects.create(
        organization=nodes["b1"], code="card", name="Harbour card", pay_out_limit=250,
        principal=book(code="principal", kind="stored_value_principal", **money),
        bonus=book(code="bonus", kind="stored_value_bonus", **money),
    )  # fmt: skip


@pytest.fixture
def gift(nodes):
    return book(code="gift", kind="gift_card", unit="CNY", scale=2, organization=nodes["b1"])


def of(member, verb):
    return f"{V1}/members/{member.oneid}/purses/card/{verb}"


def issue(till, **more):
    return till.post(f"{V1}/gift-cards", {"key": "I", "book": "gift", "amount": "200.00"} | more)


def ask(till, verb, **given):
    return till.post(f"{V1}/gift-cards/{verb}", given)


@pytest.mark.requirement("MEM-044")
def test_top_up_pay_and_refund(till, wang, purse):
    first = till.post(of(wang, "top-up"), {"key": "1", "principal": "500.00"})
    assert (first.status_code, first.json()) == (
        200,
        {"principal": "500.00", "bonus": None, "balance": "500.00"},
    )
    assert till.post(of(wang, "spend"), {"key": "2", "amount": "120"}).data["balance"] == "380.00"
    back = till.post(f"{V1}/purses/card/refund", {"key": "3", "key_of_spend": "2", "amount": "20"})
    assert back.data["balance"] == "400.00"
    assert Posting.objects.filter(key="till:pos-s1:2:principal").get().amount == -12000
    assert set(AccessRecord.objects.values_list("action", "field")) == {("value", "card")}


def test_what_was_paid_in_is_paid_out_with_its_share_of_the_bonus(till, wang, purse):
    till.post(of(wang, "top-up"), {"key": "1", "principal": "300", "bonus": "60"})
    asked = {"key": "2", "amount": "100.00"}
    first, again = (till.post(of(wang, "pay-out"), asked) for _ in range(2))
    told = {"principal": "-100.00", "bonus": "-20.00", "balance": "240.00"}
    assert (first.status_code, first.json(), again.json()) == (200, told, told)
    assert AccessRecord.objects.order_by("id").last().details["verb"] == "pay_out"
    less = till.post(of(wang, "pay-out"), {"key": "3", "amount": "201"})
    assert (less.status_code, less.json()["available"]) == (409, "200.00")
    assert till.post(of(wang, "pay-out"), {"key": "3", "amount": "100", "bonus": "1"}).status_code == 400


def test_what_a_purse_refuses_is_said_with_its_code(till, wang, purse, nodes):
    till.post(of(wang, "top-up"), {"key": "1", "principal": "100", "bonus": "10"})
    short = till.post(of(wang, "spend"), {"key": "2", "amount": "120"})
    assert (short.status_code, short.json()["type"], short.json()["available"]) == (
        409, "urn:ninefold:problem:not-enough", "110.00",
    )  # fmt: skip
    reused = till.post(of(wang, "top-up"), {"key": "1", "principal": "101"})
    assert (reused.status_code, reused.json()["type"]) == (422, "urn:ninefold:problem:key-reused")
    assert till.post(of(wang, "spend"), {"key": "3", "amount": "0"}).status_code == 422
    assert till.post(of(wang, "spend"), {"key": "4", "amount": "1", "organization": "s4"}).status_code == 400
    assert till.post(f"{V1}/purses/card/refund", {"key": "5", "key_of_spend": "x"}).status_code == 404
    assert (
        till.post(of(wang, "spend").replace("card/", "none/"), {"key": "6", "amount": "1"}).status_code == 404
    )
    Purse.objects.update(organization=nodes["s2"])
    purse.refresh_from_db()
    assert till.post(of(wang, "spend"), {"key": "7", "amount": "1"}).status_code == 404


def test_a_card_of_a_store_is_not_used_at_its_brand(wang, purse, nodes, pos):
    Purse.objects.update(organization=nodes["s1"])
    brand = callers.client(channel=pos, scopes="value", organization=nodes["b1"])
    refused = brand.post(of(wang, "top-up"), {"key": "1", "principal": "1"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:ninefold:problem:elsewhere")
    told = {"key": "1", "principal": "1", "organization": "s1"}
    assert brand.post(of(wang, "top-up"), told).status_code == 200


def test_the_refund_of_another_channels_payment_is_unknown(till, wang, purse, nodes):
    till.post(of(wang, "top-up"), {"key": "1", "principal": "100"})
    till.post(of(wang, "spend"), {"key": "2", "amount": "10"})
    other = callers.client(channel=factories.channel(organization=nodes["s1"]), scopes="value")
    assert other.post(f"{V1}/purses/card/refund", {"key": "3", "key_of_spend": "2"}).status_code == 404


@pytest.mark.requirement("MEM-045")
def test_a_card_goes_from_giver_to_receiver(till, wang, li, gift):
    old = issue(till, oneid=wang.oneid).data["code"]
    given = ask(till, "give", code=old, oneid=wang.oneid, to=li.oneid)
    assert (given.status_code, given.data["state"]) == (200, "given")
    new = given.data["code"]
    active = ask(till, "activate", code=new.lower().replace("-", " "), oneid=li.oneid, key="A")
    assert (active.data["state"], active.data["left"]) == ("active", "200.00")
    refused = ask(till, "activate", code=old, oneid=wang.oneid, key="B")
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:ninefold:problem:unknown-code")
    paid = ask(till, "spend", code=new, amount="150", key="S")
    assert (Decimal(paid.data["amount"]), paid.data["left"]) == (-150, "50.00")
    assert ask(till, "look", code=new).data["left"] == "50.00"
    for member in (wang, li):
        names = Event.objects.filter(account__member=member).values_list("name", flat=True)
        assert "gift_card.activated" in names


def test_a_retired_oneid_names_the_current_one(till, wang, li, gift):
    code = issue(till).data["code"]
    merge(wang.accounts.get(), li.accounts.get())
    Member.objects.filter(pk=li.pk).update(retired_at=factories.NOW)
    refused = ask(till, "activate", code=code, oneid=li.oneid, key="A")
    assert (refused.status_code, refused.json()["errors"][0]["place"]) == (400, "oneid")
    assert wang.oneid in refused.json()["errors"][0]["message"]


def test_a_code_is_shown_once(till, gift):
    first = issue(till)
    assert (first.status_code, len(first.data["code"])) == (201, 21)
    again = issue(till)
    assert (again.data["code"], again.data["number"]) == ("", first.data["number"])
    assert GiftCard.objects.count() == 1
    assert first.data["code"] not in str(list(AccessRecord.objects.values()))


def test_what_a_gift_card_refuses_is_said_with_its_code(till, wang, li, gift):
    code = issue(till).data["code"]
    assert (
        ask(till, "spend", code=code, amount="1", key="S").json()["type"] == "urn:ninefold:problem:not-active"
    )
    gone = ask(till, "give", code=code, oneid=wang.oneid).data["code"]
    own = ask(till, "activate", code=gone, oneid=wang.oneid, key="A")
    assert (own.status_code, own.json()["type"]) == (409, "urn:ninefold:problem:not-yours")
    assert ask(till, "activate", code=gone, oneid=li.oneid, key="A").status_code == 200
    again = ask(till, "activate", code=gone, oneid=li.oneid, key="B")
    assert (again.status_code, again.json()["type"]) == (409, "urn:ninefold:problem:already-active")
    assert ask(till, "spend", code=gone, amount="201", key="S").json()["available"] == "200.00"
    assert issue(till, key="J", book="nothing").status_code == 404
    assert issue(till, key="J", amount="0").status_code == 422


def test_the_21st_code_of_a_guesser_is_429_whatever_it_is(till, gift, wang, pos):
    code = issue(till).data["code"]
    for number in range(20):
        assert ask(till, "look", code=WRONG).status_code == 404
        if number == 9:
            assert ask(till, "look", code=code).status_code == 200
    held = [
        ask(till, "look", code=code), ask(till, "look", code=WRONG), ask(till, "spend", code=code, amount="1", key="S"),
        ask(till, "give", code=code, oneid=wang.oneid), ask(till, "activate", code=code, oneid=wang.oneid, key="A"),
    ]  # fmt: skip
    assert [each.status_code for each in held] == [429] * 5
    assert held[0]["Retry-After"] == "600"
    assert AccessRecord.objects.filter(action="code").count() == 20
    assert GiftCard.objects.get().state == "issued"
    other = callers.client(channel=pos, scopes="value")
    assert ask(other, "look", code=code).status_code == 200


def test_a_guesser_with_many_keys_is_held_back_by_address(gift, pos, settings):
    settings.WRONG_CODES, settings.WRONG_CODES_OF_ADDRESS = 3, 5
    code = issue(callers.client(channel=pos, scopes="value")).data["code"]

    def looked(address):
        return ask_from(callers.client(channel=pos, scopes="value"), address, WRONG).status_code

    assert [looked("10.0.0.1") for _ in range(7)] == [404] * 5 + [429] * 2
    assert ask_from(callers.client(channel=pos, scopes="value"), "10.0.0.1", code).status_code == 429
    assert ask_from(callers.client(channel=pos, scopes="value"), "10.0.0.2", code).status_code == 200


def ask_from(caller, address, code):
    return caller.post(
        f"{V1}/gift-cards/look",
        {"code": code},
        REMOTE_ADDR=address,
        HTTP_X_FORWARDED_FOR=f"1.2.3.{len(code)}",
    )


def test_an_answer_that_was_lost_comes_again_with_its_new_code(till, wang, li, gift):
    old = issue(till, oneid=wang.oneid).data["code"]
    first, again = (ask(till, "give", code=old, oneid=wang.oneid, to=li.oneid) for _ in range(2))
    assert again.data == first.data
    assert ask(till, "give", code=old, oneid=li.oneid, to=wang.oneid).status_code == 404


def test_value_takes_its_scope(pos, wang, purse, gift):
    others = callers.client(channel=pos, scopes="query browse edit ingest")
    assert others.post(of(wang, "top-up"), {"key": "1", "principal": "1"}).status_code == 403
    assert issue(others).status_code == 403
    assert ask(others, "look", code=WRONG).status_code == 403


@pytest.mark.requirement("MEM-049")
def test_balance_400_and_a_gift_card_given_stand_in_the_document(till, wang, li, purse, gift, pos, nodes):
    till.post(of(wang, "top-up"), {"key": "1", "principal": "400"})
    code = issue(till, oneid=wang.oneid).data["code"]
    ask(till, "give", code=code, oneid=wang.oneid, to=li.oneid)
    query = callers.client(channel=pos, scopes="query")
    held = query.get(f"{V1}/members/{wang.oneid}/360").json()
    assert [(each["code"], each["balance"]) for each in held["purses"]] == [("card", "400.00")]
    assert [(each["state"], each["part"], each["left"]) for each in held["gift_cards"]] == [
        ("given", "given", "0.00")
    ]
    [theirs] = query.get(f"{V1}/members/{li.oneid}/360").json()["gift_cards"]
    assert (theirs["part"], theirs["left"]) == ("received", "200.00")
    Purse.objects.update(organization=nodes["b2"])
    assert query.get(f"{V1}/members/{wang.oneid}/360").json()["purses"] == []
