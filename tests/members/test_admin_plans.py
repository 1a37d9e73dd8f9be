"""The page of a plan: drafted with its rules, looked at, published, stopped with a reason, and read only afterwards."""

import datetime as dt
import html
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from config import roles
from members.models import Account, EarningRule, Event, GoodsSet, Plan, Programme, Tier, TierRule
from tests import factories, pages
from tests.identity import company
from tests.members.ledger.purses import DAY, book
from tests.members.plans import drafted, published, rule

PUBLISH = "members.view_plan members.change_plan members.add_plan members.publish_plan"


@pytest.fixture
def house(db):
    roles.create()
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    return {**nodes, "club": club, "book": book(organization=nodes["b1"])}


def page(response) -> str:
    return html.unescape(response.content.decode())


def of(plan, *verb):
    if verb:
        return reverse("admin:members_plan_do", args=[plan.pk, *verb])
    return reverse("admin:members_plan_change", args=[plan.pk])


def sent(house, **more):
    starts = timezone.localtime(timezone.now() - 30 * DAY).replace(microsecond=0)
    plan = {
        "name": "Basis", "programme": house["club"].pk, "cycle": "long", "calendar": "always", "days_before": 0,
        "days_after": 0, "starts_at_0": starts.date(), "starts_at_1": starts.time(),
        "spend_rules-TOTAL_FORMS": 0, "spend_rules-INITIAL_FORMS": 0,
        "earning_rules-TOTAL_FORMS": 1, "earning_rules-INITIAL_FORMS": 0, "tier_rules-TOTAL_FORMS": 0,
        "tier_rules-INITIAL_FORMS": 0, "window_months": 0, "downgrade": "review", "tier_grace_days": 0,
        "falls_with_returns": "on", "number_digits": 8,
    }  # fmt: skip
    given = {
        "position": 1,
        "book": house["book"].pk,
        "currency": "CNY",
        "rate": "1",
        "fixed": "0",
        "rounding": "down",
    }
    return plan | {f"earning_rules-0-{name}": value for name, value in given.items()} | more


def test_a_marketer_drafts_and_publishes_a_plan_with_its_rules(client, house):
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    goods = {"earning_rules-0-skus": "S1, S2", "earning_rules-0-channels": "app"}
    assert client.post(reverse("admin:members_plan_add"), sent(house, **goods)).status_code == 302
    plan = Plan.objects.get()
    rule = EarningRule.objects.get()
    assert (plan.state, plan.number, rule.plan, rule.skus, rule.channels) == (
        "draft",
        1,
        plan,
        ["S1", "S2"],
        ["app"],
    )
    assert client.post(of(plan, "publish")).status_code == 302
    plan.refresh_from_db()
    assert (plan.state, plan.published_by.groups.get().name) == ("published", "marketer")
    assert client.post(of(plan), sent(house)).status_code == 403
    assert "Publish</button>" not in page(client.get(of(plan)))


def test_what_is_wrong_is_said_on_the_page(client, house):
    client.force_login(factories.staff(superuser=True))
    wrong = client.post(reverse("admin:members_plan_add"), sent(house, **{"earning_rules-0-times": "2"}))
    assert "stands without a rate" in page(wrong)
    assert not Plan.objects.exists()
    empty = drafted(house["club"], rules=[], starts_at=timezone.now())
    told = page(client.post(of(empty, "publish"), follow=True))
    assert "The plan has no rule" in told


@pytest.mark.requirement("MEM-027")
def test_the_stop_button_ends_a_plan_with_a_reason(client, house):
    now = timezone.now()
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=now - DAY)
    plan = published(
        house["club"],
        cycle="short",
        rules=[rule(house["book"], times=2)],
        starts_at=now,
        now=now,
        ends_at=now + DAY,
    )
    staff = factories.staff(organization=house["b1"], permissions=PUBLISH)
    client.force_login(staff)
    assert "Say why" in page(client.post(of(plan, "stop"), {"reason": " "}, follow=True))
    shown = page(client.post(of(plan, "stop"), {"reason": "competitor 618"}, follow=True))
    plan.refresh_from_db()
    assert (plan.state, plan.stopped_by, plan.stop_reason) == ("stopped", staff, "competitor 618")
    assert plan.stopped_at - now < dt.timedelta(minutes=1)
    assert f"Stopped by {staff.username}" in shown
    assert "competitor 618" in shown
    assert Event.objects.get(name="plan.stopped").properties["reason"] == "competitor 618"


def test_a_copy_is_a_draft_of_its_own(client, house):
    plan = published(house["club"], rules=[rule(house["book"], 1)], starts_at=timezone.now())
    client.force_login(factories.staff(superuser=True))
    assert client.post(of(plan, "copy")).status_code == 302
    assert list(Plan.objects.order_by("number").values_list("state", flat=True)) == ["published", "draft"]


def test_the_preview_says_what_the_draft_would_have_made_of_the_last_days(client, house):
    now = timezone.now()
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=now - 90 * DAY)
    for name, days in (("u1", 2), ("u2", 3), ("u3", 40)):
        at = (now - days * DAY).isoformat()
        company.accept(company.account(name), now=now)
        company.accept(company.order(f"o-{name}", name, amount="100.00", occurred_at=at), now=now)
    eco = GoodsSet.objects.create(organization=house["b1"], code="eco", name="Eco", skus=["S1"])
    draft = drafted(house["club"], rules=[rule(house["book"], 3, goods=eco)], starts_at=now + DAY, now=now)
    client.force_login(factories.staff(superuser=True))
    shown = client.get(of(draft), {"preview": ""})
    preview = shown.context["preview"]
    assert (preview.orders, preview.all_of_them) == (2, True)
    change = preview.changes[0]
    assert (change.before, change.after, change.more, change.gain, change.lose) == (200, 600, 400, 2, 0)
    assert "2 orders looked at" in page(shown)
    none = drafted(house["club"], rules=[rule(house["book"], 0)], starts_at=now + DAY, now=now)
    lost = client.get(of(none), {"preview": ""}).context["preview"].changes[0]
    assert (lost.after, lost.gain, lost.lose) == (0, 0, 2)


def test_a_short_draft_is_previewed_on_top_of_the_long_plan(client, house):
    now = timezone.now()
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=now - 90 * DAY)
    company.accept(company.account("u1"), company.account("u2"), now=now)
    Account.objects.filter(external_id="u2").update(member=Account.objects.get(external_id="u1").member)
    at = (now - DAY).isoformat()
    company.accept(*(company.order(f"o-{name}", name, occurred_at=at) for name in ("u1", "u2")), now=now)
    draft = drafted(
        house["club"], cycle="short", rules=[rule(house["book"], times=2)], starts_at=now + DAY, now=now,
        calendar="holiday", holiday="mid_autumn",
    )  # fmt: skip
    client.force_login(factories.staff(superuser=True))
    change = client.get(of(draft), {"preview": ""}).context["preview"].changes[0]
    assert (change.before, change.after, change.gain) == (200, 400, 1)
    [one] = change.largest
    assert (one.member, one.before, one.after) == (Account.objects.get(external_id="u1").member, 200, 400)


def test_the_ten_largest_changes_are_named_by_their_masked_people(client, house):
    now = timezone.now()
    published(house["club"], rules=[rule(house["book"], 2)], starts_at=now - 90 * DAY)
    at = (now - DAY).isoformat()
    names = [f"u{each}" for each in range(1, 13)]
    company.accept(*(company.account(name, profile={"name": "王小明"}) for name in names), now=now)
    orders = [
        company.order(f"o-{name}", name, amount=f"{each}.00", occurred_at=at)
        for each, name in enumerate(names, 1)
    ]
    company.accept(*orders, now=now)
    draft = drafted(house["club"], rules=[rule(house["book"], 1)], starts_at=now + DAY, now=now)
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    shown = client.get(of(draft), {"preview": ""})
    change = shown.context["preview"].changes[0]
    assert [share.more for share in change.largest] == [-each for each in range(12, 2, -1)]
    member = change.largest[0].member
    told = page(shown)
    assert reverse("admin:members_member_change", args=[member.oneid]) in told
    assert "王**" in told
    assert "王小明" not in told


def test_a_marketer_drafts_tiers_with_their_growth(client, house):
    growth = book(organization=house["b1"], code="growth", kind="growth")
    gold = Tier.objects.create(programme=house["club"], code="gold", name="Gold", rank=1)
    group = Programme.objects.create(organization=house["g"], name="Group")
    Tier.objects.create(programme=group, code="vip", name="VIP", rank=1)
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    given = {"tier": gold.pk, "growth_from": "1000", "validity_months": 12, "multiplier": "1.5"}
    tiers = {f"tier_rules-0-{name}": value for name, value in given.items()} | {"tier_rules-TOTAL_FORMS": 1}
    more = {"growth_book": growth.pk, "window_months": 12, "downgrade": "one", "tier_grace_days": 7}
    assert client.post(reverse("admin:members_plan_add"), sent(house, **tiers, **more)).status_code == 302
    plan, kept = Plan.objects.get(), TierRule.objects.get()
    assert (plan.growth_book, plan.window_months, plan.downgrade, plan.tier_grace_days) == (
        growth,
        12,
        "one",
        7,
    )
    assert (kept.plan, kept.tier, kept.growth_from, kept.multiplier) == (plan, gold, 1000, Decimal("1.5"))
    shown = page(client.get(of(plan)))
    assert f'<option value="{gold.pk}" selected>Gold</option>' in shown
    assert 'value="1000"' in shown
    assert "VIP" not in shown
    assert "Club · Gold" in page(client.get(reverse("admin:members_plan_add")))
    assert "season" not in shown
    assert (
        f'<option value="{house["book"].pk}"'
        not in shown.split('name="growth_book"')[1].split("</select>")[0]
    )


def test_a_marketer_says_what_who_joins_must_give(client, house):
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    joining = {"join_needs": ["phone", "consent"], "number_prefix": "HC", "number_digits": 6}
    assert client.post(reverse("admin:members_plan_add"), sent(house, **joining)).status_code == 302
    plan = Plan.objects.get()
    assert (plan.join_needs, plan.number_prefix, plan.number_digits) == (["phone", "consent"], "HC", 6)
    assert pages.fields(client.get(of(plan)))["join_needs"] == ["phone", "consent"]
    wrong = client.post(of(plan), sent(house, join_needs=["tax_number"]))
    assert "tax_number is not one of the available choices" in page(wrong)
    plan.refresh_from_db()
    assert plan.join_needs == ["phone", "consent"]


def test_a_short_plan_has_no_tiers_to_fill_in(client, house):
    now = timezone.now()
    short = drafted(house["club"], cycle="short", starts_at=now, now=now, ends_at=now + DAY)
    client.force_login(factories.staff(superuser=True))
    shown = page(client.get(of(short)))
    assert "season_from" in shown
    assert "growth_book" not in shown
    assert "tier_rules" not in shown


def test_nobody_touches_plans_beyond_his_reach_or_without_the_permission(client, house):
    group = Programme.objects.create(organization=house["g"], name="Group")
    above = drafted(group, rules=[], starts_at=timezone.now())
    other = drafted(
        Programme.objects.create(organization=house["b2"], name="Other"), rules=[], starts_at=timezone.now()
    )
    client.force_login(factories.staff(organization=house["b1"], permissions=PUBLISH))
    assert client.get(of(above)).status_code == 200
    assert [client.post(of(above, verb)).status_code for verb in ("publish", "copy")] == [403, 403]
    assert [client.get(of(other)).status_code, client.post(of(other, "publish")).status_code] == [404, 404]
    assert "Group</option>" not in page(client.get(reverse("admin:members_plan_add")))
    mine = drafted(house["club"], rules=[rule(house["book"], 1)], starts_at=timezone.now())
    client.force_login(factories.staff(organization=house["b1"], permissions="members.view_plan"))
    assert [client.post(of(mine, verb)).status_code for verb in ("publish", "copy")] == [403, 403]
    assert client.get(of(mine, "publish")).status_code == 405


def test_a_goods_set_is_made_and_its_code_stays(client, house):
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    form = {"name": "Eco", "organization": house["b1"].pk, "code": "eco", "skus": "E1,E2", "categories": ""}
    assert client.post(reverse("admin:members_goodsset_add"), form).status_code == 302
    made = GoodsSet.objects.get()
    client.post(
        reverse("admin:members_goodsset_change", args=[made.pk]), form | {"code": "x", "categories": "food"}
    )
    made.refresh_from_db()
    assert (made.code, made.skus, made.categories) == ("eco", ["E1", "E2"], ["food"])
