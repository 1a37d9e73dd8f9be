import datetime as dt
import json
import uuid

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns.actions import budgets
from campaigns.models import Budget
from campaigns.queries import budgets as read
from campaigns.queries import burning
from config import roles
from members import sets
from members.actions import holds
from members.models import Entry, Posting
from tests import factories, statements
from tests.campaigns import offering, pots
from tests.members.ledger import purses

DAY = dt.timedelta(days=1)


@pytest.fixture
def marketer(tree):
    roles.create()
    return factories.staff(organization=tree["b1"], role="marketer")


@pytest.fixture
def brand(tree):
    return pots.budget(organization=tree["b1"], amount=1_000)


def page(budget):
    return reverse("admin:campaigns_budget_change", args=[budget.pk])


def move(client, budget, verb, **given):
    address = reverse("admin:campaigns_budget_move", args=[budget.pk, verb])
    return client.post(address, {"key": purses.key(), **given}, follow=True)


def standing(budget):
    found = read.standings(budgets=[budget])[budget.pk]
    return found.given, found.reserved, found.spent, found.left


def test_a_budget_is_made_funded_and_granted_down(client, tree, marketer):
    book = pots.money(organization=tree["g"])
    client.force_login(marketer)
    add = reverse("admin:campaigns_budget_add")
    given = {"name": "Brand", "code": "B-26", "organization": tree["b1"].pk, "book": book.pk, "slices": "1"}

    assert client.post(add, given | {"organization": tree["g"].pk}).context["form"].errors["organization"]
    client.post(add, given)
    brand = Budget.objects.get(code="B-26")
    assert brand.owner == marketer
    assert client.post(add, given).context["form"].errors["code"]
    below = given | {"name": "Dealer", "code": "D-26", "organization": tree["d1"].pk, "parent": brand.pk}
    client.post(add, below)
    dealer = Budget.objects.get(code="D-26")
    move(client, brand, "fund", amount="1000.50", reason="the year's plan")
    move(client, brand, "grant", amount="300", to=dealer.pk)

    assert (standing(brand), standing(dealer)) == ((70050, 0, 0, 70050), (30000, 0, 0, 30000))
    assert Posting.objects.filter(by=marketer, reason="the year's plan").exists()
    move(client, dealer, "take-back", amount="100")
    assert standing(dealer) == (20000, 0, 0, 20000)
    shown = client.get(reverse("admin:campaigns_budget_changelist"))
    assert [(row["budget"], row["left"]) for row in shown.context["rows"]] == [
        (brand, "800.50 CNY"),
        (dealer, "200.00 CNY"),
    ]
    assert "Dealer" in client.get(page(brand)).content.decode()


def test_more_than_is_left_is_refused_and_pressing_twice_moves_once(client, tree, marketer, brand):
    dealer = pots.budget(organization=tree["d1"], parent=brand)
    client.force_login(marketer)
    once = purses.key()

    for _press in range(2):
        move(client, brand, "grant", amount="600", to=dealer.pk, key=once)
    refused = move(client, brand, "grant", amount="600", to=dealer.pk).content.decode()

    assert standing(dealer)[0] == 60000
    assert "400" in refused
    move(client, brand, "grant", amount="-5", to=dealer.pk)
    move(client, brand, "grant", amount="0.001", to=dealer.pk)
    assert standing(brand)[3] == 40000


def test_what_was_moved_is_told_with_who_and_why(client, tree, marketer, brand):
    dealer = pots.budget(organization=tree["d1"], parent=brand)
    client.force_login(marketer)
    move(client, brand, "grant", amount="300", to=dealer.pk, reason="spring")
    move(client, dealer, "take-back", amount="20")

    rows = client.get(page(brand)).context["moves"]
    assert [(row["amount"], row["other"], row["linked"]) for row in rows] == [
        ("+20.00 CNY", dealer, True), ("−300.00 CNY", dealer, True), ("+1,000.00 CNY", None, False),
    ]  # fmt: skip
    assert (rows[1]["move"].posting.reason, rows[1]["move"].posting.by) == ("spring", marketer)
    below = factories.staff(organization=tree["d1"], role="marketer")
    client.force_login(below)
    shown = client.get(page(dealer))
    assert [row["linked"] for row in shown.context["moves"]] == [False, False]
    assert page(brand) not in shown.content.decode()


def test_a_budget_below_it_is_made_from_its_page(client, tree, marketer, brand):
    client.force_login(marketer)
    address = f"{reverse('admin:campaigns_budget_add')}?parent={brand.pk}"
    assert address.replace("&", "&amp;") in client.get(page(brand)).content.decode()
    form = client.get(address).context["form"]
    assert (form.initial["parent"], form.initial["book"]) == (brand, brand.book_id)
    hidden = pots.budget(organization=tree["b2"])
    assert (
        client.get(reverse("admin:campaigns_budget_add"), {"parent": hidden.pk}).context["form"].initial == {}
    )


def test_shares_are_told_to_the_hundredth(client, tree, marketer, brand):
    offering.drafted(organization=tree["b1"], offers=(offering.off() | {"shares": {brand: 3_333}},))
    client.force_login(marketer)
    assert [percent for _share, percent in client.get(page(brand)).context["shares"]] == ["33.33 %"]


def test_what_tills_hold_and_what_is_spent_are_told_apart(client, tree, marketer, brand):
    now = timezone.now()
    for key, amount in (("held", 10_000), ("spent", 25_000)):
        budgets.hold(
            costs=[budgets.Cost(brand, "A-1", amount)],
            key=key,
            until=now + DAY,
            now=now,
            cause=key,
            organization=tree["s1"],
        )
    holds.commit(key="spent", now=now)
    client.force_login(marketer)

    row = client.get(page(brand)).context["row"]

    assert (row["given"], row["reserved"], row["spent"], row["left"]) == (
        "1,000.00 CNY", "100.00 CNY", "250.00 CNY", "650.00 CNY",
    )  # fmt: skip
    config = json.loads(client.get(page(brand)).context["chart"]["config"])
    assert config["data"]["datasets"][0]["data"][-1] == 650


def test_the_burn_down_ends_with_what_is_left_and_begins_before_the_money_came(tree, brand):
    now = pots.NOW
    days = burning.of(budget=brand, now=now, days=5)
    assert [left for _day, left in days] == [0, 0, 0, 0, 100_000]
    later = burning.of(budget=brand, now=now + 2 * DAY, days=5)
    assert [left for _day, left in later] == [0, 0, 100_000, 100_000, 100_000]


def test_the_burn_down_reads_the_last_days_only_however_much_was_moved_before(brand, monkeypatch):
    """Three thousand old movements and one of each of two days: the statement touches the steps, not the old ones."""
    [(wallet, _balance)] = read.wallets(budgets=[brand])[brand.pk].items()
    book, now = brand.book, pots.NOW
    old = [
        Posting(
            book=book, verb="earn", key=f"old{number}", content=uuid.UUID(int=number), amount=1, occurred_at=now - 90 * DAY,
            recorded_at=now - 90 * DAY + number * dt.timedelta(minutes=1),
        )
        for number in range(3_000)
    ]  # fmt: skip
    new = [
        Posting(
            book=book, verb="earn", key=f"new{back}", content=uuid.UUID(int=back), amount=1, occurred_at=now,
            recorded_at=now - back * DAY,
        )
        for back in (2, 1)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # postings without the other half
        made = Posting.objects.bulk_create([*old, *new])
        Entry.objects.bulk_create(
            Entry(id=place - 5_000, posting=posting, wallet_id=wallet, amount=1)
            for place, posting in enumerate(made)
        )
        cursor.execute("ANALYZE members_entry; ANALYZE members_posting")
    monkeypatch.setattr(burning, "STEP", 100)
    with statements.counted() as asked:
        days = burning.of(budget=brand, now=now, days=5)
    assert [left for _day, left in days] == [-2, -2, -1, 0, 100_000]
    assert len(asked) == 2
    told = {"wallets": sets.array([wallet]), "begin": now - 4 * DAY, "zone": "UTC", "step": 99}
    rows = sets.named(f"EXPLAIN (ANALYZE, FORMAT JSON) {burning.MOVED}", **told)
    assert summed(rows[0][0][0]["Plan"]) <= 200


def summed(plan: dict) -> int:
    """The most entries that a scan behind the walk gave to be summed up."""
    below = [summed(each) for each in plan.get("Plans", ())]
    own = plan["Actual Rows"] if plan.get("Relation Name") == "members_entry" and "Index Cond" in plan else 0
    return max([int(own), *below])


def test_money_of_others_is_neither_seen_nor_moved(client, tree, marketer, brand):
    group = pots.budget(organization=tree["g"], amount=500)
    mine = pots.budget(organization=tree["b1"], parent=group)
    client.force_login(marketer)

    assert client.get(page(group)).status_code == 404
    assert move(client, group, "fund", amount="5").status_code == 404
    assert move(client, mine, "take-back", amount="5").status_code == 404
    client.force_login(factories.staff(organization=tree["b1"], permissions="campaigns.view_budget"))
    assert client.get(page(mine)).status_code == 200
    assert move(client, mine, "fund", amount="5").status_code == 403
    assert client.get(reverse("admin:campaigns_budget_add")).status_code == 403
    client.force_login(factories.staff(organization=tree["b1"]))
    assert client.get(reverse("admin:campaigns_budget_changelist")).status_code == 403
