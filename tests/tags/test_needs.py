"""What tags need, what channels deliver, and a wish that becomes real."""

import datetime as dt

import pytest
from django.db.models import Max

from members.models import Account, Event, EventCursor
from tags.actions import approvals, definitions, deliveries, promoting
from tags.models import SignalDelivery
from tags.queries import needs
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)  # the log shows what is committed
SAID = ("definition", "direction", "benefit", "purpose", "consumer", "expected_action", "owner")
RENOVATES = {"events": {"name": ["book_designer", "view_floor_plan"], "window": {"days": 90}}}


@pytest.fixture
def town(transactional_db):
    return world.build()


def look(now=NOW):
    """Until the log shows all that was committed: autovacuum may be in the way for a moment."""
    newest = Event.objects.aggregate(tx=Max("tx"))["tx"] or 0
    while True:
        deliveries.look(now=now)
        if EventCursor.objects.get(reader="signals").tx > newest:
            return


def draft(town, **fields):
    said = {**dict.fromkeys(SAID, "said"), "category": factories.category(organization=town.group)}
    given = {"code": "renovating", "name": "Is renovating", "organization": town.group, "now": NOW}
    return definitions.draft(**{**given, **said, **fields})


def told():
    return {
        (row.channel.code, row.signal): row.facts for row in SignalDelivery.objects.select_related("channel")
    }


def test_what_channels_deliver_is_looked_up_in_the_facts(town):
    member = world.person(town)
    Account.objects.filter(pk=member.account.pk).update(traits={"birth_date": [str(NOW), "1990-01-01"]})
    buyer = world.person(town, channel=town.tmall)
    factories.order(account=buyer.account, category="fridge")
    factories.returned(order=factories.order(account=buyer.account), amount="1")
    for _time in range(2):
        factories.event(account=member.account, name="share")
    look()
    app = {("app", "accounts"): 1, ("app", "profile.birth_date"): 1, ("app", "event.share"): 2}
    shop = {
        ("tmall", "accounts"): 1,
        ("tmall", "orders"): 2,
        ("tmall", "orders.category"): 1,
        ("tmall", "returns"): 1,
    }
    assert told() == app | shop


def test_what_the_house_notes_of_itself_comes_through_no_channel(town):
    factories.event(account=world.person(town).account, name="share")
    Event.objects.create(organization=town.group, name="plan.drafted", occurred_at=NOW)
    look()
    assert told() == {("app", "accounts"): 1, ("app", "event.share"): 1}


def test_a_second_look_counts_each_event_once(town):
    member = world.person(town)
    factories.event(account=member.account, name="share", at=NOW - dt.timedelta(days=2))
    look()
    look()
    assert told()["app", "event.share"] == 1
    factories.event(account=member.account, name="share")
    later = NOW + dt.timedelta(days=1)
    look(now=later)
    row = SignalDelivery.objects.get(signal="event.share")
    assert (row.facts, row.last_at, row.looked_at) == (2, NOW, later)


@pytest.mark.parametrize(
    ("condition", "signals"),
    [
        ({"profile": {"field": "age", "op": "<", "value": 30}}, {"profile.birth_date"}),
        (
            {"orders": {"aggregate": "count", "where": {"category": ["fridge"]}}},
            {"orders", "orders.category"},
        ),
        ({"any": [{"not": RENOVATES}]}, {"event.book_designer", "event.view_floor_plan"}),
        ({"tag": {"tag": "men"}}, {"profile.gender"}),
    ],
)
def test_a_tag_needs_what_its_conditions_read(town, condition, signals):
    men = {"profile": {"field": "gender", "op": "=", "value": "male"}}
    factories.tag(organization=town.group, code="men", values=[("yes", men)])
    assert needs.signals(tag=draft(town, values=[("yes", "Yes", condition)])) == signals


@pytest.mark.requirement("TAG-019")
def test_a_wish_lists_what_it_lacks_and_becomes_a_rule_when_it_has_arrived(town):
    wish = draft(town, source="ideal", wanted_signals=["event.book_designer", "event.view_floor_plan"])
    member = world.person(town)
    factories.event(account=member.account, name="view_floor_plan")
    look()
    assert needs.missing(tag=wish, now=NOW) == ["event.book_designer"]
    given = {"by": None, "now": NOW, "values": [("yes", "Yes", RENOVATES)]}
    with pytest.raises(approvals.Refused, match=r"still waits for event\.book_designer"):
        promoting.promote(tag=wish, **given)
    with pytest.raises(approvals.Refused, match="is a wish"):
        approvals.approve(tag=wish, by=None, now=NOW)

    factories.event(account=member.account, name="book_designer")
    look()
    promoting.promote(tag=wish, **given)

    assert (wish.source, wish.status, wish.version) == ("rule", "draft", 2)
    assert wish.versions.get(number=2).note.startswith("Promoted: the signals event.book_designer")
    assert approvals.approve(tag=wish, by=None, now=NOW).active


def test_a_signal_that_stopped_months_ago_has_not_arrived(town):
    wish = draft(town, source="ideal", wanted_signals=["event.share"])
    account = world.person(town).account
    factories.event(account=account, name="share", at=NOW - dt.timedelta(days=91))
    look()
    assert needs.missing(tag=wish, now=NOW) == ["event.share"]
    (line,) = needs.lines(signals=["event.share"], channels=[town.app, town.tmall], now=NOW)
    assert [cell.state for cell in line.cells] == ["stopped", "missing"]


def test_what_another_brand_delivers_does_not_make_a_wish_real(town):
    wish = draft(town, organization=town.nodes["b2"], source="ideal", wanted_signals=["event.share"])
    factories.event(account=world.person(town, channel=town.tmall).account, name="share")
    look()
    assert needs.missing(tag=wish, now=NOW) == ["event.share"]
