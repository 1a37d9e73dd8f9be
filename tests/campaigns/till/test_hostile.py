"""What a hostile or broken client sends to the till's doors: a problem document that names the place, and nothing done.

That nothing breaks, whatever is sent, tests/api/test_hostile_tills.py holds.
"""

import datetime as dt
import json

import pytest

from campaigns.models import UploadedItem
from members.models import Order
from tests.campaigns.offering import NOW
from tests.campaigns.till import offline
from tests.campaigns.till.house import House, cash, standing
from tests.campaigns.till.pricing import QUOTES, basket, line, till
from tests.campaigns.till.returns import problem
from tests.campaigns.till.test_proofs import prove

pytestmark = pytest.mark.django_db
ORDERS = "/api/v1/pos/orders/s1"
BACK = {"key": "r", "number": "R1", "lines": [{"line": 1, "quantity": "1"}]}
LONG = "9" * 60_000
FAR_OFF = (
    "2016-01-15T12:00:00Z",
    "2036-01-15T12:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
)


@pytest.fixture
def house(monkeypatch, db):
    """With a sale N1 of 90.00 that is done, and two that are held."""
    made = House(monkeypatch)
    made.sure("commit", "N1", {"key": "c1", "basket": basket("90.00"), "payments": cash("90.00")})
    made.sure("hold", "H1", {"key": "h1", "basket": basket("90.00")})
    made.sure("hold", "H2", {"key": "h2", "basket": basket("90.00")})
    return made


def doors(house: House) -> dict[str, tuple[str, dict]]:
    """Address and a body that would be taken."""
    member = house.accounts[0].member.oneid
    until = (NOW + dt.timedelta(days=1)).isoformat()
    sale = {"basket": basket("90.00")}
    return {
        "quote": (QUOTES, basket("90.00")),
        "put": (f"{ORDERS}/N2", {"key": "p", "revision": 1, **sale}),
        "hold": (f"{ORDERS}/N3/hold", {"key": "h", **sale}),
        "commit": (f"{ORDERS}/N4/commit", {"key": "c", "payments": cash("90.00"), **sale}),
        "commit what is held": (f"{ORDERS}/H1/commit", {"key": "ch", "payments": cash("90.00")}),
        "cancel": (f"{ORDERS}/H2/cancel", {"key": "x"}),
        "preview": (f"{ORDERS}/N1/returns/preview", {"lines": BACK["lines"]}),
        "return": (f"{ORDERS}/N1/returns", {**BACK}),
        "allow": (
            "/api/v1/pos/allowances",
            {"key": "a", "oneid": member, "book": "card", "amount": "9.00", "until": until},
        ),
        "upload": ("/api/v1/pos/uploads", {"items": [offline.raw(offline.sale(None, order="U1"))]}),
    }


def send(
    house: House, door: str, body: object = None, *, raw: bytes | None = None, kind: str = "application/json"
):
    address, _body = doors(house)[door]
    raw = json.dumps(body).encode() if raw is None else raw
    ask = house.till.put if door == "put" else house.till.post
    return ask(address, raw, content_type=kind)


def places(answer, status: int = 400) -> list[str]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), (
        answer.content[:500]
    )
    assert len(answer.content) < 2_000
    assert all(each["message"] and each["remedy"] for each in answer.json()["errors"])
    return [each["place"] for each in answer.json()["errors"]]


def test_what_these_tests_change_would_be_taken(house):
    for door, (_address, body) in doors(house).items():
        answer = send(house, door, body)
        assert answer.status_code == 200, (door, answer.content)


def test_what_is_no_json_or_comes_as_something_else(house):
    before = standing()
    for door in doors(house):
        for raw in (b"{", b"\xff\xfe", b'{"key": "\\ud800"}', b"[" * 60_000, b'{"key": 1e}', b'"key"', b"[]"):
            assert places(send(house, door, raw=raw)) == ["body"], (door, raw[:20])
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert places(send(house, door, raw=b"key=1", kind=kind), 415) == ["Content-Type"], door
    assert standing() == before


def test_of_a_name_that_stands_twice_the_last_one_counts_each_time(house):
    raw = b'{"key": "k1", "key": "k2", "revision": 1, "basket": {"currency": "CNY", "lines": [%s]}}'
    lines = json.dumps(line(1, "90.00") | {"sku": "S1"})[:-1] + ', "quantity": "2"}'
    first, again = (send(house, "put", raw=raw % lines.encode()) for _each in range(2))
    assert (first.json()["total"], again["Idempotent-Replay"]) == ("180.00", "true")
    assert [house.till.get(f"/api/v1/pos/operations/{key}").status_code for key in ("k1", "k2")] == [404, 200]


def test_keys_that_are_none(house):
    before = standing()
    keyed = {door: body for door, (_address, body) in doors(house).items() if "key" in body}
    assert len(keyed) == 7
    for door, body in keyed.items():
        for key in (
            "",
            " ",
            "k\n",
            "k k",
            "k/k",
            "ключ",
            "k١",
            "k" * 101,
            LONG,
            1,
            10**18,
            True,
            None,
            [],
            {},
        ):
            assert places(send(house, door, body | {"key": key})) == ["key"], (door, key)
        assert places(send(house, door, {name: body[name] for name in body if name != "key"})) == ["body"], (
            door
        )
    assert standing() == before


AMOUNTS = (
    "-1", "-0", "+1", "1e3", "1E400", "NaN", "Infinity", "", " 1", "1 ", "1\n", "1,000", "1_000", "0x10", "١٢", "１２",
    "½", "²", "1.", ".5", "1.0000000", "9" * 16, LONG, 1, 10**18, 1.5, 1e308, True, None, [], {},
)  # fmt: skip


def test_amounts_that_are_none(house):
    before = standing()
    sale = doors(house)["commit"][1]
    for amount in AMOUNTS:
        payments = [{"method": "cash", "amount": "90.00"}, {"method": "card", "amount": amount}]
        assert places(send(house, "commit", sale | {"payments": payments})) == ["payments[1].amount"], amount
        pays = [{"book": "card", "amount": amount}]
        assert places(send(house, "hold", {"key": "h", "basket": basket("90.00"), "pays": pays})) == [
            "pays[0].amount"
        ], amount
        allowed = doors(house)["allow"][1] | {"amount": amount}
        assert places(send(house, "allow", allowed)) == ["amount"], amount
        if amount != "1.0000000":
            lines = [{"line": 1, "quantity": amount}]
            assert places(send(house, "return", BACK | {"lines": lines})) == ["lines[0].quantity"], amount
    assert standing() == before


def test_amounts_beyond_all(house):
    before = standing()
    sale = doors(house)["commit"][1]
    most = "9" * 15 + "." + "9" * 6
    assert problem(send(house, "commit", sale | {"payments": cash(most)})) == (422, "payments-differ")
    many = [{"method": "cash", "amount": "9" * 15}] * 21
    assert places(send(house, "commit", sale | {"payments": many})) == ["payments"]
    member = {"basket": basket("90.00", oneid=house.accounts[0].member.oneid)}
    for pays, code in (
        ([{"book": "card", "amount": most}], "unfit"),
        ([{"book": "card", "amount": "9" * 15}], "unfit"),
        ([{"book": "card", "amount": "0"}], "unfit"),
        ([{"book": "card", "amount": "1.00"}] * 2, "unfit"),
        ([{"book": "club", "amount": "1"}], "spend-refused"),
        ([{"book": "nothing", "amount": "1.00"}], "unknown-book"),
    ):
        answer = send(house, "hold", {"key": "h", "pays": pays, **member})
        assert problem(answer)[1] == code, answer.content
        assert answer.status_code in (409, 422)
    for amount, code in (("500.01", "not-enough"), ("9" * 15, "unfit"), (most, "unfit"), ("0", "unfit")):
        answer = send(house, "allow", doors(house)["allow"][1] | {"amount": amount})
        assert problem(answer)[1] == code, answer.content
    assert standing() == before


def test_a_basket_of_too_long_words_is_named_and_not_sent_back(house):
    for fields, place in (
        ({"coupons": [LONG]}, "coupons[0]"), ({"coupons": LONG}, "coupons"), ({"oneid": LONG}, "oneid"),
        ({"regions": [LONG]}, "regions[0]"), ({"chosen": {LONG: "S1"}}, "chosen"), ({"store": LONG}, "store"),
        ({"currency": LONG}, "currency"), ({"currency": "CNY\n"}, "currency"), ({"currency": "ＣＮＹ"}, "currency"),
        ({"at": LONG}, "at"), ({LONG: 1}, "body"),
    ):  # fmt: skip
        assert places(send(house, "quote", basket("90.00", **fields))) == [place], place
    for fields, place in (
        ({"sku": LONG}, "sku"), ({"sku": "S1\n"}, "sku"), ({"category": LONG}, "category"), ({"brand": "b\n"}, "brand"),
        ({"line": 10**18}, "line"), ({"line": 10**400}, "line"), ({"line": 1.5}, "line"), ({"line": "1"}, "line"),
        ({"excluded": "yes"}, "excluded"), ({"unit_price": LONG}, "unit_price"),
    ):  # fmt: skip
        assert places(send(house, "quote", basket(line(1, "90.00") | fields))) == [f"lines[0].{place}"], place


def test_times_that_are_none_or_far_off(house):
    for at in ("2026-01-15T12:00:00", "2026-01-15", "2026-02-30T12:00:00Z", "12:00", 0, 1e18, "", "now"):
        assert places(send(house, "quote", basket("90.00", at=at))) == ["at"], at
        assert places(send(house, "allow", doors(house)["allow"][1] | {"until": at})) == ["until"], at
    for at in FAR_OFF:
        answer = send(house, "quote", basket("90.00", at=at))
        assert answer.status_code == 200, answer.content
        assert answer.json()["total"] == "90.00"
        assert abs(answer.json()["clock_off_seconds"]) > 9 * 365 * 86_400
        assert problem(send(house, "allow", doors(house)["allow"][1] | {"until": at})) == (422, "unfit"), at


def test_one_key_is_for_one_thing_whichever_door_it_comes_by(house):
    sale = doors(house)["commit"][1]
    before = standing()
    for door, body in (
        ("commit", sale | {"key": "h1"}), ("hold", doors(house)["hold"][1] | {"key": "c1"}), ("cancel", {"key": "h1"}),
        ("put", doors(house)["put"][1] | {"key": "c1"}), ("return", BACK | {"key": "c1"}),
        ("allow", doors(house)["allow"][1] | {"key": "c1"}),
    ):  # fmt: skip
        assert problem(send(house, door, body)) == (422, "key-reused"), door
    done = {"key": "c1", "basket": basket("90.00"), "payments": cash("90.00")}
    address = f"{ORDERS}/N1/commit"
    for changes in (
        {"payments": [*cash("89.00"), *cash("1.00")]}, {"basket": basket("90.00", at=NOW.isoformat())}, {"cashier": "Li"},
        {"revision": 1}, {"basket": basket(line(1, "90.0"))},
    ):  # fmt: skip
        assert problem(house.till.post(address, done | changes)) == (422, "key-reused"), changes
    assert problem(house.till.post(f"{ORDERS}/N2/commit", done)) == (422, "key-reused")
    assert house.till.post(address, done)["Idempotent-Replay"] == "true"
    assert standing() == before


def test_what_is_another_dealers_is_not_touched_by_his_channels_keys(house):
    """The same channel at another brand's store: it finds no sale there, and moves none here."""
    before = standing()
    s4 = house.nodes["s4"]
    thief = till(house.pos, organization=s4)
    paid = {"key": "t", "payments": cash("90.00")}
    for verb, body in (("commit", paid), ("cancel", {"key": "t"}), ("returns", BACK), ("hold", {"key": "t"})):
        assert places(thief.post(f"{ORDERS}/N1/{verb}", body)) == ["store"]
        number = "N1" if verb == "returns" else "H1"
        answer = thief.post(f"/api/v1/pos/orders/s4/{number}/{verb}", body)
        assert answer.status_code in (404, 409), answer.content
    assert places(thief.post(QUOTES, basket("90.00", store="s1"))) == ["store"]
    assert places(thief.post(QUOTES, basket("90.00", oneid=house.accounts[0].member.oneid))) == ["oneid"]
    allowed = doors(house)["allow"][1]
    assert places(thief.post("/api/v1/pos/allowances", allowed)) == ["oneid"]
    assert standing() == before


UPLOADS = (
    {"at": "2026-01-15T12:00:00"},
    {"currency": "CNY\n"},
    {"order": "U1\n"}, {"order": LONG}, {"coupons": [LONG]}, {"coupons": LONG}, {"oneid": LONG}, {"lines": []},
    {"lines": [{"number": 1, "sku": "S1", "quantity": 0, "unit_price": 30_000}]},
    {"lines": [{"number": 1, "sku": "S1", "quantity": -1_000, "unit_price": 30_000}]},
    {"lines": [{"number": 1, "sku": "S1", "quantity": 10**18, "unit_price": 30_000}]},
    {"lines": [{"number": 1, "sku": "S1", "quantity": 1_000, "unit_price": 10**18}]},
    {"lines": [{"number": 1, "sku": "S1", "quantity": 1.5, "unit_price": 30_000}]},
    {"payments": [{"method": "cash", "amount": -30_000}]}, {"payments": [{"method": "cash", "amount": 10**30}]},
    {"payments": [{"method": "cash", "amount": "30000"}]}, {"pays": [{"allowance": "a", "amount": -1}]},
)  # fmt: skip


def test_an_upload_that_cannot_be_is_kept_with_the_reason_and_moves_nothing(house):
    before = standing()
    items = [
        offline.raw(offline.sale(None, order=f"U{number}"), **each) for number, each in enumerate(UPLOADS)
    ]
    answer = send(house, "upload", {"items": items})
    assert answer.status_code == 200, answer.content[:500]
    for changes, told in zip(UPLOADS, answer.json()["items"], strict=True):
        assert told["state"] == "refused", (changes, told)
        assert len(told["says"]) < 1_000
    assert list(UploadedItem.objects.values_list("state", flat=True)) == ["refused"] * len(UPLOADS)
    assert standing() == before


def test_an_upload_of_a_clock_that_is_years_off_is_sold_when_it_came(house):
    for number, at in enumerate(FAR_OFF):
        item = offline.raw(offline.sale(None, order=f"U{number}"), at=at)
        [told] = send(house, "upload", {"items": [item]}).json()["items"]
        assert (told["state"], [note["code"] for note in told["notes"]]) == ("corrected", ["clock"]), told
    ahead = offline.sale(None, order="U-ahead", at=NOW + dt.timedelta(minutes=10))
    [told] = send(house, "upload", {"items": [offline.raw(ahead)]}).json()["items"]
    assert (told["state"], told["notes"]) == ("accepted", [])
    assert list(Order.objects.values_list("occurred_at", flat=True)) == [NOW] * (2 + len(FAR_OFF))
    assert prove("--all")[0] == 0
