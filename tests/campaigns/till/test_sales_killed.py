"""kill -9 before any statement of a till's verb: nothing is half done, and asked again with its key it is done once."""

import pytest

from campaigns.actions.till import releasing
from campaigns.models import TillOrder
from tests.campaigns.offering import NOW
from tests.campaigns.till.house import House, cash, standing
from tests.campaigns.till.pricing import basket
from tests.campaigns.till.test_proofs import prove
from tests.killing import killed_before
from tests.members.ledger import purses
from tests.members.ledger.purses import DAY

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 120  # statements; no verb comes near


@pytest.fixture
def house(monkeypatch):
    made = House(monkeypatch)
    assert (
        made.till.post("/api/v1/pos/quotes", basket("1.00")).status_code == 200
    )  # what is loaded here no child has to load
    return made


def sale(house: House, key: str, **more) -> dict:
    """Everything at once: 300.00 less 57.00, of which 43.00 are paid with the card."""
    buyer = {"oneid": house.accounts[0].member.oneid, "coupons": [house.coupon.code]}
    return {"key": key, "basket": basket("200.00", "100.00", **buyer), "pays": house.pay("43.00"), **more}


def kept(house: House, key: str, revision: int = 1) -> dict:
    return {"key": key, "basket": sale(house, key)["basket"], "revision": revision}


HOLD = ("hold", lambda house: sale(house, "h"))
COMMIT = ("commit", lambda house: sale(house, "c", payments=cash("200.00")))
OF_HELD = ("commit", lambda house: {"key": "c", "payments": cash("200.00")})
PUT = ("put", lambda house: kept(house, "p"))
CANCEL = ("cancel", lambda house: {"key": "x"})
BACK = ("returns", lambda house: {"key": "r", "number": "R1", "lines": [{"line": 1, "quantity": "1"}]})
VERBS = {
    "put": ([], PUT),
    "hold what was kept": ([PUT], HOLD),
    "commit at once": ([], COMMIT),
    "commit what is held": ([HOLD], OF_HELD),
    "cancel what is held": ([HOLD], CANCEL),
    "return": ([COMMIT], BACK),
}


def once_or_not_at_all(work) -> int:
    """Kill it before its first statement, its second, … until it has fewer; how many it has."""
    before, killed = standing(), 0
    while killed_before(killed + 1, work):
        killed += 1
        assert killed < MOST
        if standing() != before:  # all of it had happened, and the answer was lost
            assert purses.faults() == []
    return killed


@pytest.mark.parametrize("verb", VERBS)
def test_killed_before_any_statement_it_is_done_once_or_not_at_all(house, verb):
    first, (name, body) = VERBS[verb]
    for each, its in first:
        house.sure(each, "N1", its(house))
    before, asked = standing(), body(house)
    assert once_or_not_at_all(lambda: house.sure(name, "N1", asked)) >= 5
    done = standing()
    assert done != before
    again = house.ask(name, "N1", asked)
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (200, "true")
    assert standing() == done
    assert purses.faults() == []
    assert prove("--all")[0] == 0


def test_killed_while_it_opens_what_is_over_it_goes_on_the_next_time(house):
    house.sure("hold", "N1", sale(house, "h1", seconds=60))
    free = house.coupon.state
    assert once_or_not_at_all(lambda: releasing.lapse(now=NOW + DAY)) >= 5
    house.coupon.refresh_from_db()
    assert (TillOrder.objects.get().state, house.coupon.state) == ("open", free)
    assert purses.faults() == []
    house.sure("commit", "N1", sale(house, "c", payments=cash("200.00")))
