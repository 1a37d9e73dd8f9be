"""Events of connected appliances: at their owner, or kept aside until there is one."""

import pytest
from django.db import connection

from identity.actions import unbound
from identity.models import IngestRun, QuarantineItem
from members.actions import appliances
from members.models import Account, Appliance, Event
from members.queries import histories, scopes
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, event, order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nodes():
    nodes = company.build()
    factories.channel(organization=nodes["b1"], code="uhome", kind="appliance")
    return nodes


def washing(serial="W-1", on=9, **more):
    return event("wash_started", channel="uhome", on=on, properties={"serial": serial}, **more)


def bind(external_id="u1", serial="W-1", on=3):
    accept(account(external_id), event("bind_device", external_id, on=on, properties={"serial": serial}))
    appliances.settle(serials={serial}, now=NOW)


@pytest.mark.requirement("MEM-040")
def test_washing_started_appears_on_the_owners_timeline_and_an_unbound_one_is_kept_aside():
    bind()
    [known, unknown] = accept(washing(), washing("W-2"))
    owner = Account.objects.get()
    shown = histories.events(member=owner.member, reach=scopes.EVERYTHING)
    [told] = [each for each in shown if each.name == "wash_started"]
    assert (told.account, told.channel.code, told.properties) == (owner, "uhome", {"serial": "W-1"})
    assert (known.verdict, unknown.verdict) == ("accepted", "quarantined")
    [item] = QuarantineItem.objects.all()
    assert (item.code, item.place) == ("device.unbound", "$.properties.serial")
    assert "Bind it to an account" in item.message


def test_what_was_kept_aside_comes_in_once_the_appliance_is_bound():
    accept(washing(), washing("W-2"))
    assert unbound.retry_known(now=NOW) == 0
    bind()
    assert unbound.retry_known(now=NOW) == 1
    assert Event.objects.get(name="wash_started").account == Account.objects.get()
    assert sorted(QuarantineItem.objects.values_list("state", flat=True)) == ["open", "retried"]
    assert unbound.retry_known(now=NOW) == 0


def test_what_waits_for_others_is_not_read_again():
    """Rows of tables that are read for one new appliance, with 2,000 events that wait and 2,000 appliances."""
    accept(washing("Q-7"))
    bind(serial="Q-7")
    assert 0 < rows_read(waiting=2_000) < 10


def rows_read(waiting):
    many = range(1_000, 1_000 + waiting)
    QuarantineItem.objects.bulk_create(
        QuarantineItem(
            scope="record", digest=f"{waiting:016x}{each:016x}", code="device.unbound", serial=f"Q-{each}",
            received_at=NOW, tx=1,
        )
        for each in many
    )  # fmt: skip
    Appliance.objects.bulk_create(Appliance(serial=f"A-{each}", bought_at=NOW, tx=1) for each in many)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE identity_quarantineitem, members_appliance")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {unbound.MET}", [2, 2])
        [(plan,)] = cursor.fetchall()
    return sum(scanned(plan[0]["Plan"]))


def scanned(node):
    if "Relation Name" in node:
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for below in node.get("Plans", ()):
        yield from scanned(below)


def test_what_an_import_being_undone_holds_back_is_looked_at_again():
    run = IngestRun.objects.create(source="a.jsonl", fingerprint="f", state="undoing", started_at=NOW)
    accept(washing(), run=run)
    bind()
    Appliance.objects.update(tx=1)
    QuarantineItem.objects.update(tx=1, seen_count=2)
    assert unbound.retry_known(now=NOW) == 0
    IngestRun.objects.update(state="undone")
    assert unbound.retry_known(now=NOW) == 1


def test_an_event_before_the_sale_waits_for_it():
    accept(washing(on=1))
    lines = [{"line": 1, "sku": "WM", "serial": "W-1", "unit_price": "9.00"}]
    accept(account("u1"), order("o1", "u1", on=2, lines=lines))
    appliances.settle(serials={"W-1"}, now=NOW)
    assert unbound.retry_known(now=NOW) == 1


def test_the_same_event_twice_is_one():
    bind()
    accept(washing())
    assert [verdict.verdict for verdict in accept(washing())] == ["duplicate"]
    assert Event.objects.filter(name="wash_started").count() == 1


def test_an_appliance_that_changes_hands_tells_of_its_new_owner():
    bind("u1", on=3)
    bind("u2", on=5)
    accept(washing())
    assert Event.objects.get(name="wash_started").account.external_id == "u2"


@pytest.mark.parametrize(
    "properties", [{}, {"serial": ""}, {"serial": "x" * 101}, {"serial": ["W-1"]}, {"serial": None}]
)
def test_an_event_that_does_not_say_which_appliance_is_kept_aside(properties):
    [told] = accept(event("wash_started", channel="uhome", properties=properties))
    assert (told.verdict, told.problems[-1].code) == ("quarantined", "device.serial")


def test_an_event_that_names_an_account_is_that_accounts():
    accept(
        account("u1", channel="uhome"),
        event("device_used", "u1", channel="uhome", properties={"serial": "W-9"}),
    )
    assert Event.objects.get(name="device_used").account.external_id == "u1"


def test_other_channels_cost_no_look_up(monkeypatch):
    asked = []
    monkeypatch.setattr("members.queries.appliances.owners", lambda *, serials: asked.append(serials) or {})
    accept(account("u1"), event("page_view", "u1", properties={"serial": "W-1"}))
    assert asked == []
    accept(washing(), washing("W-2"))
    assert asked == [{"W-1", "W-2"}]


@pytest.mark.parametrize(
    "name", ["right.granted", "tier.reached", "appliance.bound", "gift_card.given", "hold.placed"]
)
def test_events_of_the_house_cannot_be_sent(name):
    [told] = accept(event(name, "u1"))
    assert told.problems[0].code == "event.reserved"
