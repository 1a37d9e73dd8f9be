"""The pages of drafts tried on past orders: asked for, watched, read by a shop manager."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django_q.models import OrmQ

from campaigns.actions import activities, simulating
from campaigns.models import BudgetShare, Simulation
from config import roles
from tests import factories
from tests.campaigns import offering, pots, simulated
from tests.campaigns.simulated import NOW, asked, sold, worked
from tests.members import clubs

DAY = offering.DAY


@pytest.fixture
def till_at():
    return "g"


@pytest.fixture
def anna(pos):
    return factories.account(channel=pos)


@pytest.fixture
def draft(nodes):
    return offering.drafted(organization=nodes["b1"], code="NEW", offers=(offering.off(),))


@pytest.fixture
def marketer(client, nodes):
    return entered(client, nodes["b1"], "marketer")


def entered(client, node, role):
    roles.create()
    user = factories.staff(organization=node, role=role)
    client.force_login(user)
    return user


def page(simulation):
    return reverse("admin:campaigns_simulation_change", args=[simulation.pk])


def ask(client, version, **changed):
    node = changed.pop("organization", version.activity.organization)
    told = {
        "version": version.pk, "since": "2025-12-01", "last": "2025-12-31", "organization": node.pk, "beside": "start", **changed,
    }  # fmt: skip
    return client.post(f"{reverse('admin:campaigns_simulation_add')}?version={version.pk}", told)


def read(client, simulation):
    return client.get(page(simulation)).content.decode()


def test_a_draft_is_tried_from_the_page_of_its_activity(
    client, nodes, marketer, anna, draft, django_capture_on_commit_callbacks
):
    activity = client.get(reverse("admin:campaigns_activity_change", args=[draft.activity_id]))
    address = f"{reverse('admin:campaigns_simulation_add')}?version={draft.pk}"
    assert address in activity.content.decode()
    assert client.get(address).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(client, draft)
    simulation = Simulation.objects.get()
    assert answer["Location"] == page(simulation)
    assert (simulation.since, simulation.until) == (dt.date(2025, 12, 1), dt.date(2026, 1, 1))
    assert (simulation.asked_by, simulation.state) == (marketer, "waiting")
    assert OrmQ.objects.get().task["func"] == "campaigns.tasks.simulate"
    assert (
        "waits for a worker"
        in client.get(reverse("admin:campaigns_activity_change", args=[draft.activity_id])).content.decode()
    )


def test_the_last_month_is_proposed(client, marketer, draft):
    with time_machine.travel(dt.datetime(2026, 3, 31, 17, tzinfo=dt.UTC)):  # the first of April in the shops
        form = client.get(reverse("admin:campaigns_simulation_add")).context["form"]
    assert (form.initial["since"], form.initial["last"]) == (dt.date(2026, 3, 1), dt.date(2026, 3, 31))


def test_what_cannot_be_tried_is_said(client, nodes, marketer, draft):
    assert "from 1 to 400 days" in ask(client, draft, last="2025-11-30").context["form"].non_field_errors()[0]
    assert "organization" in ask(client, draft, organization=nodes["b2"]).context["form"].errors
    assert "since" in ask(client, draft, since="yesterday").context["form"].errors
    ask(client, draft)
    assert "being tried already" in ask(client, draft).context["form"].non_field_errors()[0]


@pytest.mark.parametrize(
    ("days", "field", "said"),
    [
        ({"last": "9999-12-31"}, "last", "no orders of that day yet"),
        ({"since": "9999-01-01", "last": "9999-12-31"}, "since", "no orders of that day yet"),
        ({"since": "0001-01-01", "last": "0001-02-01"}, "since", "from 1970-01-01 on"),
    ],
)
def test_days_that_have_no_orders_are_said_to_have_none(client, marketer, draft, days, field, said):
    answer = ask(client, draft, **days)
    assert answer.status_code == 200
    assert said in answer.context["form"].errors[field][0]
    assert not Simulation.objects.exists()


def test_today_can_be_tried(client, marketer, draft):
    with time_machine.travel(dt.datetime(2026, 3, 30, 17, tzinfo=dt.UTC)):  # the 31st in the shops
        assert ask(client, draft, since="2026-03-01", last="2026-03-31").status_code == 302


def test_what_the_database_broke_off_says_when_it_goes_on(client, marketer, draft):
    simulation = asked(draft)
    Simulation.objects.update(broken=1, again_at=NOW)
    assert "The database broke it off: it goes on at" in read(client, simulation)


def test_it_shows_how_far_it_is(client, nodes, marketer, pos, draft):
    for number in range(4):
        sold(factories.account(channel=pos), f"{300 + number}.00", store=nodes["s1"])
    simulation = asked(draft)
    assert "A worker begins" in read(client, simulation)
    settings = simulating.parts.Settings()
    simulating.advance(now=NOW, settings=settings, size=1)
    assert "0 of 4 orders" in read(client, simulation)
    simulating.advance(now=NOW, settings=settings)
    assert "1 of 4 orders" in read(client, simulation)
    assert 'aria-valuenow="1"' in read(client, simulation)
    assert 'http-equiv="refresh"' in read(client, simulation)
    worked()
    assert 'http-equiv="refresh"' not in read(client, simulation)


def test_it_is_broken_off(client, marketer, draft):
    simulation = asked(draft)
    address = reverse("admin:campaigns_simulation_cancel", args=[simulation.pk])
    assert client.get(address).status_code == 405
    client.post(address)
    simulation.refresh_from_db()
    assert simulation.state == "cancelled"
    assert "ended already" in client.post(address, follow=True).content.decode()


def test_it_says_what_it_found(client, nodes, marketer, anna, pos, draft):
    limits = {"groups": ["one"], "per_store": 1}
    activities.put_offer(version=draft, position=1, by=offering.author(), now=NOW, limits=limits)
    old = {**offering.off(amount=2_000), "name": "20 off", "limits": {"groups": ["one"]}}
    offering.published(organization=nodes["g"], code="OLD", offers=(old,))
    clubs.fact(clubs.club(organization=nodes["b1"]), anna, tier="gold", day="2025-11-01")
    sold(anna, "300.00", store=nodes["s1"], day=3)
    sold(anna, "290.00", store=nodes["s1"], day=5)
    sold(None, "400.00", store=nodes["s1"], day=4, channel=pos)
    simulation = asked(draft)
    worked()
    told = read(client, simulation)
    assert "2 orders, 66.7 %, would have got it, for 100.00 CNY." in told
    assert (
        "Other offers would have given 40.00 CNY less: all together cost 60.00 CNY more, 6.1 % of the sales."
        in told
    )
    assert "1 orders just missed it" in told
    assert "Its limit of 1 a shop would have kept back 1 of these." in told
    context = client.get(page(simulation)).context
    assert [(row["name"], row["uses"], row["uses_now"], row["less"]) for row in context["others"]] == [
        ("20 off", 2, 0, "−40.00 CNY")
    ]
    buyers, tiers, tenths = context["who"]
    assert [(row["name"], row["orders"], row["more"]) for row in tiers["rows"]] == [("Gold", 2, "30.00 CNY")]
    assert {row["name"]: row["touched"] for row in buyers["rows"]} == {
        "members, first purchase": 1, "members who had bought before": 0, "guests": 1,
    }  # fmt: skip
    assert tenths["tenths"] == []
    assert [(row["name"], row["cost"]) for row in context["places"]["rows"]] == [("S1", "100.00 CNY")]


def test_it_says_when_the_budget_would_be_empty(client, nodes, marketer, anna, draft):
    large, small = (pots.budget(organization=nodes["b1"], amount=amount) for amount in (10_000, 60))
    offer = draft.offers.get()
    BudgetShare.objects.create(offer=offer, budget=large, basis_points=5_000)
    BudgetShare.objects.create(offer=offer, budget=small, basis_points=5_000)
    for day in (3, 5, 9):
        sold(anna, "300.00", store=nodes["s1"], day=day)
    simulation = asked(draft)
    worked()
    first, second = client.get(page(simulation)).context["burns"]
    assert first["said"] == f"“{large.name}” has 10,000.00 CNY left and would have paid 75.00 CNY."
    assert "60.00 CNY left and would have been empty on 9 Dec 2025" in second["said"]
    assert (first["bad"], second["bad"]) == (False, True)


def test_a_budget_of_others_is_not_told(client, nodes, anna, draft):
    entered(client, nodes["s1"], "marketer")
    share = {"budget": pots.budget(organization=nodes["b1"], amount=60), "basis_points": 10_000}
    BudgetShare.objects.create(offer=draft.offers.get(), **share)
    sold(anna, "300.00", store=nodes["s1"])
    simulation = asked(draft, organization=nodes["s1"])
    worked()
    assert client.get(page(simulation)).context["burns"] == []


@pytest.mark.requirement("CMP-044")
def test_each_step_of_a_price_is_shown(client, nodes, marketer, anna, draft):
    old = {**offering.off(amount=2_000), "name": "20 off"}
    offering.published(organization=nodes["g"], code="OLD", offers=(old,))
    order = sold(anna, "300.00", "100.00", store=nodes["s1"])
    simulation = asked(draft)
    worked()
    (row,) = client.get(page(simulation)).context["samples"]
    assert row["order"] == order
    answer = client.get(reverse("admin:campaigns_simulation_order", args=[simulation.pk, order.pk]))
    shown = answer.context
    assert (shown["list"], shown["before"], shown["after"]) == ("400.00 CNY", "380.00 CNY", "330.00 CNY")
    first, second = shown["lines"]
    assert first["parts"] == [("5000 off", "37.50 CNY", True), ("20 off", "15.00 CNY", False)]
    assert (second["before"], second["after"]) == ("95.00 CNY", "82.50 CNY")
    assert [(each["name"], each["state"]) for each in shown["rows"]] == [
        ("5000 off", "applied"), ("20 off", "applied"),
    ]  # fmt: skip
    assert "50.00 off" in answer.content.decode()


def test_a_sample_is_priced_after_what_its_buyer_bought_before(client, nodes, marketer, anna, draft):
    activities.put_offer(version=draft, position=1, by=offering.author(), now=NOW, limits={"per_member": 1})
    first, second = (sold(anna, "300.00", store=nodes["s1"], day=day) for day in (3, 4))
    simulation = asked(draft)
    worked()
    shown = [
        client.get(reverse("admin:campaigns_simulation_order", args=[simulation.pk, order.pk])).context[
            "after"
        ]
        for order in (first, second)
    ]
    assert shown == ["250.00 CNY", "300.00 CNY"]


@pytest.mark.parametrize("node", ["s1", "d2", "b2"])
def test_nobody_sees_orders_beyond_his_own(client, nodes, anna, draft, node):
    order = sold(anna, "300.00", store=nodes["s1"])
    other = sold(anna, "300.00", store=nodes["s4"])
    simulation = asked(draft, organization=nodes["d1"])
    worked()
    sample = reverse("admin:campaigns_simulation_order", args=[simulation.pk, order.pk])
    entered(client, nodes[node], "marketer")
    assert client.get(page(simulation)).status_code == 404
    assert client.get(sample).status_code == 404
    entered(client, nodes["d1"], "marketer")
    assert client.get(page(simulation)).status_code == 200
    assert client.get(sample).status_code == 200
    beyond = reverse("admin:campaigns_simulation_order", args=[simulation.pk, other.pk])
    assert client.get(beyond).status_code == 404


def test_a_store_manager_tries_a_draft_of_the_brand_on_his_store(client, nodes, anna, draft):
    entered(client, nodes["s1"], "store manager")
    sold(anna, "300.00", store=nodes["s1"])
    sold(anna, "300.00", store=nodes["s3"])
    assert "organization" in ask(client, draft).context["form"].errors
    ask(client, draft, organization=nodes["s1"])
    worked()
    assert Simulation.objects.get().found["orders"] == 1


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_who_only_looks_asks_for_nothing(client, nodes, draft, role):
    entered(client, nodes["b1"], role)
    simulation = asked(draft)
    assert ask(client, draft).status_code == 403
    assert client.post(reverse("admin:campaigns_simulation_cancel", args=[simulation.pk])).status_code == 403
    assert "Break it off" not in read(client, simulation)
    entered(client, nodes["b1"], "marketer")
    assert "Break it off" in read(client, simulation)


def test_the_steward_sees_none(client, nodes, draft):
    entered(client, nodes["b1"], "steward")
    assert client.get(page(asked(draft))).status_code == 403


def test_the_page_asks_as_much_for_many_orders_as_for_one(
    client, nodes, marketer, pos, draft, django_assert_max_num_queries
):
    for number in range(30):
        sold(factories.account(channel=pos), "300.00", store=nodes[("s1", "s3")[number % 2]])
    simulation = asked(draft)
    worked()
    with django_assert_max_num_queries(35):
        shown = client.get(page(simulation)).context
    assert len(shown["samples"]) == 20
    assert len(shown["who"][2]["tenths"]) == 10


def test_what_failed_is_told(client, marketer, nodes, anna, draft, monkeypatch):
    sold(anna, "300.00", store=nodes["s1"])
    simulation = asked(draft)
    monkeypatch.setattr(simulating.parts, "figures", lambda **_told: {}["gone"])
    simulated.worked()
    assert "It could not go on: KeyError" in read(client, simulation)


def test_days_without_orders_are_shown(client, marketer, draft):
    simulation = asked(draft)
    worked()
    assert "No order of these days would have got it." in read(client, simulation)
