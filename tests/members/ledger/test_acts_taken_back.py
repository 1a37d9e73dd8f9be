"""What actions earned goes with them, and not twice."""

import pytest

from members.actions import acts, points
from members.models import Posting, Wallet
from tests.identity.company import NOW, accept, account, brought, erase, order, review, take_back
from tests.members.ledger import deeds
from tests.members.ledger.deeds import again, earned, follow, holder, plan, signed
from tests.members.ledger.purses import available, held, key
from tests.members.plans import action, rule

pytestmark = pytest.mark.usefixtures("within_its_transaction")


@pytest.fixture
def house(db):
    return deeds.house()


def test_an_import_taken_back_takes_back_what_its_actions_earned(house):
    plan(
        house, action(house["book"], 5), action(house["book"], 3, per="day"), action(house["book"], 50, per="once"),
        action(house["book"], 20, event="review.posted"),
    )  # fmt: skip
    accept(signed(2), order("o1", "u1"))
    run = brought(
        signed(1), signed(2, hour=12), signed(3), signed(4, "u9"), account("u9"), review("v1", "o1")
    )
    assert (earned(house), earned(house, "u9")) == (4 * 5 + 3 * 3 + 50 + 20, 58)
    gone = Wallet.objects.get(account=holder("u9"))
    take_back(run)
    assert earned(house) == 58
    gone.refresh_from_db()
    assert gone.balance == 0
    again()
    accept(signed(1), account("u9"), signed(4, "u9"))
    assert (earned(house), earned(house, "u9")) == (66, 58)


def test_what_is_taken_back_from_one_account_another_one_of_the_person_earned_as_well(house):
    plan(house, action(house["book"], 50, per="once"))
    accept(account("p1", phone="13800138000"), account("p2", phone="13800138000"))
    run = brought(signed(1, "p1"))
    accept(signed(2, "p2"))
    assert (earned(house, "p1"), earned(house, "p2")) == (50, 0)
    take_back(run)
    assert holder("p1").member == holder("p2").member
    assert (earned(house, "p1"), earned(house, "p2")) == (0, 50)
    again()


def test_what_an_erased_person_was_given_stays_though_the_log_says_less_of_him(house):
    plan(house, action(house["book"], 5), action(house["book"], 50, per="once"))
    accept(signed(1, external_id="e1"), signed(1, hour=11, external_id="e1", properties={"a": 2}), signed(2))
    assert earned(house) == 60
    account = holder()
    erase(account.member)
    acts.settle(told=(), accounts=[account.pk], now=NOW)
    again()
    assert Wallet.objects.get(account=account.pk).balance == 60


def test_points_that_were_spent_are_taken_from_others_and_the_rest_is_let_go(house):
    plan(house, action(house["book"], 100), rule(house["book"], 1))
    run = brought(signed(1))
    accept(order("o1", "u1", amount="30.00"))
    assert earned(house) == 130
    points.spend(account=holder(), book=house["book"], amount=120, key=key(), now=NOW)
    take_back(run)
    follow()
    assert held(holder(), house["book"]) is None or available(holder(), house["book"], at=NOW) == 0
    back = Posting.objects.get(verb="reverse")
    assert (back.amount, back.short) == (-10, 90)


def test_what_staff_took_back_is_not_given_again_nor_taken_twice(house):
    plan(house, action(house["book"], 5))
    run = brought(signed(1))
    follow()
    points.reverse(posting=Posting.objects.get(), key=key(), now=NOW, reason="not he")
    again()
    assert earned(house) == 0
    take_back(run)
    assert earned(house) == 0
    assert Posting.objects.count() == 2
