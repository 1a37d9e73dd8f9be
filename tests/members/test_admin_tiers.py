"""Where a member stands, on his page; the log of his tiers; a tier given by hand."""

import datetime as dt
import html

import pytest
from django.urls import reverse
from django.utils import timezone

from config import roles
from members.actions import tiers
from members.models import Account, Programme, Tier, TierGrant
from members.queries import plan_previews, standings
from tests import factories, pages
from tests.identity import company
from tests.members.ledger.purses import DAY, book, earn, merge, split
from tests.members.people import page
from tests.members.plans import drafted, published, rule

READ = "members.view_member members.view_tiergrant"
GIVE = f"{READ} members.add_tiergrant"
TIERS = [
    {"tier": "member", "growth_from": 0},
    {"tier": "silver", "growth_from": 1000, "validity_months": 12},
    {"tier": "gold", "growth_from": 5000, "validity_months": 12},
]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def house(db, now):
    roles.create()
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    for rank, code in enumerate(("member", "silver", "gold"), 1):
        Tier.objects.create(programme=club, code=code, name=code.title(), rank=rank)
    growth = book(organization=nodes["b1"], code="growth", kind="growth", unit="growth")
    begin = now - 400 * DAY
    published(
        club, rules=[rule(growth, 1)], tiers=TIERS, growth_book=growth, window_months=12, starts_at=begin
    )
    for name in ("u1", "u2"):
        joined = {"organization": "b1", "joined_at": company.day(0)}
        company.accept(company.account(name, membership=joined), now=now)
        company.accept(company.order(f"o-{name}", name, organization="s1"), now=now)
    return {**nodes, "club": club, "growth": growth}


def holder(name="u1") -> Account:
    return Account.objects.get(external_id=name)


def grow(house, amount, name="u1", *, at) -> None:
    earn(holder(name), house["growth"], amount, at=at)
    tiers.review(now=at)


def told(response) -> str:
    return " ".join(html.unescape(response.content.decode()).split())


def log(house, name="u1"):
    return reverse("admin:members_tiergrant_log", args=[holder(name).member.oneid, house["club"].pk])


def giving(house, name="u1"):
    return reverse("admin:members_tiergrant_give", args=[holder(name).member.oneid, house["club"].pk])


def value(client, name="u1") -> str:
    return told(client.get(page(holder(name).member, "value")))


def test_the_page_says_the_tier_its_last_day_and_how_far_the_next_one_is(client, house, now):
    client.force_login(factories.staff(organization=house["b1"], permissions=READ))
    shown = value(client)
    assert "Every member has it" in shown
    assert "growth 0 of the last 12 months · 1,000 more for Silver" in shown
    grow(house, 1200, at=now - 10 * DAY)
    shown = value(client)
    [stands] = standings.of(members=[holder().member.pk])
    last = timezone.localdate(stands.until - dt.timedelta(microseconds=1))
    assert "Reached by growth · since" in shown
    assert f"last day {last:%-d %b %Y}" in shown
    assert "growth 1,200 of the last 12 months · 3,800 more for Gold" in shown
    assert "width: 24%" in shown
    assert "Silver" in told(client.get(page(holder().member)))
    grow(house, 4000, at=now - 5 * DAY)
    assert "growth brings no higher tier" in value(client)


def test_the_log_tells_every_change_and_why_the_newest_first(client, house, now):
    staff = factories.staff(organization=house["b1"], permissions=GIVE)
    grow(house, 1200, at=now - 10 * DAY)
    tiers.grant(
        member=holder().member, programme=house["club"], tier=house["club"].tiers.get(code="gold"),
        note="bought a whole kitchen", by=staff, key="kitchen", now=now - 3 * DAY,
    )  # fmt: skip
    client.force_login(staff)
    shown = told(client.get(log(house)))
    assert shown.index("Given by hand") < shown.index("Reached by growth")
    assert "“bought a whole kitchen”" in shown
    assert f"by {staff.username}" in shown
    assert 'Silver → <span class="nf-strong">Gold</span>' in shown
    assert "1,200" in shown
    listed = told(client.get(reverse("admin:members_tiergrant_changelist")))
    assert "given by hand" in listed
    one = TierGrant.objects.get(reason="by_hand")
    shown = told(client.get(reverse("admin:members_tiergrant_change", args=[one.pk])))
    assert "bought a whole kitchen" in shown
    assert "without end" in shown


def test_what_two_accounts_had_together_is_marked_when_they_are_parted(client, house, now):
    staff = factories.staff(organization=house["b1"], permissions=GIVE)
    merge(holder(), holder("u2"))
    for name in ("u1", "u2"):
        earn(holder(name), house["growth"], 600, at=now - DAY)
    tiers.review(now=now)
    client.force_login(staff)
    assert "does not count" not in told(client.get(log(house)))
    split(holder(), holder("u2"))
    assert "does not count: its accounts are several people now" in told(client.get(log(house)))
    assert "400 more for Silver" in value(client)


def test_a_tier_is_given_by_hand_with_a_note(client, house, now):
    staff = factories.staff(organization=house["b1"], role="marketer")
    client.force_login(staff)
    assert giving(house) in value(client)
    assert "Give" in told(client.get(giving(house)))
    gold = house["club"].tiers.get(code="gold")
    assert "required" in told(client.post(giving(house), {"tier": gold.pk, "reason": ""}))
    yesterday = timezone.localdate() - DAY
    late = {"key": "k", "tier": gold.pk, "reason": "an apology", "last_day": f"{yesterday:%Y-%m-%d}"}
    assert "This day is over" in told(client.post(giving(house), late))
    assert not TierGrant.objects.exists()
    last = timezone.localdate() + 30 * DAY
    done = client.post(giving(house), late | {"last_day": f"{last:%Y-%m-%d}"}, follow=True)
    assert done.redirect_chain == [(log(house), 302)]
    kept = TierGrant.objects.get()
    assert (kept.tier, kept.reason, kept.note, kept.by) == (gold, "by_hand", "an apology", staff)
    assert timezone.localdate(kept.valid_until) == last + DAY
    assert "The tier in Club is now: Gold." in told(done)
    assert f"last day {last:%-d %b %Y}" in value(client)


def test_what_a_channel_counts_is_told_apart_from_what_can_be_spent(client, house, now):
    ours = book(organization=house["b1"])
    earn(holder(), ours, 70, at=now - DAY)
    said = {"organization": "b1", "tier": "gold", "points": "1200", "growth": "300"}
    company.accept(company.account("u1", membership=said), now=now)
    client.force_login(factories.staff(organization=house["b1"], permissions=READ))
    shown = value(client)
    assert f"{holder().channel.name} counts: gold, 1,200 points, 300 growth" in shown
    assert (
        "These are the channels' own books. What he can spend with us stands under “Points and value”."
        in shown
    )
    assert ">70</span> points" in shown
    assert "the channels' own books" not in value(client, "u2")
    Programme.objects.create(organization=house["b2"], name="Other")
    elsewhere = {"organization": "b2", "tier": "vip", "points": "50"}
    company.accept(company.account("u2", membership=elsewhere), now=now)
    client.force_login(factories.staff(superuser=True))
    assert "Points as the channels count them: 50" in value(client, "u2")


def test_a_tier_can_be_given_to_whom_no_growth_has_named_yet(client, house, now):
    company.accept(company.account("new"), company.order("o-new", "new", organization="s1"), now=now)
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    assert giving(house, "new") in value(client, "new")
    client.force_login(factories.staff(organization=house["b1"], permissions=READ))
    assert 'id="programmes"' not in value(client, "new")


def test_pressed_twice_it_is_given_once(client, house):
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    gold, silver = (house["club"].tiers.get(code=code) for code in ("gold", "silver"))
    sent = pages.fields(client.get(giving(house))) | {"tier": [gold.pk], "reason": ["an apology"]}
    for _press in range(2):
        assert client.post(giving(house), sent, follow=True).redirect_chain == [(log(house), 302)]
    assert TierGrant.objects.count() == 1
    assert "This page was sent before" in told(client.post(giving(house), sent | {"tier": [silver.pk]}))
    assert "This page was sent before" in told(client.post(giving(house, "u2"), sent))
    again = pages.fields(client.get(giving(house))) | {"tier": [gold.pk], "reason": ["an apology"]}
    assert client.post(giving(house), again).status_code == 302
    assert TierGrant.objects.count() == 2


def test_growth_that_a_published_plan_counts_cannot_be_made_to_expire(client, house):
    client.force_login(factories.staff(superuser=True))
    address = reverse("admin:members_book_change", args=[house["growth"].pk])
    sent = pages.fields(client.get(address)) | {"expiry": ["months_after"], "expiry_months": ["12"]}
    shown = told(client.post(address, sent))
    assert "Growth never expires: leave “never” here." in shown
    assert "copy it into a draft, change it there, and publish it from a day to come" in shown
    house["growth"].refresh_from_db()
    assert house["growth"].expiry == "never"
    assert client.post(address, sent | {"expiry": ["never"], "expiry_months": ["0"]}).status_code == 302


def test_no_tier_is_given_too(client, house, now):
    grow(house, 1200, at=now - 10 * DAY)
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    assert "required" in told(client.post(giving(house), {"tier": "", "reason": "resells our goods"}))
    said = {"key": "k", "tier": "none", "reason": "resells our goods"}
    done = client.post(giving(house), said, follow=True)
    assert "The tier in Club is now: no tier." in told(done)
    assert standings.of(members=[holder().member.pk], at=timezone.now())[0].tier == ""


def test_who_may_read_and_who_may_give(client, house):
    client.force_login(factories.staff(organization=house["b1"], permissions="members.view_member"))
    assert [client.get(each(house)).status_code for each in (log, giving)] == [403, 403]
    assert log(house) not in value(client)
    client.force_login(factories.staff(organization=house["s1"], permissions=GIVE))
    assert client.get(log(house)).status_code == 200
    assert client.post(giving(house), {"key": "k", "tier": "none", "reason": "mine"}).status_code == 404
    assert giving(house) not in value(client)
    client.force_login(factories.staff(organization=house["b2"], permissions=GIVE))
    assert [client.get(each(house)).status_code for each in (log, giving)] == [404, 404]
    client.force_login(factories.staff(organization=house["s2"], permissions=GIVE))
    assert client.get(log(house)).status_code == 404
    assert not TierGrant.objects.exists()


def test_a_note_of_an_account_beyond_reach_is_not_read(client, house, now):
    company.accept(company.account("far"), company.order("o-far", "far", organization="s2"), now=now)
    staff = factories.staff(organization=house["b1"], permissions=GIVE)
    tiers.grant(
        member=holder("far").member, programme=house["club"], tier=house["club"].tiers.get(code="gold"),
        note="the mayor", by=staff, key="mayor", now=now,
    )  # fmt: skip
    merge(holder(), holder("far"))
    client.force_login(factories.staff(organization=house["s1"], permissions=READ))
    shown = told(client.get(log(house)))
    assert "Gold" in shown
    assert "the mayor" not in shown
    client.force_login(staff)
    assert "the mayor" in told(client.get(log(house)))


def test_the_preview_of_a_plan_says_who_would_rise(client, house, now):
    grow(house, 1200, at=now - 10 * DAY)
    lower = [TIERS[0], TIERS[1] | {"growth_from": 500}, TIERS[2] | {"growth_from": 1100}]
    plan = {"growth_book": house["growth"], "window_months": 12, "starts_at": now + DAY, "now": now}
    draft = drafted(house["club"], rules=[rule(house["growth"], 1)], tiers=lower, **plan)
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    shown = client.get(reverse("admin:members_plan_change", args=[draft.pk]), {"preview": ""})
    [move] = shown.context["moves"]
    assert (move["before"], move["after"], move["members"]) == ("Silver", "Gold", 1)
    assert "Tiers, were it in force today" in told(shown)
    same = drafted(house["club"], rules=[rule(house["growth"], 1)], tiers=TIERS, **plan)
    shown = client.get(reverse("admin:members_plan_change", args=[same.pk]), {"preview": ""})
    assert "Nobody would change tier." in told(shown)


def test_the_preview_of_a_plan_says_of_how_many_people_it_looked_at_a_part(client, house, now, monkeypatch):
    for name in ("u1", "u2"):
        grow(house, 1200, name, at=now - 10 * DAY)
    lower = [TIERS[0], TIERS[1] | {"growth_from": 500}, TIERS[2] | {"growth_from": 1100}]
    draft = drafted(
        house["club"], rules=[rule(house["growth"], 1)], tiers=lower, growth_book=house["growth"], window_months=12,
        starts_at=now + DAY, now=now,
    )  # fmt: skip
    client.force_login(factories.staff(organization=house["b1"], role="marketer"))
    at = reverse("admin:members_plan_change", args=[draft.pk])
    assert "data-drawn" not in told(client.get(at, {"preview": ""}))
    monkeypatch.setattr(plan_previews, "PEOPLE", 1)
    shown = client.get(at, {"preview": ""})
    [move] = shown.context["moves"]
    assert (move["after"], move["members"], move["about"]) == ("Gold", 1, 2)
    said = "Counted among 1 people drawn from 2 who have growth or a tier: each stands for 2."
    assert said in told(shown)
