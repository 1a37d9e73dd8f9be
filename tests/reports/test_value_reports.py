"""The pyramid and who moves in it, 80/20 and what we spend, fixed habits, three ways to grow, and a click that gathers people."""

import datetime as dt
import itertools
import random
import uuid
from collections import Counter
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from campaigns.models import Campaign
from members.models import Book, OrderLine, Posting
from reports.queries import growth, habits, pareto, pyramid, rfm
from tags.actions import audiences
from tags.conditions.window import Window
from tags.models import Audience, MemberTags, TagChange
from tags.models_of.rfm import Bounds, Rfm
from tags.queries import audiences as reading
from tags.queries import selection
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ZONE = dt.timezone(dt.timedelta(hours=8))
MAY, JUNE = dt.datetime(2026, 5, 1, tzinfo=ZONE), dt.datetime(2026, 6, 1, tzinfo=ZONE)
PERMISSIONS = (
    "members.view_reports tags.add_audience tags.view_audience campaigns.add_campaign campaigns.view_campaign"
)


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def app(nodes):
    return factories.channel(organization=nodes["g"], code="app")


@pytest.fixture
def layers(nodes):
    return factories.tag(
        organization=nodes["g"], code="value_pyramid", name="Value pyramid", source="model", model="pyramid",
        values=["low", "medium", "high", "vip"],
    )  # fmt: skip


def days_ago(days):
    return NOW - dt.timedelta(days=days)


def buyer(app, *amounts, at=NOW, account=None):
    account = account or factories.account(channel=app, at=days_ago(900))
    for amount in amounts:
        factories.order(account=account, amount=amount, at=at)
    return account


def carry(tag, member, *steps):
    """A member's way through the layers: (moment, code or None) in order; the last is what he carries now."""
    ids, held = dict(tag.values.values_list("code", "pk")), None
    for at, code in steps:
        TagChange.objects.create(
            member=member, at=at, gained=[ids[code]] if code else [], lost=[ids[held]] if held else []
        )
        held = code
    MemberTags.objects.create(member=member, values=[ids[held]] if held else [], computed_at=NOW)


@pytest.mark.requirement("REP-050")
def test_movement_between_layers_from_1_may_to_1_june(nodes, app, layers):
    april, between = MAY - dt.timedelta(days=20), MAY + dt.timedelta(days=10)
    ways = [
        *([[(april, "low"), (between, "medium")]] * 12),
        [(april, "vip"), (between, "high")],
        *([[(april, "low")]] * 5),
        [(between, "vip")],
        [(april, "high"), (between, None)],
        [(april, "medium"), (between, "low"), (between + dt.timedelta(days=1), "medium")],
        [(april, "medium"), (JUNE + dt.timedelta(days=1), "vip")],
        [(JUNE + dt.timedelta(days=2), "low")],
    ]
    for way in ways:
        carry(layers, factories.account(channel=app).member, *way)
    moved = pyramid.movement(tag=layers, earlier=MAY, later=JUNE)
    assert moved.cells["low", "medium"] == 12
    assert moved.cells["vip", "high"] == 1
    assert moved.cells == {
        ("low", "medium"): 12, ("vip", "high"): 1, ("low", "low"): 5, ("none", "vip"): 1, ("high", "none"): 1,
        ("medium", "medium"): 2,
    }  # fmt: skip
    then = {
        layer.code: layer.people for layer in pyramid.report(node=nodes["g"], as_of=MAY, tag=layers).layers
    }
    later = {
        layer.code: layer.people for layer in pyramid.report(node=nodes["g"], as_of=JUNE, tag=layers).layers
    }
    assert then == {"vip": 1, "high": 1, "medium": 2, "low": 17}
    assert later == {"vip": 1, "high": 1, "medium": 14, "low": 5}
    assert {code: moved.row(code) for code in then} == then
    assert {code: moved.column(code) for code in later} == later
    total = moved.tables()[0].total
    assert sum(total[1:-1]) == total[-1] == len(ways) - 1


@pytest.mark.requirement("TAG-062")
def test_layers_with_their_count_and_share_of_value(nodes, app, layers):
    worth = {"low": ["40", "60"], "medium": ["100", "800"], "high": ["9000"], "vip": ["10000", "20000"]}
    for code, amounts in worth.items():
        for amount in amounts:
            carry(layers, buyer(app, amount).member, (days_ago(1), code))
    found = pyramid.report(node=nodes["g"], as_of=NOW, tag=layers)
    assert [(i.code, i.least, i.people, i.value) for i in found.layers] == [
        ("vip", 10_000, 2, 30_000), ("high", 1_000, 1, 9_000), ("medium", 100, 2, 900), ("low", None, 2, 100),
    ]  # fmt: skip
    assert [row[5] for row in found.tables()[0].rows] == [0.75, 0.225, 0.0225, 0.0025]
    assert found.groups()["vip"].people == 2


def test_the_pyramid_of_a_store_holds_its_own_people(nodes, app, layers):
    here = factories.account(channel=app, organization=nodes["s1"])
    factories.order(account=here, amount="500", organization=nodes["s1"])
    factories.order(account=here, amount="700", organization=nodes["s4"])
    carry(layers, here.member, (days_ago(1), "high"))
    carry(layers, buyer(app, "100").member, (days_ago(1), "medium"))
    found = pyramid.report(node=nodes["s1"], as_of=NOW, tag=layers, earlier=days_ago(2))
    assert {i.code: (i.people, i.value) for i in found.layers if i.people} == {"high": (1, 500)}
    assert found.moved.cells == {("none", "high"): 1}


@pytest.fixture
def hundred(app):
    """A hundred buyers: twenty of 398 and eighty of 25.50 bring 7,960 and 2,040 of 10,000."""
    return [buyer(app, amount) for amount in ["398"] * 20 + ["25.50"] * 80]


@pytest.mark.requirement("TAG-067")
def test_the_head_of_a_hundred_buyers_and_its_share_of_value(client, nodes, app, hundred, time_machine):
    factories.returned(order=buyer(app, "5000").orders.get(), amount="5000")
    found = pareto.report(node=nodes["g"], as_of=NOW)
    assert (found.head.people, found.rest.people) == (20, 80)
    assert found.value_share == pytest.approx(0.796)
    assert {oneid for oneid, _value in found.listed} == {each.member.oneid for each in hundred[:20]}
    time_machine.move_to(NOW, tick=False)
    client.force_login(factories.staff(organization=nodes["g"], permissions=PERMISSIONS))
    page = client.get(reverse("admin:report_pareto"))
    assert "79.6 %" in page.text
    shown = [row[1]["text"] for row in page.context["tables"][1]["rows"]]
    assert sorted(shown) == sorted(each.member.oneid for each in hundred[:20])


def spend(app, *, head, rest):
    """Five buyers, of whom the best brings 80 % of the value; they get these discounts on their orders."""
    accounts = [buyer(app, amount) for amount in ("800", "50", "50", "50", "50")]
    for account, discount in ((accounts[0], head), (accounts[1], rest)):
        OrderLine.objects.filter(order__account=account).update(discount=Decimal(discount))
    return accounts


@pytest.mark.requirement("REP-049")
@pytest.mark.parametrize(("head", "rest", "flag"), [("15", "85", True), ("85", "15", False)])
def test_a_head_of_80_percent_of_value_that_gets_15_percent_of_our_spending_is_flagged(nodes, app, head, rest, flag):  # fmt: skip
    spend(app, head=head, rest=rest)
    found = pareto.report(node=nodes["g"], as_of=NOW)
    assert found.value_share == 0.8
    assert found.spend_share == int(head) / 100
    assert found.under_rewarded is flag


@pytest.mark.requirement("REP-049")
def test_points_count_at_their_worth_and_less_what_was_taken_back(nodes, app):
    accounts = spend(app, head="10", rest="0")
    book = Book.objects.create(
        organization=nodes["g"],
        code="points",
        name="Points",
        kind="points",
        unit="points",
        worth=Decimal("0.01"),
    )
    growing = Book.objects.create(
        organization=nodes["g"], code="growth", name="Growth", kind="growth", unit="points"
    )
    numbers = itertools.count()

    def post(account, amount, *, verb="earn", to=book, corrects=None, days=1):
        return Posting.objects.create(
            book=to, account=account, verb=verb, key=f"p{next(numbers)}", content=uuid.uuid4(), amount=amount,
            occurred_at=days_ago(days), recorded_at=NOW, corrects=corrects,
        )  # fmt: skip

    earned = post(accounts[1], 5_000)
    post(accounts[1], -1_000, verb="reverse", corrects=earned)
    post(accounts[0], 1_000)
    post(accounts[0], 90_000, to=growing)
    post(accounts[1], 90_000, days=366)
    post(accounts[1], -500, verb="spend")
    found = pareto.report(node=nodes["g"], as_of=NOW)
    assert (found.head.discounts, found.head.points) == (10, 10)
    assert (found.rest.discounts, found.rest.points) == (0, 40)
    assert found.spend_share == pytest.approx(20 / 60)
    assert found.under_rewarded


def test_without_buyers_or_spending_nothing_is_said(nodes, app):
    empty = pareto.report(node=nodes["g"], as_of=NOW)
    assert (empty.value_share, empty.spend_share, empty.under_rewarded, empty.listed) == (
        None,
        None,
        False,
        [],
    )
    assert empty.groups() == {}
    buyer(app, "10")
    alone = pareto.report(node=nodes["g"], as_of=NOW)
    assert (alone.head.people, alone.rest.people, alone.spend_share, alone.under_rewarded) == (
        1,
        0,
        None,
        False,
    )


@pytest.mark.requirement("TAG-048")
def test_twelve_of_a_hundred_users_have_fixed_habits(client, nodes, app, time_machine):
    for number in range(100):
        account = factories.account(channel=app, at=days_ago(500))
        habit, many = number < 12, number < 40
        gaps = [10, 40, 70, 100] if habit else [1, 2, 3, 99] if many else [5 + number]
        for days in gaps:
            factories.order(account=account, at=days_ago(days))
    factories.account(channel=app)
    found = habits.report(node=nodes["g"], as_of=NOW)
    assert (found.habit, found.buyers, found.share) == (12, 100, 0.12)
    assert found.regular == {2: (12, 30.0)}
    assert found.judged == 40
    time_machine.move_to(NOW, tick=False)
    client.force_login(factories.staff(organization=nodes["g"], permissions=PERMISSIONS))
    assert "12.0 %" in client.get(reverse("admin:report_habits")).text


@pytest.mark.requirement("TAG-074")
def test_users_a_product_products_a_user_and_people_brought_a_user(nodes, app):
    bought = {"anna": ["tea", "cup", "pot", "tea"], "bo": ["tea"], "cai": ["tea", "cup"], "dan": ["milk"]}
    people = {name: factories.account(channel=app, external_id=name, at=days_ago(900)) for name in bought}
    for name, skus in bought.items():
        for sku in skus:
            factories.order(account=people[name], sku=sku, at=days_ago(20))
    factories.order(account=people["bo"], sku="old", at=days_ago(400))
    back = factories.order(account=people["bo"], sku="back", amount="30", at=days_ago(3))
    factories.returned(order=back, amount="30")
    for inviter, invitee, days in (
        ("anna", "bo", 5),
        ("anna", "cai", 5),
        ("dan", "cai", 2),
        ("anna", "bo", 1),
    ):
        properties = {"invitee": {"channel": "app", "external_id": invitee}}
        factories.event(account=people[inviter], name="referral", at=days_ago(days), **properties)
    found = growth.report(node=nodes["g"], as_of=NOW)
    assert Counter(sku for skus in bought.values() for sku in set(skus)) == {
        "tea": 3,
        "cup": 2,
        "pot": 1,
        "milk": 1,
    }
    assert found.users_per_product == 7 / 4
    assert found.products_per_user == 7 / 4
    assert (found.brought, found.brought_per_user, found.brought_per_inviter) == ([2], 2 / 4, 2)
    assert found.top[0] == ("tea", "", 3)
    assert found.widths == {1: 2, 2: 2}
    assert [row[2] for row in found.tables()[0].rows] == [1.75, 1.75, 0.5, 2.0]


@pytest.fixture
def retained(app):
    """Seven who bought once, long ago and much; the others bought lately, often or little."""
    seven = [buyer(app, "5000", at=days_ago(200)) for _number in range(7)]
    for number in range(20):
        account = buyer(app, "100", at=days_ago(10))
        buyer(app, "100", at=days_ago(5 + number), account=account)
    for _number in range(4):
        buyer(app, "60", at=days_ago(150))
    return seven


@pytest.mark.requirement("TAG-061")
def test_a_click_on_a_class_makes_an_audience_of_exactly_seven_and_opens_the_form_of_a_campaign_to_it(
    client, nodes, app, retained, time_machine
):
    time_machine.move_to(NOW, tick=False)
    client.force_login(factories.staff(organization=nodes["g"], permissions=PERMISSIONS))
    page = client.get(reverse("admin:report_rfm"))
    groups = {each["key"]: each["group"] for each in page.context["groups"]}
    assert groups["important_retain"].people == 7
    assert "重要挽留" in groups["important_retain"].name
    assert reverse("admin:report_gather", args=["rfm"]) in page.text

    answer = client.post(reverse("admin:report_gather", args=["rfm"]), {"group": "important_retain"})

    made = Audience.objects.get()
    assert (made.count, made.frozen_at) == (7, NOW)
    assert set(made.members.values_list("member", flat=True)) == {each.member_id for each in retained}
    assert answer.url.startswith(reverse("admin:campaigns_campaign_add"))
    draft = client.get(answer.url)
    assert draft.status_code == 200
    assert str(draft.context["adminform"].form["audience"].value()) == str(made.pk)
    assert Campaign.objects.count() == 0


@pytest.mark.parametrize("seed", range(2))
def test_every_class_is_told_by_its_condition(nodes, app, seed):
    dice = random.Random(seed)
    for _number in range(60):
        account = factories.account(channel=app, at=days_ago(900))
        for _order in range(dice.randrange(1, 5)):
            order = factories.order(
                account=account, amount=dice.randrange(1, 900), at=days_ago(dice.randrange(400))
            )
            if dice.random() < 0.2:
                factories.returned(order=order, amount=order.amount / 2)
    for model in (
        rfm.YEAR,
        Rfm(window=Window(days=365), bounds=Bounds(Decimal(50), Decimal(2), Decimal(500))),
        Rfm(),
    ):
        report = rfm.report(node=nodes["g"], as_of=NOW, model=model)
        assert sum(group.people for group in report.groups().values()) == report.buyers > 0
        for group in report.groups().values():
            assert selection.count(
                reading.chosen(condition=group.condition, node=nodes["g"], as_of=NOW)
            ) == group.people  # fmt: skip


def test_the_head_and_a_layer_are_gathered_too(client, nodes, app, layers, hundred, time_machine):
    time_machine.move_to(NOW, tick=False)
    for account in hundred[:3]:
        carry(layers, account.member, (days_ago(1), "medium"))
    client.force_login(factories.staff(organization=nodes["g"], permissions=PERMISSIONS))
    client.post(reverse("admin:report_gather", args=["pareto"]), {"group": "head"})
    assert Audience.objects.get().count == 20
    time_machine.move_to(NOW + dt.timedelta(minutes=1), tick=False)
    client.post(reverse("admin:report_gather", args=["pyramid"]), {"group": "medium"})
    assert Audience.objects.latest("pk").count == 3
    assert audiences.refresh(audience=Audience.objects.latest("pk"), now=NOW).count == 3


def test_gathering_needs_the_right_to_make_audiences_a_group_and_a_post(
    client, nodes, app, retained, time_machine
):
    time_machine.move_to(NOW, tick=False)
    address = reverse("admin:report_gather", args=["rfm"])
    client.force_login(factories.staff(organization=nodes["g"], permissions="members.view_reports"))
    assert client.post(address, {"group": "important_retain"}).status_code == 403
    assert client.get(reverse("admin:report_rfm")).context["groups"] == []
    client.force_login(factories.staff(organization=nodes["d1"], permissions=PERMISSIONS))
    assert client.post(address, {"group": "important_retain"}).status_code == 404
    client.force_login(factories.staff(organization=nodes["g"], permissions=PERMISSIONS.replace("campaigns.add_campaign", "")))  # fmt: skip
    assert client.get(address).status_code == 405
    assert client.post(address, {"group": "nobody"}).status_code == 404
    assert client.post(reverse("admin:report_gather", args=["sales"]), {"group": "x"}).status_code == 404
    answer = client.post(address, {"group": "important_retain"})
    assert answer.url == reverse("admin:tags_audience_change", args=[Audience.objects.get().pk])


def test_who_has_as_much_as_the_last_of_the_head_is_gathered_too_and_said(nodes, app):
    for amount in ("900", "500", "500", "500", *["100"] * 6):
        buyer(app, amount, at=days_ago(9))
    found = pareto.report(node=nodes["g"], as_of=NOW)
    assert found.head.people == 2
    (group,) = found.groups().values()
    assert (group.name, group.people) == ("Head, the best 20 %, and 2 with just as much", 4)
    made = audiences.save(name="Head", organization=nodes["g"], condition=group.condition, by=None, now=NOW)
    assert made.count == 4
