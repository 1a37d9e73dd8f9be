"""Earning, spending, holding, converting and reversing by a channel's key."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from members.actions import points
from members.models import AccessRecord, Hold, Posting, Programme
from tests import factories
from tests.api import callers
from tests.members.ledger.purses import available, book
from tests.members.plans import published, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(nodes):
    return book(organization=nodes["b1"], worth=1)


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos")


@pytest.fixture
def wang(pos, ours):
    account = factories.account(channel=pos)
    points.earn(account=account, book=ours, amount=100, key="opening", now=factories.NOW)
    return account


@pytest.fixture
def till(pos):
    return callers.client(channel=pos, scopes="value")


def send(till, member, what, **body):
    return till.post(f"/api/v1/members/{member.oneid}/value/{what}", body, format="json")


def problem(answer) -> tuple:
    return answer.status_code, answer.data["type"].rpartition(":")[2]


def test_a_till_earns_and_spends_and_asks_again(till, wang, ours):
    earned = send(till, wang.member, "earn", book="points", amount="20", key="1")
    assert (earned.status_code, earned.data) == (
        200,
        {"verb": "earn", "book": "points", "amount": "20", "short": "0"},
    )
    spend = {"book": "points", "amount": "50", "unit": "points", "key": "2"}
    first, again = (send(till, wang.member, "spend", **spend) for _ in range(2))
    assert (first.data["amount"], again.data) == ("-50", first.data)
    assert available(wang, ours, at=timezone.now()) == 70
    assert till.get("/api/v1/value/movements/2").data == first.data
    assert till.get("/api/v1/value/movements/3").status_code == 404
    assert set(Posting.objects.exclude(key="opening").values_list("key", "reason")) == {
        ("till:pos:1", "till"),
        ("till:pos:2", "till"),
    }
    told = AccessRecord.objects.filter(action="value", member=wang.member).order_by("id")
    assert [(each.field, each.details["verb"]) for each in told] == [
        ("points", "earn"),
        ("points", "spend"),
        ("points", "spend"),
    ]


def test_what_is_refused_says_why_and_what_could_be_done(till, wang, ours, nodes):
    def spend(**body):
        return send(till, wang.member, "spend", **{"book": "points", "amount": "1", "key": "k"} | body)

    less = spend(amount="101")
    assert (problem(less), less.data["available"]) == ((409, "not-enough"), "100")
    wrong = spend(unit="CNY")
    assert problem(wrong) == (422, "wrong-unit")
    assert "points counts in points, and the amount was given in CNY" in wrong.data["detail"]
    assert problem(spend(amount="0.5")) == (422, "unfit")
    assert spend(amount="5").status_code == 200
    assert problem(spend(amount="6")) == (422, "key-reused")
    book(organization=nodes["b2"], code="elsewhere")
    assert spend(book="elsewhere", key="x").status_code == 404
    for body in (
        {"amount": 5},
        {"amount": "-5"},
        {"amount": "much"},
        {"amount": "1\n"},
        {"amount": "1e3"},
        {"more": 1},
        {"key": "a/b"},
        {"key": ""},
    ):
        assert spend(**body).status_code == 400
    ours.closed_at = timezone.now() - dt.timedelta(days=1)
    ours.save()
    closed = send(till, wang.member, "earn", book="points", amount="1", key="late")
    assert problem(closed) == (409, "closed")


@pytest.mark.parametrize(
    ("wrong", "place", "said"),
    [
        ({"amount": 20}, "amount", "a text of digits without a sign"),
        ({"amount": "-20"}, "amount", "a text of digits without a sign"),
        ({"amount": "1e3"}, "amount", "a text of digits without a sign"),
        ({"key": "K 1"}, "key", "letters, digits, points, colons"),
        ({"key": 1}, "key", "letters, digits, points, colons"),
        ({"order": {"amount": "1", "currency": "cny"}}, "order.currency", "three capital letters"),
        ({"order": {"amount": "1 yuan", "currency": "CNY"}}, "order.amount", "a text of digits"),
    ],
)
def test_what_is_no_amount_key_or_currency_is_told_in_words(till, wang, wrong, place, said):
    told = send(till, wang.member, "spend", **{"book": "points", "amount": "20", "key": "1"} | wrong).json()
    assert told["status"] == 400
    assert [(each["place"], said in each["message"]) for each in told["errors"]] == [(place, True)]


def test_the_same_hold_sent_again_gets_the_same_answer(till, wang, nodes):
    card = book(code="card", unit="CNY", scale=2, organization=nodes["b1"])
    points.earn(account=wang, book=card, amount=50, key="card", now=factories.NOW)
    until = timezone.now() + dt.timedelta(minutes=5)
    asked = {"parts": [{"book": "card", "amount": "20"}], "until": until.isoformat(), "key": "1"}
    first, again = (send(till, wang.member, "holds", **asked) for _ in range(2))
    assert first.json() == again.json()
    assert first.json()["receipts"][0]["short"] == "0.00"


def test_how_much_may_pay_is_asked_with_known_fields_only(pos, wang):
    asks = callers.client(channel=pos, scopes="query")
    address = f"/api/v1/members/{wang.member.oneid}/value/allowance"
    told = asks.get(address, {"book": "points", "amount": "9", "currency": "CNY", "unit": "CNY"})
    assert (told.status_code, told.json()["errors"][0]["place"]) == (400, "unit")
    told = asks.get(address, {"book": "nope", "amount": "9", "currency": "CNY"})
    assert problem(told) == (404, "unknown-book")
    assert "There is no book “nope”" in told.json()["detail"]


def test_a_hold_is_placed_and_committed_in_part_and_its_commit_reversed(till, wang, ours):
    until = (timezone.now() + dt.timedelta(minutes=10)).isoformat()
    parts = [{"book": "points", "amount": "60"}]
    placed = send(till, wang.member, "holds", parts=parts, until=until, key="h")
    assert (placed.data["key"], placed.data["state"]) == ("h", "open")
    assert send(till, wang.member, "holds", parts=parts, until=until, key="h").data == placed.data
    assert till.get("/api/v1/value/holds/h").data == placed.data
    part = {"parts": [{"book": "points", "amount": "40"}]}
    done = till.post("/api/v1/value/holds/h/commit", part, format="json")
    assert (done.data["state"], [each["amount"] for each in done.data["receipts"]]) == ("committed", ["-40"])
    assert available(wang, ours, at=timezone.now()) == 60
    assert problem(till.post("/api/v1/value/holds/h/cancel")) == (409, "hold-ended")
    undo = "/api/v1/value/movements/h:points:commit/reverse"
    back = till.post(undo, {"key": "r", "amount": "15"}, format="json")
    assert (back.data["verb"], back.data["amount"]) == ("reverse", "15")
    assert problem(till.post(undo, {"key": "r2", "amount": "26"}, format="json")) == (409, "not-reversible")


def test_a_hold_is_cancelled_or_over_or_not_there(till, wang, ours):
    def place(key, until):
        parts = [{"book": "points", "amount": "10"}]
        return send(till, wang.member, "holds", parts=parts, until=until.isoformat(), key=key)

    now = timezone.now()
    place("a", now + dt.timedelta(hours=1))
    assert till.post("/api/v1/value/holds/a/cancel").data["state"] == "cancelled"
    assert problem(place("b", now)) == (422, "unfit")
    Hold.objects.create(
        key="till:pos:old", content=uuid.uuid4(),
        account=wang, made_at=now - dt.timedelta(hours=2), until=now - dt.timedelta(hours=1),
    )  # fmt: skip
    assert problem(till.post("/api/v1/value/holds/old/commit", {}, format="json")) == (410, "hold-over")
    assert problem(till.post("/api/v1/value/holds/x/commit", {}, format="json")) == (404, "hold-unknown")


def test_points_are_converted(till, wang, ours, nodes):
    club = book(organization=nodes["g"], code="club", worth=2)
    done = send(till, wang.member, "convert", book="points", into="club", key="c")
    assert (done.data["into"]["amount"], done.data["rate"], done.data["lost"]) == (
        "50", "0.500000000000", "0.00000000"
    )  # fmt: skip
    assert (available(wang, ours), available(wang, club, at=timezone.now())) == (0, 50)


def test_another_channel_cannot_touch_what_is_not_its_own(till, wang, nodes):
    send(till, wang.member, "spend", book="points", amount="5", key="1")
    other = callers.client(channel=factories.channel(organization=nodes["s1"], code="other"), scopes="value")
    assert other.get("/api/v1/value/movements/1").status_code == 404
    assert other.post("/api/v1/value/movements/1/reverse", {"key": "r"}, format="json").status_code == 404
    strange = callers.client(channel=factories.channel(organization=nodes["b2"], code="far"), scopes="value")
    assert send(strange, wang.member, "spend", book="points", amount="5", key="2").status_code == 404
    reader = callers.client(channel=wang.channel, scopes="query")
    assert send(reader, wang.member, "spend", book="points", amount="5", key="3").status_code == 403


def test_an_earning_is_taken_back_and_says_what_could_not_be(till, wang):
    send(till, wang.member, "earn", book="points", amount="50", key="e")
    send(till, wang.member, "spend", book="points", amount="120", key="s")
    back = till.post("/api/v1/value/movements/e/reverse", {"key": "r", "unit": "points"}, format="json")
    assert (back.data["amount"], back.data["short"]) == ("-30", "20")


def test_of_an_order_points_pay_as_much_as_the_plan_allows(till, wang, ours, nodes):
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    pays = {"book": ours, "currency": "CNY", "unit_value": "1", "most_share": "0.5", "at_least": 0, "step": 1}
    start = timezone.now() - dt.timedelta(days=1)
    published(club, rules=[rule(ours, 1)], spending=[pays], starts_at=start)

    def spend(key, steps, **order):
        order = {"amount": "100.00", "currency": "CNY"} | order
        return send(till, wang.member, "spend", book="points", amount=steps, key=key, order=order)

    most = spend("a", "51")
    assert (problem(most), most.data["most"]) == ((409, "spend-refused"), "50")
    assert problem(spend("a", "50", currency="USD")) == (409, "spend-refused")
    first = spend("a", "50")
    assert (first.status_code, first.data["amount"]) == (200, "-50")
    assert spend("a", "50", amount="10.00").data == first.data
