"""A draft tried on past orders: what it would have cost, whom it would have reached, what others lose."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns.actions import activities, simulating
from campaigns.models import Simulation, SimulationPart
from campaigns.queries.simulating import figures
from members.models import AccessRecord
from tests import factories
from tests.campaigns import making, offering, vouchers
from tests.campaigns.simulated import NOW, SINCE, asked, at, found, sold, worked
from tests.connections import at_once, together
from tests.killing import killed_before
from tests.members import clubs

DAY = offering.DAY


@pytest.fixture
def till_at():
    return "g"


@pytest.fixture
def anna(nodes, pos):
    return factories.account(channel=pos)


@pytest.fixture
def draft(nodes):
    """From 300.00 on 50.00 less, from tomorrow."""
    return offering.drafted(
        organization=nodes["b1"], code="NEW", offers=(offering.off(),), starts_at=NOW + DAY
    )


@pytest.mark.requirement("CMP-044")
def test_it_says_what_the_draft_would_have_cost(nodes, anna, pos, draft):
    sold(anna, "300.00", "20.00", store=nodes["s1"], day=5)
    sold(anna, "280.00", store=nodes["s1"], day=5)
    sold(None, "900.00", store=nodes["s3"], day=7, channel=pos)
    sold(anna, "100.00", store=nodes["s3"], day=7)
    told = found(draft)
    assert (told["orders"], told["touched"], told["list"]) == (4, 2, 160_000)
    assert (told["before"], told["after"]) == ([0, 0], [10_000, 0])
    assert told["own"]["NEW-1"] == {
        "uses": 2, "times": 2, "discount": 10_000, "worth": 0, "missed": 1, "reached": 1,
        "reasons": {"applied": 2, "below": 2}, "days": {"2025-12-05": [1, 5_000], "2025-12-07": [1, 5_000]},
        "places": {str(nodes["s1"].pk): [1], str(nodes["s3"].pk): [1]},
    }  # fmt: skip
    assert told["days"] == {"2025-12-05": [2, 1, 5_000, 5_000], "2025-12-07": [2, 1, 5_000, 5_000]}
    assert told["buyers"] == {
        "new": [2, 1, 5_000, 5_000],
        "back": [1, 0, 0, 0],
        "guest": [1, 1, 5_000, 5_000],
    }
    assert sorted(row[2:] for row in told["samples"]) == [
        [32_000, 32_000, 27_000, 5_000],
        [90_000, 90_000, 85_000, 5_000],
    ]


def test_only_orders_that_were_bought_there_and_then_are_priced(nodes, anna, pos, draft):
    sold(anna, "300.00", store=nodes["s1"], at=at(1, 0))
    sold(anna, "300.00", store=nodes["s1"], at=at(31, 23))
    sold(anna, "300.00", store=nodes["s1"], at=at(1, 0) - DAY / 24)
    sold(anna, "300.00", store=nodes["s1"], at=at(31, 0) + DAY)
    sold(anna, "300.00", store=nodes["s4"])
    sold(anna, "300.00", store=nodes["s1"], status="cancelled")
    sold(anna, "300.00", store=nodes["s1"], status="created")
    sold(anna, "300.00", store=nodes["s1"], reward=True)
    other = factories.channel(organization=nodes["g"], code="mall")
    sold(anna, "300.00", store=nodes["s1"], channel=other)
    sold(anna, "300.00", store=nodes["s3"])
    assert found(draft)["orders"] == 4
    assert found(draft, organization=nodes["d1"])["orders"] == 3
    assert found(draft, organization=nodes["s1"], channel=pos)["orders"] == 2


def test_orders_that_cannot_be_priced_are_counted_apart(nodes, anna, draft):
    sold(anna, "300.00", store=nodes["s1"])
    foreign = sold(anna, "300.00", store=nodes["s1"])
    type(foreign).objects.filter(pk=foreign.pk).update(currency="USD")
    sold(anna, "300.00", store=nodes["s1"]).lines.all().delete()
    sold(anna, "300.00", store=nodes["s1"]).lines.update(quantity=0)
    told = found(draft)
    assert (told["orders"], told["priced"]) == (4, 1)
    assert told["left_out"] == {"currency": 1, "no_lines": 1, "lines": 1}


def test_offers_of_others_that_are_used_less_are_named(nodes, anna, draft):
    """Both are in one exclusion group: the larger one takes the place of the smaller one."""
    limits = {"groups": ["one"]}
    smaller = {**offering.off(amount=2_000), "limits": limits}
    offering.published(organization=nodes["g"], code="OLD", offers=(smaller,), starts_at=NOW)
    activities.put_offer(version=draft, position=1, by=offering.author(), now=NOW, limits=limits)
    sold(anna, "300.00", store=nodes["s1"])
    sold(anna, "200.00", store=nodes["s1"])
    told = found(draft)
    assert told["others"] == {"OLD-1": [1, 2_000, 0, 0, 0, 0]}
    assert (told["before"], told["after"]) == ([2_000, 0], [5_000, 0])
    assert told["days"]["2025-12-05"] == [2, 1, 5_000, 3_000]


def test_it_stands_beside_what_held_then_or_what_holds_when_it_begins(nodes, anna, draft):
    early = offering.published(
        organization=nodes["s1"], code="THEN", offers=(offering.off(amount=1_000),), starts_at=NOW - 50 * DAY,
        now=NOW - 50 * DAY,
    )  # fmt: skip
    activities.stop(version=early, reason="over", by=offering.author(), now=NOW - 38 * DAY)
    offering.published(
        organization=nodes["b1"], code="SOON", offers=(offering.off(amount=700),), starts_at=NOW
    )
    sold(anna, "300.00", store=nodes["s1"], day=2)
    sold(anna, "300.00", store=nodes["s1"], day=20)
    sold(anna, "300.00", store=nodes["s3"], day=2)
    then = found(draft, beside=Simulation.Beside.THEN)
    assert then["others"] == {"THEN-1": [1, 1_000, 0, 1, 1_000, 0]}
    assert found(draft)["others"] == {"SOON-1": [3, 2_100, 0, 3, 2_100, 0]}


def test_it_takes_the_place_of_the_version_before_it(nodes, anna):
    first = offering.published(organization=nodes["b1"], code="ACT", offers=(offering.off(),))
    second = activities.new_version(activity=first.activity, by=offering.author(), now=NOW)
    activities.put_offer(
        version=second, position=1, by=offering.author(), now=NOW, form={"kind": "cash", "amount": 8_000}
    )
    sold(anna, "300.00", store=nodes["s1"])
    told = found(second)
    assert (told["before"], told["after"]) == ([5_000, 0], [8_000, 0])
    assert told["others"] == {"ACT-1": [1, 5_000, 0, 0, 0, 0]}
    assert told["days"]["2025-12-05"] == [1, 1, 8_000, 3_000]
    itself = found(first)
    assert (itself["before"], itself["after"]) == ([0, 0], [5_000, 0])


def test_what_a_member_may_have_once_is_given_to_his_first_order(nodes, anna, pos, draft):
    activities.put_offer(version=draft, position=1, by=offering.author(), now=NOW, limits={"per_member": 1})
    for day in (9, 3, 6):
        sold(anna, "300.00", store=nodes["s1"], day=day)
    sold(factories.account(channel=pos), "300.00", store=nodes["s3"], day=9)
    told = found(draft, size=1)
    assert told["own"]["NEW-1"]["days"] == {"2025-12-03": [1, 5_000], "2025-12-09": [1, 5_000]}
    assert told["own"]["NEW-1"]["reasons"] == {"applied": 2, "used_up_member": 2}


def test_a_cap_that_the_draft_uses_up_elsewhere_frees_the_other_offer_later(nodes, anna, draft):
    """The old one may be had once; the draft excludes it on the first order, so it is given on the second."""
    limits = {"groups": ["one"]}
    old = {**offering.off(threshold=20_000, amount=2_000), "limits": {**limits, "per_member": 1}}
    offering.published(organization=nodes["g"], code="OLD", offers=(old,), starts_at=NOW)
    activities.put_offer(version=draft, position=1, by=offering.author(), now=NOW, limits=limits)
    sold(anna, "300.00", store=nodes["s1"], day=3)
    sold(anna, "200.00", store=nodes["s1"], day=4)
    told = found(draft)
    assert told["others"] == {"OLD-1": [1, 2_000, 0, 1, 2_000, 0]}
    assert told["days"] == {"2025-12-03": [1, 1, 5_000, 3_000], "2025-12-04": [1, 0, 0, 2_000]}


def test_the_tier_is_that_of_the_day_of_the_order(nodes, anna):
    club = clubs.club(organization=nodes["b1"])
    clubs.fact(club, anna, tier="silver", day="2025-11-01")
    clubs.fact(club, anna, tier="gold", day="2025-12-10")
    version = offering.drafted(
        organization=nodes["b1"], code="GOLD", offers=(offering.off(tiers=["b1:gold"]),)
    )
    sold(anna, "300.00", store=nodes["s1"], day=9)
    sold(anna, "300.00", store=nodes["s1"], day=11)
    told = found(version)
    assert told["own"]["GOLD-1"]["days"] == {"2025-12-11": [1, 5_000]}
    assert told["tiers"] == {"silver": [1, 0, 0, 0], "gold": [1, 1, 5_000, 5_000]}


def test_audiences_new_customers_and_birthdays_count(nodes, anna, pos):
    other = factories.account(channel=pos)
    chosen = making.audience(organization=nodes["b1"], members=[anna.member])
    offers = (offering.off(amount=100) | {"audience": chosen}, offering.off(amount=200, new=True))
    version = offering.drafted(organization=nodes["b1"], code="WHO", offers=offers)
    for buyer in (anna, other):
        for day in (3, 4):
            sold(buyer, "300.00", store=nodes["s1"], day=day)
    told = found(version)["own"]
    assert told["WHO-1"]["reasons"] == {"applied": 2, "audience": 2}
    assert told["WHO-2"]["reasons"] == {"applied": 2, "new": 2}


def test_coupons_that_were_shown_are_known(nodes, anna, draft):
    ours = vouchers.template(organization=nodes["g"], code="T1")
    vouchers.brought(ours, "ABC")
    sold(anna, "300.00", store=nodes["s1"], coupons=["ABC", "of-another-house"])
    sold(anna, "300.00", store=nodes["s1"])
    assert found(draft)["others"] == {"coupon:T1": [1, 5_000, 0, 1, 5_000, 0]}


def test_parts_find_the_same_however_they_are_cut(nodes, pos, draft):
    buyers = [factories.account(channel=pos) for _number in range(4)]
    for number in range(23):
        buyer = buyers[number % 5] if number % 5 < 4 else None
        store = nodes[("s1", "s3")[number % 2]]
        sold(buyer, f"{120 + 37 * number}.00", store=store, day=1 + number, channel=pos)
    told = [found(draft, size=size) for size in (1, 3, 7, 100)]
    assert told[0]["orders"] == 23
    assert all(each == told[0] for each in told)
    assert not SimulationPart.objects.exists()


def test_the_statements_do_not_grow_with_the_orders(nodes, anna, draft):
    def statements(count):
        for _number in range(count):
            sold(anna, "300.00", store=nodes["s1"])
        asked(draft)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            worked()
        return len(queries)

    statements(1)
    assert statements(1) == statements(30)


def test_a_worker_that_is_killed_anywhere_counts_nothing_twice(transactional_db, tree_of_orders):
    draft, expected = tree_of_orders
    simulation = asked(draft)
    number = 1
    while killed_before(number, lambda: worked(size=2)):
        number += 1
    simulation.refresh_from_db()
    assert number > 5
    assert (simulation.state, simulation.found) == ("done", expected)


def test_two_workers_share_the_parts(transactional_db, tree_of_orders):
    draft, expected = tree_of_orders
    simulation = asked(draft)
    counts = at_once(*[lambda: worked(size=1)] * 2)
    worked()
    simulation.refresh_from_db()
    assert sum(counts) == 6
    assert (simulation.state, simulation.found) == ("done", expected)


@pytest.fixture
def tree_of_orders(transactional_db):
    nodes = factories.tree()
    pos = factories.channel(organization=nodes["g"], code="pos", kind="pos")
    draft = offering.drafted(organization=nodes["b1"], code="NEW", offers=(offering.off(),))
    for number in range(6):
        sold(factories.account(channel=pos), f"{200 + 50 * number}.00", store=nodes["s1"])
    return draft, found(draft)


def test_two_who_ask_at_once_get_one_simulation(transactional_db, tree_of_orders):
    draft, _expected = tree_of_orders
    answers = at_once(*[lambda: asked(draft)] * 2)
    assert sorted(type(each).__name__ for each in answers) == ["Refused", "Simulation"]


def test_it_is_broken_off_beside_a_worker(transactional_db, tree_of_orders):
    draft, _expected = tree_of_orders
    simulation = asked(draft)
    together(
        lambda: worked(size=1),
        lambda: simulating.cancel(simulation=simulation, by=offering.author(), now=NOW),
    )
    worked()
    simulation.refresh_from_db()
    assert (simulation.state, simulation.found) == ("cancelled", None)
    asked(draft)


def test_what_cannot_be_broken_off(nodes, anna, draft):
    simulation = asked(draft)
    worked()
    with pytest.raises(simulating.Refused, match="ended"):
        simulating.cancel(simulation=simulation, by=offering.author(), now=NOW)


def test_what_cannot_be_asked(nodes, draft):
    incomplete = offering.drafted(
        organization=nodes["b1"], code="HALF", offers=({"name": "x", "trigger": {}},)
    )
    for fields, why in (
        ({"version": incomplete}, "complete"),
        ({"organization": nodes["b2"]}, "does not hold"),
        ({"until": SINCE}, "days"),
        ({"until": SINCE + 401 * DAY}, "days"),
    ):
        with pytest.raises(simulating.Refused, match=why):
            asked(**({"version": draft} | fields))
    assert not Simulation.objects.exists()


def test_who_asked_and_broke_off_is_kept(nodes, draft):
    simulation = asked(draft)
    simulating.cancel(simulation=simulation, by=offering.approver(), now=NOW)
    kept = AccessRecord.objects.filter(action__startswith="simulation.").order_by("id")
    assert [(each.action, each.user.username) for each in kept] == [
        ("simulation.asked", "author"), ("simulation.cancelled", "approver"),
    ]  # fmt: skip
    assert kept[0].details["activity"] == "NEW"


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": SINCE}, {"beside": "x"}, {"state": "done"}, {"state": "running"}, {"state": "cancelled"}, {"found": {}},
    ],
)  # fmt: skip
def test_the_database_refuses(nodes, draft, wrong):
    simulation = asked(draft)
    with pytest.raises(IntegrityError), transaction.atomic():
        Simulation.objects.filter(pk=simulation.pk).update(**wrong)


@pytest.mark.parametrize("wrong", [{"high": 0}, {"done_at": NOW}, {"figures": {}}])
def test_the_database_refuses_a_part(nodes, draft, wrong):
    part = SimulationPart.objects.create(simulation=asked(draft), guests=False, low=0, high=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        SimulationPart.objects.filter(pk=part.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        SimulationPart.objects.create(simulation=part.simulation, guests=False, low=0, high=5)


def test_buckets_are_in_the_order_of_amounts():
    amounts = [*range(2_000), *(10**exponent for exponent in range(4, 13))]
    buckets = [figures.bucket(amount) for amount in amounts]
    assert buckets == sorted(buckets)
    assert buckets[:40] == list(range(32)) + [32 + step // 2 for step in range(8)]
