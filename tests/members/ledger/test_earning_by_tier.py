"""What an order earns by the tier of its customer: asked once, at the order's time, and kept with the order."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import earning
from members.models import Account, EarningBasis, EventCursor, GoodsSet, Posting, Programme, Tier, TierGrant
from members.queries import earnings
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, order, returned
from tests.members.ledger.purses import DAY, available, book, faults, merge
from tests.members.plans import published, rule

pytestmark = pytest.mark.usefixtures("within_its_transaction")

LONG_AGO = NOW - 1000 * DAY
FIRST = dt.datetime.fromisoformat(company.day(0))  # before any order of these tests


@pytest.fixture
def house(db):
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    for rank, code in enumerate(("silver", "gold"), 1):
        Tier.objects.create(programme=club, code=code, name=code.title(), rank=rank)
    accept(account("u1"), account("u2"))
    return {**nodes, "club": club, "book": book(organization=nodes["b1"]), "staff": factories.staff()}


def ruled(house, *rules, **plan):
    """A long plan by which gold multiplies by 1.5; a point for each yuan unless other rules are given."""
    given = {"tiers": [{"tier": "silver"}, {"tier": "gold", "multiplier": "1.5"}]} | plan
    return published(house["club"], rules=rules or (rule(house["book"], 1),), starts_at=LONG_AGO, **given)


def holder(external_id="u1") -> Account:
    return Account.objects.get(external_id=external_id)


def give(house, tier, external_id="u1", *, at=FIRST):
    account = holder(external_id)
    TierGrant.objects.create(
        key=f"{account.pk}:{tier}:{at}", programme=house["club"], account=account, basis=[account.pk],
        tier=house["club"].tiers.get(code=tier), reason="by_hand", note="a good customer", by=house["staff"],
        from_at=at, recorded_at=at,
    )  # fmt: skip


def follow() -> None:
    while earning.follow(now=NOW):
        pass
    assert faults() == []


def earned(house, external_id="u1"):
    follow()
    return available(holder(external_id), house["book"], at=NOW)


def of_orders() -> dict:
    """What stands for each order."""
    follow()
    found: dict = {}
    for key, amount, short in Posting.objects.values_list("order_key", "amount", "short"):
        found[key] = found.get(key, 0) + amount - short
    return found


@pytest.mark.requirement("MEM-023")
def test_gold_members_earn_half_as_much_again_for_the_same_order(house):
    ruled(house)
    give(house, "gold")
    accept(order("a", "u1", amount="100.00"), order("b", "u2", amount="100.00"))
    assert (earned(house), earned(house, "u2")) == (150, 100)


@pytest.mark.requirement("MEM-033")
def test_a_food_order_of_eco_goods_adds_its_weight_in_growth(house):
    growth = book(organization=house["b1"], code="growth", kind="growth", unit="growth")
    eco = GoodsSet.objects.create(organization=house["b1"], code="eco", name="Eco", skus=["rice"])
    ruled(house, rule(growth, 2, goods=eco), rule(growth, 1), growth_book=growth)
    food = [{"line": 1, "sku": "rice", "category": "food", "quantity": "1", "unit_price": "50.00"}]
    accept(order("o1", "u1", lines=food))
    follow()
    assert available(holder(), growth, at=NOW) == 100


@pytest.mark.requirement("MEM-034")
def test_eco_goods_of_an_order_earn_three_times_as_many_points(house):
    eco = GoodsSet.objects.create(organization=house["b1"], code="eco", name="Eco", categories=["eco"])
    ruled(house, rule(house["book"], 3, goods=eco), rule(house["book"], 1))
    lines = [
        {"line": 1, "sku": "S1", "quantity": "1", "unit_price": "100.00"},
        {"line": 2, "sku": "E1", "category": "eco", "quantity": "1", "unit_price": "100.00"},
    ]
    accept(order("o1", "u1", lines=lines))
    assert earned(house) == 400


def test_a_rule_for_a_tier_gives_to_that_tier_alone(house):
    ruled(house, rule(house["book"], 5, tiers=["gold"], multiplied=False), rule(house["book"], 1), tiers=())
    give(house, "gold")
    give(house, "silver", "u2")
    accept(order("a", "u1", amount="10.00"), order("b", "u2", amount="10.00"))
    assert (earned(house), earned(house, "u2")) == (50, 10)


def test_a_short_plan_may_be_for_a_tier_too(house):
    ruled(house)
    short = {"cycle": "short", "now": FIRST, "ends_at": NOW}
    published(house["club"], rules=[rule(house["book"], times=2, tiers=["gold"])], starts_at=FIRST, **short)
    give(house, "gold")
    accept(order("a", "u1", amount="10.00"), order("b", "u2", amount="10.00"))
    assert (earned(house), earned(house, "u2")) == (30, 10)


def test_what_comes_back_is_what_the_sale_gave_though_the_tier_changed_meanwhile(house):
    ruled(house)
    give(house, "gold")
    accept(order("a", "u1", amount="100.00", on=1), order("b", "u2", amount="100.00", on=1))
    follow()
    give(house, "silver", at=FIRST + 10 * DAY)
    give(house, "gold", "u2", at=FIRST + 10 * DAY)
    accept(returned("ra", "a", refund="33.30", on=20), returned("rb", "b", refund="33.30", on=20))
    assert of_orders() == {"a": 100, "b": 66}
    accept(returned("ra2", "a", refund="66.70", on=21), returned("rb2", "b", refund="66.70", on=21))
    assert of_orders() == {"a": 0, "b": 0}
    accept(order("c", "u1", amount="100.00", on=22), order("d", "u2", amount="100.00", on=22))
    assert of_orders() == {"a": 0, "b": 0, "c": 100, "d": 150}


def test_a_tier_that_begins_later_changes_nothing_for_older_orders(house):
    ruled(house)
    accept(order("a", "u1", amount="100.00", on=1))
    give(house, "gold", at=FIRST + 10 * DAY)
    assert earned(house) == 100
    accept(order("a", "u1", amount="200.00", on=1, updated_at=company.day(30)))
    assert earned(house) == 200


def test_who_turns_out_to_be_one_person_keeps_what_each_order_gave(house):
    ruled(house)
    give(house, "gold")
    accept(order("a", "u1", amount="100.00"), order("b", "u2", amount="100.00"))
    follow()
    merge(holder(), holder("u2"))
    accept(order("c", "u2", amount="100.00", on=5), returned("rb", "b", refund="50.00", on=6))
    assert of_orders() == {"a": 150, "b": 50, "c": 150}
    earning.settle_everything(now=NOW)
    assert of_orders() == {"a": 150, "b": 50, "c": 150}


def test_an_order_told_as_of_an_earlier_time_is_asked_again(house):
    ruled(house)
    give(house, "gold", at=FIRST + 10 * DAY)
    accept(order("a", "u1", amount="100.00", on=20))
    assert earned(house) == 150
    accept(order("a", "u1", amount="100.00", on=5, updated_at=company.day(40)))
    assert earned(house) == 100


def test_an_order_that_changes_hands_earns_by_the_tier_of_whose_it_is_and_back_by_the_one_it_had(house):
    ruled(house)
    give(house, "gold")
    accept(order("a", "u1", amount="100.00"))
    assert earned(house) == 150
    accept(order("a", "u2", amount="100.00", on=2))
    assert (earned(house), earned(house, "u2")) == (0, 100)
    give(house, "silver", at=FIRST + DAY / 2)
    accept(order("a", "u1", amount="100.00", on=3))
    assert (earned(house), earned(house, "u2")) == (150, 0)


def test_nothing_is_asked_where_all_tiers_earn_alike(house):
    published(house["club"], rules=[rule(house["book"], 1)], tiers=[{"tier": "gold"}], starts_at=LONG_AGO)
    give(house, "gold")
    accept(order("a", "u1", amount="100.00"))
    assert earned(house) == 100
    assert not EarningBasis.objects.exists()


def test_settling_again_asks_and_posts_nothing(house, django_assert_num_queries):
    ruled(house)
    give(house, "gold")
    accept(*(order(f"o{each}", "u1") for each in range(30)))
    follow()
    before = list(EarningBasis.objects.order_by("pk").values())
    assert len(before) == 30
    EventCursor.objects.update(tx=0, event_id=0)
    follow()
    earning.settle_everything(now=NOW)
    assert (Posting.objects.count(), list(EarningBasis.objects.order_by("pk").values())) == (30, before)
    keys = set(Posting.objects.values_list("channel_id", "order_key"))
    with django_assert_num_queries(8):
        assert earnings.lacking(keys=keys) == earnings.Lack([], {})


HISTORY = [
    order("o1", "u1", amount="100.00"),
    order("o1", "u1", amount="60.00", on=2),
    order("o2", "u1", amount="50.50", on=8),
    order("o2", "u1", amount="50.50", on=9, status="cancelled"),
    returned("r1", "o1", refund="20.00", on=3),
    order("o3", "late", amount="10.00", on=8),
    account("late", on=4),
    order("o4", "u2", amount="100.00", on=8),
    returned("r4", "o4", refund="0.50", on=12),
    order("o5", "u1", amount="7.00", on=8),
]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(HISTORY), st.lists(st.booleans(), min_size=len(HISTORY), max_size=len(HISTORY)))
def test_any_order_of_arrival_earns_the_same_with_tiers_and_short_plans(house, facts, follows):
    """Gold from the first day is 1.5 times; on days 7 to 9 gold has everything twice; u2 is gold on day 10 only."""
    with transaction.atomic():
        ruled(house)
        days = {"cycle": "short", "starts_at": FIRST + 7 * DAY, "ends_at": FIRST + 9 * DAY}
        published(house["club"], rules=[rule(house["book"], times=2, tiers=["gold"])], **days)
        give(house, "gold")
        give(house, "gold", "u2", at=FIRST + 10 * DAY)
        for record, now in zip(facts, follows, strict=True):
            accept(record)
            if now:
                follow()
        found = earned(house), earned(house, "late"), earned(house, "u2")
        transaction.set_rollback(True)
    assert found == (60 + 10 + 10, 10, 99)
