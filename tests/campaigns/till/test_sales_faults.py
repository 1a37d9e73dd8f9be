"""What can go wrong between tills and house: a hold that ends as its commit comes, wrong clocks, baskets that cannot be."""

import datetime as dt

import pytest
from django.conf import settings

from campaigns.actions.till import releasing
from campaigns.api.till.sales import Commit
from campaigns.models import PriceProof, TillOperation, TillOrder
from config.rest.parsing import BoundedJSON, TooLarge
from members.models import Hold, Order
from tests.brakes import Brake
from tests.campaigns import offering, pots
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.house import STORED, cash
from tests.campaigns.till.pricing import basket, clock, line
from tests.campaigns.till.returns import problem
from tests.connections import Side, at_once
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def everything(house, **more) -> dict:
    """300.00 less the offer and the coupon, of which 43.00 are paid with the card."""
    buyer = {"oneid": house.accounts[0].member.oneid, "coupons": [house.coupon.code]}
    return {"key": "h", "basket": basket("300.00", **buyer), "pays": house.pay("43.00"), **more}


def free(house) -> bool:
    """Nothing is reserved, nothing sold."""
    house.coupon.refresh_from_db()
    given = pots.standing(house.money)
    return (house.coupon.state in ("made", "claimed"), given[1:3], purses.available(house.accounts[0], house.card)) == (
        True, (0, 0), STORED,
    )  # fmt: skip


class TestTheEndOfAHold:
    def test_a_commit_that_comes_too_late_sells_nothing(self, house, monkeypatch):
        house.sure("hold", "N1", everything(house, seconds=60))
        clock(monkeypatch, NOW + MINUTE)
        assert problem(house.ask("commit", "N1", {"key": "c", "payments": cash("200.00")})) == (409, "over")
        assert not Order.objects.exists()
        assert releasing.lapse(now=NOW + MINUTE) == 1
        assert free(house)
        assert problem(house.ask("commit", "N1", {"key": "c", "payments": cash("200.00")})) == (
            409,
            "not-held",
        )

    def test_a_moment_before_it_is_sold(self, house, monkeypatch):
        house.sure("hold", "N1", everything(house, seconds=60))
        clock(monkeypatch, NOW + MINUTE - dt.timedelta(microseconds=1))
        house.sure("commit", "N1", {"key": "c", "payments": cash("200.00")})
        assert releasing.lapse(now=NOW + HOUR) == 0
        assert TillOrder.objects.get().state == "committed"

    def test_while_it_is_committed_it_does_not_lapse(self, house):
        house.sure("hold", "N1", everything(house, seconds=60))
        with Brake("members_order") as brake:
            commit = Side(lambda: house.sure("commit", "N1", {"key": "c", "payments": cash("200.00")}))
            brake.stopped()
            assert releasing.lapse(now=NOW + HOUR) == 0
            brake.let_one_through()
        commit.ended()
        assert (TillOrder.objects.get().state, Order.objects.count()) == ("committed", 1)
        assert pots.standing(house.money)[1:3] == (0, 5_000)

    def test_while_it_lapses_it_is_not_committed(self, house):
        house.sure("hold", "N1", everything(house, seconds=60))
        with Brake("campaigns_coupon") as brake:
            lapse = Side(lambda: releasing.lapse(now=NOW + HOUR))
            brake.stopped()
            commit = Side(lambda: house.ask("commit", "N1", {"key": "c", "payments": cash("200.00")}))
            assert commit.waits()
            brake.let_one_through()
        lapse.ended()
        commit.ended()
        assert problem(commit.found) == (409, "not-held")
        assert free(house)

    def test_both_at_once_one_of_them_happens_wholly(self, house):
        for number in ("N1", "N2", "N3", "N4"):
            asked = {"key": f"h{number}", "basket": basket("90.00"), "seconds": 60}
            house.sure("hold", number, asked)
            answer, lapsed = at_once(
                lambda: house.ask("commit", number, {"key": f"c{number}", "payments": cash("90.00")}),  # noqa: B023
                lambda: releasing.lapse(now=NOW + HOUR),
            )
            sold = answer.status_code == 200
            assert (sold, lapsed) in ((True, 0), (False, 1))
            assert TillOrder.objects.get(number=number).state == ("committed" if sold else "open")
            assert Order.objects.filter(external_id=number).exists() == sold
        assert purses.faults() == []


class TestWhoComesSecond:
    """Whoever waited for a sale that was being held finds all that it reserved meanwhile."""

    @pytest.fixture
    def held_meanwhile(self, house):
        def run(verb, body):
            house.sure("put", "N1", {"key": "p", "revision": 1, "basket": everything(house)["basket"]})
            with Brake("members_hold") as brake:
                hold = Side(lambda: house.sure("hold", "N1", everything(house, seconds=60)))
                brake.stopped()
                second = Side(lambda: house.ask(verb, "N1", body))
                assert second.waits()
                brake.let_one_through()
            hold.ended()
            second.ended()
            return second.found

        return run

    def test_a_cancel_frees_it(self, house, held_meanwhile):
        assert held_meanwhile("cancel", {"key": "x"}).json()["state"] == "cancelled"
        assert Hold.objects.get().state == "cancelled"
        assert free(house)

    def test_a_commit_sells_it(self, house, held_meanwhile):
        assert held_meanwhile("commit", {"key": "c", "payments": cash("200.00")}).status_code == 200
        assert Hold.objects.get().state == "committed"

    def test_another_basket_does_not_replace_it(self, house, held_meanwhile):
        answer = held_meanwhile("put", {"key": "p2", "revision": 2, "basket": basket("1.00")})
        assert problem(answer) == (409, "ended")


def test_a_budget_of_100_and_two_grants_of_60(house):
    money = pots.budget(organization=house.group, amount=100)
    form = {"kind": "points", "book": "club", "amount": 60, "worth": 6_000}
    offer = off(threshold=10_000) | {"execution": "add", "form": form, "shares": {money: 10_000}}
    offering.published(organization=house.group, code="SIXTY", offers=(offer,))
    told = basket("120.00", oneid=house.accounts[0].member.oneid)
    commit = lambda number: house.sure(  # noqa: E731
        "commit", number, {"key": number, "basket": told, "payments": cash("120.00")}
    )
    answers = at_once(*(lambda n=n: commit(n) for n in ("N1", "N2")))
    given = [[each["offer"] for each in answer["rewards"]] for answer in answers]
    assert sorted(given) == [["SIXTY-1", "SUMMER-2"], ["SUMMER-2"]]
    assert pots.standing(money) == (10_000, 0, 6_000, 4_000)
    assert purses.faults() == []


def test_a_till_whose_clock_is_wrong_is_told_and_sells_by_the_clock_of_the_house(house):
    offering.published(
        organization=house.group, code="LATER", offers=(off(threshold=0, amount=1_000),), starts_at=NOW + HOUR
    )
    at = (NOW + 3 * HOUR).isoformat()
    held = house.sure("hold", "N1", {"key": "h", "basket": basket("90.00", at=at)})
    assert (held["total"], held["quote"]["clock_off_seconds"]) == ("90.00", 3 * 3600)
    house.sure("commit", "N1", {"key": "c", "payments": cash("90.00")})
    assert Order.objects.get().occurred_at == NOW
    assert PriceProof.objects.get().day == NOW.date()


BASKETS = {
    "a negative quantity": ([line(1), line(2, quantity="-1")], "basket.lines[1].quantity"),
    "no quantity": ([line(1, quantity="0")], "basket.lines[0].quantity"),
    "a quantity beyond all": ([line(1, quantity="1000000000")], "basket.lines[0].quantity"),
    "two currencies": ([line(1), line(2, currency="JPY")], "basket.lines[1].currency"),
    "a line twice": ([line(1), line(1)], "basket.lines[1].line"),
    "too many lines": ([line(number) for number in range(1, 1002)], "basket.lines"),
    "a price that is none": ([line(1, "ten")], "basket.lines[0].unit_price"),
}


@pytest.mark.parametrize("verb", ["put", "hold", "commit"])
def test_a_basket_that_cannot_be_leaves_nothing_and_its_key_is_free(house, verb):
    def body(told):
        return {"key": "k", "basket": told, **({"revision": 1} if verb == "put" else {}), **more}

    more = {"payments": cash("90.00")} if verb == "commit" else {}
    for lines, place in BASKETS.values():
        answer = house.ask(verb, "N1", body(basket(*lines)))
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), (
            answer.content
        )
        assert [each["place"] for each in answer.json()["errors"]] == [place]
        assert all(each["remedy"] for each in answer.json()["errors"])
    heavy = house.ask(verb, "N1", body(basket(*[line(number) for number in range(1, 20_000)])))
    assert heavy.status_code == 413
    assert not TillOrder.objects.exists()
    assert not TillOperation.objects.exists()
    assert house.sure(verb, "N1", body(basket(line(1, "90.00", sku="never-seen"))))["total"] == "90.00"


def test_of_a_body_without_end_only_so_much_is_read():
    """As of 10^9 lines, whatever length it says."""

    class Endless:
        asked = 0

        def read(self, number):
            self.asked += number
            return b"[" * number

    body = Endless()
    with pytest.raises(TooLarge):
        BoundedJSON().parse(body, parser_context={"view": Commit()})
    assert body.asked == settings.TILL_MAX_BYTES + 1
