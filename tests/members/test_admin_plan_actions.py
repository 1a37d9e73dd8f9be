"""Rules for actions on the page of a plan: chosen in words, looked at before they hold."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from members.actions import plans
from members.models import Account, EarningRule, Plan, Programme
from tests import factories
from tests.identity import company
from tests.members.ledger.purses import DAY, book, merge
from tests.members.plans import action, drafted, published, rule
from tests.members.test_admin_plans import of, page, sent


@pytest.fixture
def house(db):
    roles.create()
    nodes = company.build()
    company.accept(company.account("u1"), company.account("u2"))
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    return {**nodes, "club": club, "book": book(organization=nodes["b1"])}


def acting(house, **more):
    given = {"event": "sign_in", "per": "day", "fixed": "5", "rate": "0", "currency": ""} | more
    return sent(house, **{f"earning_rules-0-{name}": value for name, value in given.items()})


def test_events_are_offered_in_words(client, house):
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    shown = page(client.get(reverse("admin:members_plan_add")))
    assert '<option value="sign_in">Daily sign-in</option>' in shown
    assert "How often" in shown
    assert '<option value="review.posted">Review written</option>' in shown
    assert "points.earned" not in shown
    response = client.post(reverse("admin:members_plan_add"), acting(house))
    assert response.status_code == 302, page(response)
    made = EarningRule.objects.get()
    assert (made.event, made.per, made.fixed, made.currency) == ("sign_in", "day", 5, "")
    client.post(of(made.plan, "publish"))
    assert Plan.objects.get().state == "published"
    assert ">Daily sign-in<" in page(client.get(of(made.plan)))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"per": ""}, "says how often it is given"),
        ({"currency": "CNY"}, "nothing of money, goods or tiers"),
        ({"fixed": "0"}, "gives an amount"),
        ({"event": "points.earned"}, "not one of the available choices"),
        ({"event": "", "per": ""}, "three capital letters"),
    ],
)
def test_what_is_wrong_with_a_rule_for_an_action_is_said_on_the_page(client, house, wrong, told):
    client.force_login(factories.staff(superuser=True))
    assert told in page(client.post(reverse("admin:members_plan_add"), acting(house, **wrong)))
    assert not Plan.objects.exists()


def test_the_preview_counts_actions_of_people(client, house):
    now = timezone.now().replace(hour=12)
    merge(*Account.objects.order_by("id"))
    published(
        house["club"],
        rules=[action(house["book"], 2, per="day"), rule(house["book"], 1)],
        starts_at=now - 90 * DAY,
    )
    times = [now - DAY, now - DAY + dt.timedelta(minutes=5), now - 2 * DAY, now - 40 * DAY]
    company.accept(
        *(company.event("sign_in", who, occurred_at=at.isoformat()) for at in times for who in ("u1", "u2")),
        now=now,
    )
    draft = drafted(
        house["club"], rules=[action(house["book"], 3, per="day"), action(house["book"], 50, per="once")],
        starts_at=now + DAY, now=now,
    )  # fmt: skip
    client.force_login(factories.staff(superuser=True))
    shown = client.get(of(draft), {"preview": ""})
    preview = shown.context["preview"]
    assert (preview.orders, preview.actions) == (0, 6)
    assert "6 actions" in page(shown)
    [change] = preview.changes
    assert (change.before, change.after, change.gain) == (4, 56, 1)


def test_many_rules_ask_for_the_names_of_events_as_often_as_one(client, house):
    now = timezone.now()
    client.force_login(factories.staff(superuser=True))

    def asked(count):
        rules = [action(house["book"], 5) for _ in range(count)]
        url = of(drafted(house["club"], rules=rules, starts_at=now, now=now))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return sum("identity_eventschema" in each["sql"] for each in queries)

    assert asked(4) == asked(1)


def test_a_version_for_long_cannot_multiply_an_action(house):
    now = timezone.now()
    draft = drafted(house["club"], rules=[action(house["book"], times=Decimal(2))], starts_at=now, now=now)
    with pytest.raises(plans.Refused, match="Times"):
        plans.publish(plan=draft, by=None, now=now)
