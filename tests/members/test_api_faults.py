"""What a till may send that is wrong, at every door of value: a clear problem document, and nothing has moved."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from members.actions import gift_cards, points, purses
from members.models import Book, GiftCard, Hold, Posting, Programme, Purse
from tests import factories
from tests.api import callers
from tests.members.ledger.purses import book, faults
from tests.members.plans import published, rule

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
NOW = factories.NOW
TOMORROW = timezone.now() + dt.timedelta(days=1)
UNTIL = TOMORROW.isoformat()

# door: (address, a body that it takes, the member that has the amount, the book that it moves)
OF_MEMBER = {
    "earn": ("value/earn", {"book": "points", "amount": "5"}, "amount", "points"),
    "spend": ("value/spend", {"book": "points", "amount": "5"}, "amount", "points"),
    "hold": ("value/holds", {"parts": [{"book": "points", "amount": "5"}], "until": UNTIL}, "parts", "points"),
    "convert": ("value/convert", {"book": "points", "into": "stars", "amount": "5"}, "amount", "points"),
    "top up": ("purses/card/top-up", {"principal": "5"}, "principal", "principal"),
    "pay": ("purses/card/spend", {"amount": "5"}, "amount", "principal"),
    "pay out": ("purses/card/pay-out", {"amount": "5"}, "amount", "principal"),
}  # fmt: skip
BRINGING = ("earn", "convert", "top up")
UNFIT = {
    "0.001": "0.001 has too many decimals: this book counts in steps of 0.01",
    "0": "0 is not above zero",
}
TOO_MUCH = "is more than one posting may move"
NO_AMOUNT = ["NaN", "Infinity", "-Infinity", "", "much", "5\x00", "٥", "9" * 40, None, True, [], {}]


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()
    yield
    cache.clear()
    assert faults() == []


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos")


@pytest.fixture
def till(pos):
    return callers.client(channel=pos, scopes="value")


@pytest.fixture
def wang(nodes, pos):
    """Who has 100 points, 100 on a card, and an active gift card of 100."""
    account = factories.account(channel=pos)
    money = {"unit": "CNY", "scale": 2, "organization": nodes["b1"]}
    ours = book(organization=nodes["b1"], scale=2, worth=1)
    book(organization=nodes["b1"], code="stars", worth=1, scale=2)
    purse = Purse.objects.create(
        organization=nodes["b1"], code="card", name="Card", bonus=None, pay_out_limit=1000,
        principal=book(code="principal", kind="stored_value_principal", **money),
    )  # fmt: skip
    points.earn(account=account, book=ours, amount=100, key="a", now=NOW)
    purses.top_up(account=account, purse=purse, principal=100, key="b", organization=nodes["s1"], now=NOW)
    return account


@pytest.fixture
def gift(nodes, wang):
    """The code of an active card."""
    gifts = book(code="gift", kind="gift_card", unit="CNY", scale=2, organization=nodes["b1"])
    issued = gift_cards.issue(book=gifts, amount=100, key="c", now=NOW)
    gift_cards.activate(code=issued.code, account=wang, key="d", now=NOW)
    return issued.code


def send(till, oneid, door, **change):
    address, body, *_rest = OF_MEMBER[door]
    return till.post(f"{V1}/members/{oneid}/{address}", {"key": "k", **body, **change})


def with_amount(door, amount) -> dict:
    name = OF_MEMBER[door][2]
    return {name: [{"book": "points", "amount": amount}] if name == "parts" else amount}


def refused(answer) -> tuple[int, str]:
    """Status and type of a problem document that a person can read."""
    told = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert told["status"] == answer.status_code
    assert told.get("detail") or told["errors"]
    for each in told.get("errors", ()):
        assert each["place"]
        assert each["message"]
    return answer.status_code, told["type"].rpartition(":")[2]


def moved() -> tuple[int, int, int]:
    return Posting.objects.count(), Hold.objects.count(), GiftCard.objects.count()


@pytest.mark.parametrize("door", OF_MEMBER)
def test_an_amount_between_two_steps_or_of_nothing_is_unfit(till, wang, door):
    before = moved()
    for amount, said in UNFIT.items():
        answer = send(till, wang.member.oneid, door, **with_amount(door, amount))
        assert refused(answer) == (422, "unfit")
        assert said in answer.json()["detail"]
    assert moved() == before


@pytest.mark.parametrize("door", OF_MEMBER)
def test_more_than_a_posting_may_move_is_refused(till, wang, door):
    answer = send(till, wang.member.oneid, door, **with_amount(door, "99999999999999"))
    assert (refused(answer), TOO_MUCH in answer.json()["detail"]) == ((422, "unfit"), True)


@pytest.mark.parametrize("door", OF_MEMBER)
def test_what_is_no_amount_is_named_at_its_place(till, wang, door):
    before = moved()
    for amount in NO_AMOUNT:
        if door == "convert" and amount is None:
            continue
        answer = send(till, wang.member.oneid, door, **with_amount(door, amount))
        assert refused(answer)[0] == 400, amount
        assert OF_MEMBER[door][2] in answer.json()["errors"][0]["place"]
    assert moved() == before


@pytest.mark.parametrize("door", OF_MEMBER)
def test_a_member_a_key_or_a_field_that_is_not_there(till, wang, door):
    before = moved()
    assert send(till, "0" * 13, door).status_code == 404
    assert refused(send(till, wang.member.oneid, door, colour="red"))[0] == 400
    for key in ("", None, 7, "x" * 300, "a\x00b"):
        assert refused(send(till, wang.member.oneid, door, key=key))[0] == 400, key
    assert moved() == before


@pytest.mark.parametrize("door", ["earn", "spend", "hold", "convert"])
def test_another_unit_than_the_book_s_is_refused_with_both_named(till, wang, door):
    change = (
        {"parts": [{"book": "points", "amount": "5", "unit": "CNY"}]} if door == "hold" else {"unit": "CNY"}
    )
    answer = send(till, wang.member.oneid, door, **change)
    assert refused(answer) == (422, "wrong-unit")
    assert "points counts in points, and the amount was given in CNY" in answer.json()["detail"]


@pytest.mark.parametrize("door", ["earn", "spend", "hold", "convert"])
def test_an_unknown_book_and_that_of_another_branch_are_not_there(till, wang, nodes, door):
    book(organization=nodes["b2"], code="theirs")
    for code in ("nothing", "theirs"):
        change = {"parts": [{"book": code, "amount": "5"}]} if door == "hold" else {"book": code}
        answer = send(till, wang.member.oneid, door, **change)
        assert refused(answer)[0] == 404
        assert code in answer.json()["detail"]


@pytest.mark.parametrize("door", OF_MEMBER)
def test_into_a_closed_book_nothing_comes_and_out_of_it_all(till, wang, door):
    Book.objects.update(closed_at=NOW)
    answer = send(till, wang.member.oneid, door)
    if door in BRINGING:
        assert refused(answer) == (409, "closed")
        assert "was closed on 2026-01-15: nothing comes in any more" in answer.json()["detail"]
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("door", OF_MEMBER)
def test_the_same_key_again_is_the_same_and_for_something_else_it_is_refused(till, wang, door):
    first = send(till, wang.member.oneid, door)
    after = moved()
    assert (first.status_code, send(till, wang.member.oneid, door).json()) == (200, first.json())
    other = send(till, wang.member.oneid, door, **with_amount(door, "6"))
    assert refused(other) == (422, "key-reused")
    assert "'till:pos:k" in other.json()["detail"]
    assert moved() == after


@pytest.mark.parametrize("door", ["spend", "hold", "convert", "pay", "pay out"])
def test_more_than_there_is_says_how_much_there_is(till, wang, door):
    answer = send(till, wang.member.oneid, door, **with_amount(door, "100.01"))
    assert (refused(answer), answer.json()["available"]) == ((409, "not-enough"), "100.00")


def test_an_unknown_card_is_not_there(till, wang, gift, nodes):
    member = f"{V1}/members/{wang.member.oneid}"
    for verb in ("top-up", "spend", "pay-out"):
        body = {"key": "k", "principal": "5"} if verb == "top-up" else {"key": "k", "amount": "5"}
        assert refused(till.post(f"{member}/purses/nothing/{verb}", body))[0] == 404
    assert refused(till.post(f"{V1}/purses/nothing/refund", {"key": "k", "key_of_spend": "x"}))[0] == 404
    unknown = till.post(f"{V1}/purses/card/refund", {"key": "k", "key_of_spend": "x"})
    assert refused(unknown) == (404, "unknown-spend")
    wrong = till.post(f"{V1}/gift-cards/spend", {"key": "k", "amount": "5", "code": gift[::-1]})
    assert refused(wrong) == (404, "unknown-code")
    assert "Check it symbol by symbol" in wrong.json()["detail"]


def test_a_gift_card_pays_whole_steps_up_to_what_it_has_at_its_places(till, wang, gift, nodes):
    def pay(amount, **more):
        return till.post(f"{V1}/gift-cards/spend", {"key": "k", "amount": amount, "code": gift, **more})

    assert refused(pay("0.001")) == (422, "unfit")
    assert refused(pay("100.01")) == (409, "not-enough")
    assert refused(pay("5", organization="s4"))[0] == 400
    assert refused(pay("NaN"))[0] == 400
    Book.objects.update(closed_at=NOW)
    closed = till.post(f"{V1}/gift-cards", {"key": "i", "book": "gift", "amount": "5"})
    assert refused(closed) == (409, "closed")
    assert pay("5").status_code == 200


@pytest.mark.parametrize(
    "until",
    ["tomorrow", "%Y-02-30T00:00:00Z", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "", None, 0, "10000-01-01T00:00:00Z"],
)
def test_a_time_that_there_is_not_is_named_at_its_place(till, wang, until):
    until = TOMORROW.strftime(until) if isinstance(until, str) else until
    answer = send(till, wang.member.oneid, "hold", until=until)
    assert (refused(answer)[0], answer.json()["errors"][0]["place"]) == (400, "until")


def test_a_hold_lasts_at_most_a_month(till, wang):
    for days, status in ((32, 400), (30, 200)):
        until = (timezone.now() + dt.timedelta(days=days)).isoformat()
        answer = send(till, wang.member.oneid, "hold", until=until)
        assert answer.status_code == status
        assert status == 200 or answer.json()["errors"][0]["message"] == "A hold lasts at most 31 days."


def test_a_hold_that_would_be_over_before_it_begins_is_refused_whatever_zone_it_is_told_in(till, wang):
    """The same instant, told by clocks on both sides of midnight."""
    now = timezone.now()
    for zone in (-11, 0, 8, 14):
        there = dt.timezone(dt.timedelta(hours=zone))
        over = (now - dt.timedelta(seconds=1)).astimezone(there).isoformat()
        answer = send(till, wang.member.oneid, "hold", until=over, key=f"over{zone}")
        assert (refused(answer), "ends later than it begins" in answer.json()["detail"]) == (
            (422, "unfit"),
            True,
        )
        ahead = (now + dt.timedelta(hours=1)).astimezone(there).isoformat()
        assert send(till, wang.member.oneid, "hold", until=ahead, key=f"ahead{zone}").status_code == 200


def test_a_closed_programme_s_plan_lets_nothing_pay_for_an_order(till, wang, nodes):
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    ours = Book.objects.get(code="points")
    pays = {"book": ours, "currency": "CNY", "unit_value": "1", "most_share": "0.5", "at_least": 0, "step": 1}
    published(club, rules=[rule(ours, 1)], spending=[pays], starts_at=NOW)
    order = {"amount": "100.00", "currency": "CNY"}
    assert send(till, wang.member.oneid, "spend", order=order).status_code == 200
    Programme.objects.update(closed_at=NOW + dt.timedelta(days=1))
    answer = send(till, wang.member.oneid, "spend", order=order, key="l")
    assert refused(answer) == (409, "spend-refused")
    assert "no spending rule is in force" in answer.json()["detail"]
    assert send(till, wang.member.oneid, "spend", order=order).status_code == 200


def test_what_cannot_be_converted_says_why(till, wang):
    Book.objects.filter(code="stars").update(worth=None)
    answer = send(till, wang.member.oneid, "convert")
    assert refused(answer) == (422, "no-rate")
    assert "does not say what one points is worth" in answer.json()["detail"]
    assert refused(send(till, wang.member.oneid, "convert", into="points")) == (422, "unfit")


def test_of_a_hold_every_book_is_told_and_no_more_than_was_held(till, wang):
    send(till, wang.member.oneid, "hold", key="h")

    def commit(*parts):
        return till.post(f"{V1}/value/holds/h/commit", {"parts": list(parts)})

    assert refused(commit({"book": "stars", "amount": "5"})) == (422, "unfit")
    assert refused(commit({"book": "points", "amount": "5.01"})) == (422, "unfit")
    assert refused(commit({"book": "points", "amount": "5", "unit": "kg"})) == (422, "wrong-unit")
    assert refused(commit({"book": "nothing", "amount": "5"}))[0] == 404
    assert commit({"book": "points", "amount": "5"}).status_code == 200
