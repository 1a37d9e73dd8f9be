"""The effect of a campaign: treated against held out."""

import datetime as dt
from decimal import Decimal

import pytest

from campaigns.models import Decision
from reports.queries import effect
from tests import factories
from tests.campaigns import making
from tests.factories import NOW

LATER = NOW + dt.timedelta(days=40)
DAY = dt.timedelta(days=1)


@pytest.fixture
def app(nodes):
    return factories.channel(organization=nodes["g"])


@pytest.fixture
def campaign(nodes):
    made = making.approved(
        organization=nodes["g"], audience=making.audience(organization=nodes["g"], members=[])
    )
    made.state, made.started_at = "running", NOW
    made.save()
    return made


def decided(campaign, app, outcome, count=1, arm=None, **fields):
    accounts = [factories.account(channel=app) for _ in range(count)]
    arm = arm or ("holdout" if outcome == "held_out" else "treated")
    for account in accounts:
        Decision.objects.create(
            campaign=campaign, member=account.member, account=account, address=f"a{account.pk}", arm=arm,
            outcome=outcome, decided_at=NOW, claimed_at=NOW, **fields,
        )  # fmt: skip
    return accounts


def buys(accounts, amount="100.00", at=NOW + DAY, **fields):
    return [factories.order(account=account, amount=amount, at=at, **fields) for account in accounts]


def report(campaign, nodes, as_of=LATER, node="g", **options):
    return effect.report(campaign=campaign, node=nodes[node], as_of=as_of, **options)


def test_newcombe_s_example_as_a_campaign(campaign, nodes, app):
    """56 of 70 treated and 48 of 80 held out buy: 20 points, from 5.24 to 33.39."""
    buys(decided(campaign, app, "sent", 70)[:56])
    buys(decided(campaign, app, "held_out", 80)[:48])

    found = report(campaign, nodes)

    assert (found.treated.members, found.treated.buyers) == (70, 56)
    assert (found.holdout.members, found.holdout.buyers) == (80, 48)
    assert [round(number, 4) for number in (found.lift.value, found.lift.low, found.lift.high)] == [
        0.2, 0.0524, 0.3339
    ]  # fmt: skip
    assert found.extra_buyers.value == pytest.approx(14)
    assert found.revenue_lift.value == pytest.approx(20)
    assert found.tables()[1].rows[0] == ("Conversion, percentage points", 20.0, 5.24, 33.39)


def test_treated_12_percent_against_held_out_8_percent(campaign, nodes, app):
    buys(decided(campaign, app, "sent", 100)[:12])
    buys(decided(campaign, app, "held_out", 100)[:8])
    found = report(campaign, nodes)
    assert found.lift.value == pytest.approx(0.04)
    assert not found.lift.clear


def test_who_could_not_be_reached_is_in_neither_arm(campaign, nodes, app):
    for outcome in ("no_consent", "unreachable", "capped", "stopped", "pending"):
        for arm in ("treated", "holdout"):
            buys(decided(campaign, app, outcome, arm=arm))
    for outcome in ("failed", "unknown", "sending"):
        decided(campaign, app, outcome)
    found = report(campaign, nodes)
    assert (found.treated.members, found.treated.buyers, found.holdout.members) == (3, 0, 0)


def test_orders_in_the_window_net_of_what_came_back(campaign, nodes, app):
    first, second, third, fourth = decided(campaign, app, "sent", 4)
    buys([first], at=NOW - dt.timedelta(seconds=1))
    buys([first], at=NOW + 30 * DAY)
    buys([first], status="cancelled")
    (kept,) = buys([second], at=NOW)
    factories.returned(order=kept, amount="40.00", at=NOW + 2 * DAY)
    factories.returned(order=kept, amount="10.00", at=LATER + DAY)
    (back,) = buys([third])
    factories.returned(order=back, amount="100.00", at=NOW + 35 * DAY)
    buys([fourth, fourth], at=NOW + 30 * DAY - dt.timedelta(seconds=1))

    found = report(campaign, nodes)

    assert (found.treated.buyers, found.treated.revenue) == (2, Decimal("260.00"))
    assert found.treated.squares == Decimal("60") ** 2 + Decimal("200") ** 2


def test_only_orders_at_the_node(campaign, nodes, app):
    (account,) = decided(campaign, app, "sent")
    buys([account], organization=nodes["s1"])
    buys([account], organization=nodes["s4"], amount="7.00")
    assert report(campaign, nodes, node="d1").treated.revenue == 100
    assert report(campaign, nodes, node="b2").treated.revenue == 7


def test_orders_of_all_accounts_of_the_person_count_once(campaign, nodes, app):
    first, second = decided(campaign, app, "sent", 2)
    buys([first, second])
    making.merge(account=first, into=second.member)
    found = report(campaign, nodes)
    assert (found.treated.members, found.treated.buyers, found.treated.revenue) == (1, 1, 200)


def test_somebody_in_both_arms_is_in_neither(campaign, nodes, app):
    (first,), (second,) = decided(campaign, app, "sent"), decided(campaign, app, "held_out")
    making.merge(account=first, into=second.member)
    found = report(campaign, nodes)
    assert (found.treated.members, found.holdout.members) == (0, 0)


def test_revenue_is_in_the_currency_of_most_orders(campaign, nodes, app):
    first, second = decided(campaign, app, "sent", 2)
    decided(campaign, app, "held_out")
    buys([first, second])
    for order in buys([second], amount="9.00"):
        order.currency = "USD"
        order.save()
    found = report(campaign, nodes)
    assert (found.currency, found.treated.revenue, found.treated.buyers) == ("CNY", 200, 2)
    assert "1 members also bought in other currencies" in " ".join(found.warnings)


def test_warnings(campaign, nodes, app):
    decided(campaign, app, "sent", 3)
    assert "Nobody was held out" in report(campaign, nodes).warnings[0]
    buys(decided(campaign, app, "held_out", 3))
    said = report(campaign, nodes, as_of=NOW + DAY * 2).warnings
    assert "not over yet" in said[0]
    assert "Few members or buyers" in said[1]
    assert "percentage points four times in five" in said[2]


def test_where_people_enter_as_they_come_each_has_his_own_days(campaign, nodes, app):
    campaign.entering = "all"
    campaign.save()
    first, late = decided(campaign, app, "sent", 2)
    Decision.objects.filter(account=late).update(decided_at=NOW + 20 * DAY)
    buys([first, late], at=NOW + DAY)
    assert report(campaign, nodes, days=10).treated.buyers == 1
    buys([late], at=NOW + 21 * DAY)
    found = report(campaign, nodes, days=10)
    assert found.treated.buyers == 2
    assert any("not over yet" in said for said in found.warnings)
