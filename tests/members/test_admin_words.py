"""What pages only show is written for people: numbers in their book's scale, events by their titles."""

import html

import pytest
from django.urls import reverse
from django.utils import timezone

from config import roles
from members.actions import acts
from members.models import Account, Book, Event, OpeningRule, Order, Posting, Programme, Tier
from tests import factories
from tests.identity import company
from tests.members.ledger.purses import DAY, book
from tests.members.plans import action, published, rule


@pytest.fixture
def house(db):
    roles.create()
    nodes = company.build()
    company.accept(company.account("u1"))
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    return {**nodes, "club": club, "book": book(organization=nodes["b1"])}


def told(client, name, *args) -> str:
    shown = client.get(reverse(f"admin:members_{name}", args=args))
    assert shown.status_code == 200
    return " ".join(html.unescape(shown.content.decode()).split())


def plan_of(house):
    node = house["b1"]
    growth = book(organization=node, code="growth", kind="growth", unit="growth")
    card = book(organization=node, code="card", unit="CNY", scale=2)
    gold = Tier.objects.create(programme=house["club"], code="gold", name="Gold", rank=1)
    return published(
        house["club"],
        starts_at=timezone.now() - 30 * DAY,
        growth_book=growth,
        rules=[rule(card, "0.25", at_least="199.5"), action(house["book"], 1500, per="day")],
        tiers=[{"tier": gold, "growth_from": 8000, "keep_from": 500, "multiplier": "1.5"}],
        spending=[{"book": house["book"], "currency": "CNY", "unit_value": "0.01", "most_share": "0.5", "step": 100}],
    )  # fmt: skip


def test_a_published_plan_tells_its_numbers_and_events_as_people_write_them(client, house):
    plan = plan_of(house)
    client.force_login(factories.staff(superuser=True))
    shown = told(client, "plan_change", plan.pk)
    for words in (
        "8,000 growth", "500 growth", "1,500 points", "0.25", "199.50 CNY", "0.00 CNY", "0.01 CNY", "50 %", "100 points",
        "Daily sign-in", "Orders",
    ):  # fmt: skip
        assert f">{words}<" in shown, words
    assert "8000" not in shown
    assert "sign_in" not in shown
    assert ".000" not in shown


def test_whoever_only_reads_a_draft_reads_it_in_the_same_words(client, house):
    plan = plan_of(house)
    client.force_login(factories.staff(superuser=True))
    client.post(reverse("admin:members_plan_do", args=[plan.pk, "copy"]))
    draft = house["club"].plans.get(state="draft")
    reader = "members.view_plan members.view_tierrule members.view_earningrule"
    client.force_login(factories.staff(organization=house["b1"], permissions=reader))
    shown = told(client, "plan_change", draft.pk)
    assert ">8,000 growth<" in shown
    assert ">Daily sign-in<" in shown
    others = f"{reader} members.change_plan members.change_tierrule members.change_earningrule"
    client.force_login(factories.staff(organization=house["s1"], permissions=others))
    assert ">8,000 growth<" in told(client, "plan_change", draft.pk)


def test_movements_name_the_action_that_they_are_for(client, house):
    now = timezone.now()
    plan_of(house)
    company.accept(company.event("sign_in", "u1", occurred_at=(now - DAY).isoformat()), now=now)
    acts.settle(told=Event.objects.filter(name="sign_in"), now=now)
    posting, member = Posting.objects.get(), Account.objects.get().member
    client.force_login(factories.staff(superuser=True))
    assert ": plan Plan, Daily sign-in" in told(client, "posting_movements", member.oneid, posting.book_id)
    assert "Daily sign-in" in told(client, "posting_changelist")
    assert "Daily sign-in" in told(client, "posting_change", posting.pk)
    assert ">Daily sign-in<" in told(client, "event_changelist")
    timeline = client.get(reverse("admin:members_member_change", args=[member.oneid]), {"tab": "timeline"})
    assert '<option value="sign_in">Daily sign-in</option>' in timeline.content.decode()
    assert '<span class="nf-strong">Daily sign-in</span>' in timeline.content.decode()


def test_a_reason_that_staff_typed_stays_as_they_typed_it(house):
    assert not Posting(key="desk:1:abc", reason="sign_in").is_for_an_action


@pytest.mark.parametrize(
    ("amount", "shown"), [("199.5", "199.50"), ("12000", "12,000.00"), ("0.125", "0.125")]
)
def test_money_has_two_decimals_at_least(client, house, amount, shown):
    company.accept(company.order("o1", "u1"))
    Order.objects.update(amount=amount)
    client.force_login(factories.staff(superuser=True))
    for name, args in (("order_changelist", ()), ("order_change", (Order.objects.get().pk,))):
        page = told(client, name, *args)
        assert f">{shown}<" in page or f"> {shown} <" in page, name
        assert ".0000" not in page


def test_settings_of_a_book_are_read_and_changed_without_zeros(client, house):
    Book.objects.update(worth="0.5", adjust_limit=500)
    ours = house["book"]
    client.force_login(factories.staff(organization=house["s1"], permissions="members.view_book"))
    shown = told(client, "book_change", ours.pk)
    assert ">0.5<" in shown
    assert ">500<" in shown
    client.force_login(factories.staff(superuser=True))
    shown = told(client, "book_change", ours.pk)
    assert 'value="0.5"' in shown
    assert 'value="500"' in shown


def test_rates_of_an_opening_rule_are_read_without_zeros(client, house):
    opened = OpeningRule.objects.create(
        programme=house["club"],
        channel=Account.objects.get().channel,
        points_book=house["book"],
        points_rate="0.5",
    )
    client.force_login(factories.staff(organization=house["b1"], permissions="members.view_openingrule"))
    assert ">0.5<" in told(client, "openingrule_change", opened.pk)
