import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.actions import coupon_batches, coupon_templates, coupons
from campaigns.models import Coupon, CouponBatch, CouponTemplate
from config import roles
from members.models import AccessRecord
from tests import factories
from tests.campaigns import making, offering, pots, vouchers

NOW = factories.NOW
DAY = offering.DAY


@pytest.fixture
def author(tree):
    roles.create()
    return factories.staff(organization=tree["b1"], role="marketer")


@pytest.fixture
def colleague(tree, author):
    return factories.staff(organization=tree["b1"], role="marketer")


@pytest.fixture
def app(tree):
    return factories.channel(organization=tree["b1"], code="app", name="The app")


def terms(tree, **changed):
    return {
        "name": "Twenty off", "code": "SPRING", "kind": "consumption", "organization": tree["b1"].pk,
        "claim_from": "2026-01-01T00:00", "quota": "100", "per_person": "1", "valid_days": "30", "returnable": "on", "self_service": "on",
        **changed,
    }  # fmt: skip


def offer(**changed):
    return {
        "name": "Twenty off", "currency": "CNY", "goods": "all", "threshold": "amount", "threshold_least": "100",
        "execution": "reduce", "kind": "cash", "amount": "20", "every": "once", **changed,
    }  # fmt: skip


def at(name, template):
    return reverse(f"admin:campaigns_coupontemplate_{name}", args=[template.pk])


def draft(client, tree):
    client.post(reverse("admin:campaigns_coupontemplate_add"), terms(tree))
    return CouponTemplate.objects.get(code="SPRING")


def test_a_template_is_drafted_filled_and_opened_by_a_second_person(client, tree, author, colleague):
    client.force_login(author)
    template = draft(client, tree)
    shown = client.get(at("change", template))
    assert "missing: say which goods" in shown.content.decode()
    assert shown.context["may"] == {"edit", "fetch"}
    client.post(at("offer", template), offer())
    assert template.returnable
    client.post(at("terms", template), terms(tree, quota="200", returnable=""))

    template.refresh_from_db()
    assert (template.form, template.quota, template.returnable) == (
        {"kind": "cash", "amount": 2000},
        200,
        False,
    )
    shown = client.get(at("change", template)).content.decode()
    assert "20.00 off from 100.00 on" in shown
    assert "it stays used" in shown
    client.post(at("open", template))
    template.refresh_from_db()
    assert template.state == "draft"

    client.force_login(colleague)
    client.post(at("open", template))
    template.refresh_from_db()
    assert (template.state, template.approved_by) == ("open", colleague)
    assert client.get(at("offer", template)).status_code == 403
    client.post(at("extend", template), {"quota": "300", "reason": "more visitors"})
    client.post(at("close", template), {"reason": ""})
    client.post(at("close", template), {"reason": "spring is over"})
    template.refresh_from_db()
    assert (template.counter.quota, template.state, template.close_reason) == (
        300,
        "closed",
        "spring is over",
    )


def test_what_does_not_fit_is_said_at_its_field(client, tree, author):
    client.force_login(author)
    address = reverse("admin:campaigns_coupontemplate_add")

    def errors(**changed):
        return client.post(address, terms(tree, **changed)).context["form"].errors

    assert errors(claim_until="2025-01-01T00:00")["claim_until"]
    assert errors(kind="service")["ticket_kind"]
    assert errors(stock="5")["stock"]
    assert errors(code="")["code"]
    assert errors(organization=tree["g"].pk)["organization"]
    assert not CouponTemplate.objects.exists()
    assert client.post(address, terms(tree, kind="service", ticket_kind="care")).status_code == 302
    assert CouponTemplate.objects.get().ticket_kind == "care"


def test_its_page_tells_how_many_were_given_and_what_became_of_them(client, tree, author, app):
    template = vouchers.template(organization=tree["b1"], quota=10)
    first, _second = (vouchers.claim(template, factories.account(channel=app)) for _number in range(2))
    vouchers.brought(template, "PRINTED001")
    coupons.withdraw(coupon=first, reason="by mistake", by=author, now=NOW)
    client.force_login(author)

    told = client.get(at("change", template)).context

    assert {name: count for name, count in told["numbers"].items() if count} == {
        "made": 1,
        "claimed": 1,
        "withdrawn": 1,
    }
    assert vouchers.standing(template) == (3, 0)
    assert [(flow.claimed, flow.redeemed, flow.coupons) for flow in told["flows"]] == [("The app", "", 2)]
    listed = client.get(reverse("admin:campaigns_coupontemplate_changelist")).content.decode()
    assert "3 / 10" in listed


def test_codes_are_made_by_the_worker_and_leave_the_house_once(client, tree, author):
    template = vouchers.template(organization=tree["b1"], claim_from=timezone.now() - DAY)
    client.force_login(author)

    client.post(at("codes", template), {"name": "leaflets", "count": "3"})
    batch = CouponBatch.objects.get()
    fetch = reverse("admin:campaigns_coupontemplate_fetch", args=[template.pk, batch.pk])
    assert client.post(fetch).status_code == 302
    coupon_batches.advance(now=timezone.now(), size=2)
    shown = client.get(at("change", template))
    assert "width: 67%" in shown.content.decode()
    assert shown.context["making"]
    coupon_batches.advance(now=timezone.now())
    assert not client.get(at("change", template)).context["making"]

    answer = client.post(fetch)
    codes = b"".join(answer.streaming_content).decode().split()
    assert codes == list(Coupon.objects.order_by("id").values_list("code", flat=True))
    assert "no-store" in answer["Cache-Control"]
    again = client.post(fetch, follow=True).content.decode()
    assert "taken out once already" in again
    assert not set(codes) & set(again.split())
    record = AccessRecord.objects.get(action="export")
    assert (record.user, record.details) == (
        author,
        {"template": template.code, "batch": batch.pk, "codes": 3},
    )
    client.post(at("codes", template), {"name": "", "count": "0"})
    assert CouponBatch.objects.count() == 1


def test_a_coupon_is_found_by_its_code_or_its_person_and_shown_masked(client, tree, author, app):
    template = vouchers.template(organization=tree["b1"])
    account = factories.account(channel=app, external_id="wx-77")
    mine = vouchers.claim(template, account)
    [printed] = vouchers.brought(template, "PRINTED001")
    client.force_login(author)
    listing = reverse("admin:campaigns_coupon_changelist")

    def found(term):
        answer = client.get(listing, {"q": term})
        assert mine.code not in answer.content.decode().replace(term, "")
        return [coupon.pk for coupon in answer.context["cl"].result_list]

    assert found(mine.code.lower()) == [mine.pk]
    assert found("printed-001") == [printed.pk]
    assert found("wx-77") == [mine.pk]
    assert found(account.member.oneid) == [mine.pk]
    assert found(mine.code[:5]) == []
    shown = client.get(reverse("admin:campaigns_coupon_change", args=[mine.pk])).content.decode()
    assert mine.code not in shown
    assert mine.code[-4:] in shown
    assert "through The app" in shown


def test_a_coupon_is_withdrawn_with_a_reason(client, tree, author, app):
    coupon = vouchers.claim(vouchers.template(organization=tree["b1"]), factories.account(channel=app))
    withdraw = reverse("admin:campaigns_coupon_withdraw", args=[coupon.pk])
    client.force_login(factories.staff(organization=tree["b1"], permissions="campaigns.view_coupon"))
    assert client.post(withdraw, {"reason": "by mistake"}).status_code == 403
    client.force_login(author)

    client.post(withdraw, {"reason": " "})
    assert vouchers.state(coupon) == "claimed"
    shown = client.post(withdraw, {"reason": "by mistake"}, follow=True).content.decode()

    assert (vouchers.state(coupon), coupon.reason) == ("withdrawn", "by mistake")
    assert "because: by mistake" in shown


def test_templates_and_coupons_end_where_the_reach_ends(client, tree, author):
    above, beside = (vouchers.template(organization=tree[code]) for code in ("g", "b2"))
    shop = factories.channel(organization=tree["s4"])
    foreign = vouchers.claim(above, factories.account(channel=shop))
    mine = vouchers.claim(above, factories.account(channel=factories.channel(organization=tree["s1"])))
    elsewhere = vouchers.claim(beside, factories.account(channel=shop))
    client.force_login(author)

    assert client.get(at("change", above)).context["may"] == set()
    assert client.get(at("change", beside)).status_code == 404
    for name in ("open", "close", "extend", "codes"):
        assert client.post(at(name, above), {"reason": "x", "name": "x", "count": 1}).status_code == 403
    page = "admin:campaigns_coupon_change"
    assert client.get(reverse(page, args=[mine.pk])).status_code == 200
    assert client.get(reverse(page, args=[foreign.pk])).status_code == 404
    assert client.get(reverse(page, args=[elsewhere.pk])).status_code == 404
    client.force_login(factories.staff(organization=tree["b1"]))
    assert client.get(reverse(page, args=[mine.pk])).status_code == 403
    assert client.get(at("change", above)).status_code == 403


def test_a_template_is_paid_by_budgets(client, tree, author):
    budget = pots.budget(organization=tree["b1"], amount=100)
    client.force_login(author)
    template = draft(client, tree)

    client.post(at("offer", template), offer(budget_1=budget.code, percent_1="100"))

    assert template.shares.get().budget == budget
    assert budget.name in client.get(at("change", template)).content.decode()
    coupon_templates.edit(template=template, by=making.staff("author"), now=NOW, quota=5)
