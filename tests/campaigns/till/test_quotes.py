"""POST pos/quotes: rows of campaigns by the till's own door, the person at the till, coupons, languages."""

import datetime as dt

import pytest

from members.models import MemberProfile, Programme, Tier
from tags.models import MemberTags, TagValue
from tests import factories, statements
from tests.campaigns import making, offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import QUOTES, basket, clock, line, quote, till, wall

pytestmark = pytest.mark.django_db


def publish(nodes, *offers: dict, code: str = "SUMMER"):
    return offering.published(organization=nodes["g"], code=code, offers=offers)


def gives(execution: str, **form) -> dict:
    more = {"after": "received"} if execution == "return" else {}
    return off() | {"execution": execution, "form": form} | more


@pytest.mark.requirement("CMP-031")
def test_300_less_50(cashier, nodes):
    publish(nodes, off(threshold=30_000, amount=5_000))
    answer = quote(cashier, "300.00")
    assert (answer["total"], answer["lines"][0]["parts"]) == (
        "250.00",
        [{"offer": "SUMMER-1", "amount": "50.00"}],
    )
    answer = quote(cashier, "299.00")
    assert (answer["total"], answer["offers"][0]["says"]) == ("299.00", "1.00 more → 50.00 off")


@pytest.mark.requirement("CMP-026")
def test_299_99_does_not_trigger_and_300_does(cashier, nodes):
    publish(nodes, off())
    assert [quote(cashier, price)["discount"] for price in ("299.99", "300.00")] == ["0.00", "50.00"]


@pytest.mark.requirement("CMP-025")
def test_a_sku_of_the_set_triggers_and_another_does_not(cashier, nodes):
    publish(nodes, off(goods={"skus": ["S1"]}))
    assert quote(cashier, "300.00")["discount"] == "50.00"
    assert quote(cashier, line(1, "300.00", sku="T9"))["discount"] == "0.00"


@pytest.mark.requirement("CMP-027")
@pytest.mark.parametrize(
    ("at", "discount"),
    [("2026-06-07T23:59:59", "0.00"), ("2026-06-08T00:00:00", "50.00"), ("2026-06-10T23:59:59", "50.00"),
     ("2026-06-11T00:00:00", "0.00")],
)  # fmt: skip
def test_8_to_10_june_of_the_store(pos, nodes, monkeypatch, at, discount):
    publish(nodes, off(starts="2026-06-08T00:00:00", ends="2026-06-11T00:00:00"))
    clock(monkeypatch, wall(at))
    assert quote(till(pos), "300.00")["discount"] == discount


@pytest.mark.requirement("CMP-028")
def test_qingdao_yes_jinan_no(cashier, nodes):
    publish(nodes, off(regions=["qingdao"]))
    there, elsewhere = (
        quote(cashier, "300.00", regions=[region], explain=True) for region in ("qingdao", "jinan")
    )
    assert (there["discount"], elsewhere["discount"]) == ("50.00", "0.00")
    assert elsewhere["offers"][0]["says"] == "Only in qingdao"


@pytest.mark.requirement("CMP-029")
def test_pos_yes_tmall_no(cashier, nodes):
    publish(nodes, off(channels=["pos"]))
    tmall = till(factories.channel(organization=nodes["s1"], code="tmall", kind="marketplace"))
    assert [quote(each, "300.00")["discount"] for each in (cashier, tmall)] == ["50.00", "0.00"]


@pytest.mark.requirement("CMP-030")
def test_from_300_a_gift_comes_along(cashier, nodes):
    publish(nodes, gives("add", kind="goods", skus=["G1"], worth=1_000))
    gift = {"offer": "SUMMER-1", "sku": "G1", "quantity": "1", "amount": "0.00", "choices": ["G1"]}
    assert quote(cashier, "320.00")["gifts"] == [gift]
    assert quote(cashier, "280.00")["gifts"] == []


@pytest.mark.requirement("CMP-032")
def test_from_300_a_coupon_of_50_after_receipt(cashier, nodes, account):
    vouchers.template(organization=nodes["g"], code="FIFTY", form={"kind": "cash", "amount": 5_000})
    publish(nodes, gives("return", kind="voucher", template="FIFTY", worth=5_000))
    [reward] = quote(cashier, "300.00", oneid=account.member.oneid)["rewards"]
    assert reward == {
        "offer": "SUMMER-1", "kind": "voucher", "what": "FIFTY", "amount": "1", "most": "", "when": "received", "days": 0,
    }  # fmt: skip


@pytest.mark.requirement("CMP-033")
def test_with_320_an_article_for_9_90_with_280_not(cashier, nodes):
    publish(nodes, gives("exchange", kind="goods", skus=["X"], price=990, worth=2_000))
    told = quote(cashier, "320.00")
    assert told["choices"] == [{"offer": "SUMMER-1", "name": "5000 off", "skus": ["X"], "price": "9.90"}]
    taken = quote(cashier, "320.00", chosen={"SUMMER-1": "X"})
    assert (taken["total"], taken["exchanges"][0]["amount"]) == ("329.90", "9.90")
    assert quote(cashier, "280.00", chosen={"SUMMER-1": "X"})["total"] == "280.00"


@pytest.mark.requirement("CMP-024")
def test_two_packs_get_two_offers_of_one_activity(cashier, nodes, pos):
    loyal, fresh, other = (factories.account(channel=pos).member for _each in range(3))
    packs = [
        making.audience(organization=nodes["g"], members=[each], name=each.oneid) for each in (loyal, fresh)
    ]
    publish(
        nodes,
        *(
            off(amount=amount) | {"audience": pack}
            for amount, pack in zip((5_000, 2_000), packs, strict=True)
        ),
    )
    totals = [quote(cashier, "300.00", oneid=each.oneid)["total"] for each in (loyal, fresh, other)]
    assert totals == ["250.00", "280.00", "300.00"]
    assert quote(cashier, "300.00")["total"] == "300.00"


@pytest.mark.requirement("CMP-042")
def test_full_reduction_then_a_coupon(cashier, nodes, account):
    publish(nodes, off())
    template = vouchers.template(
        organization=nodes["g"], code="TWENTY", **off(threshold=0, amount=2_000) | {"limits": {"stack": 2}}
    )
    coupon = vouchers.claim(template, account)
    answer = quote(cashier, "300.00", oneid=account.member.oneid, coupons=[coupon.code])
    assert answer["total"] == "230.00"
    assert answer["coupons"] == [{"code": coupon.code, "state": "used", "reason": "", "says": ""}]
    assert quote(cashier, "300.00", oneid=account.member.oneid, coupons="auto")["total"] == "230.00"
    assert quote(cashier, "300.00", oneid=account.member.oneid)["total"] == "250.00"


@pytest.mark.requirement("CMP-041")
def test_of_two_that_exclude_each_other_the_better_one_and_why(cashier, nodes):
    both = [off(amount=amount) | {"limits": {"groups": ["one"]}} for amount in (5_000, 2_000)]
    publish(nodes, *both)
    answer = quote(cashier, "300.00")
    assert answer["total"] == "250.00"
    assert {each["offer"]: (each["state"], each["says"]) for each in answer["offers"]} == {
        "SUMMER-1": ("applied", "50.00 off"),
        "SUMMER-2": ("beaten", "Excluded by 5000 off: that saves 30.00 more"),
    }


@pytest.mark.requirement("CMP-043")
def test_every_300_less_50_at_most_100(cashier, nodes):
    publish(nodes, off() | {"limits": {"every": True}})
    publish(nodes, off() | {"limits": {"every": True, "most_amount": 10_000}}, code="CAPPED")
    answer = quote(cashier, "900.00")
    assert {each["offer"]: each["discount"] for each in answer["offers"]} == {
        "SUMMER-1": "150.00", "CAPPED-1": "100.00",
    }  # fmt: skip


def test_what_the_house_knows_of_the_buyer_is_asked(cashier, nodes, account):
    """Tier, tag, birthday, first purchase: each of them alone."""
    tag = factories.tag(code="home", name="Home", source="rule", organization=nodes["g"])
    value = TagValue.objects.create(tag=tag, code="new", name="New home")
    MemberTags.objects.create(member=account.member, values=[value.pk], computed_at=NOW)
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    Tier.objects.create(programme=programme, code="gold", name="Gold", rank=2)
    account.memberships.update(tier="gold", tier_at=NOW, stated_at=NOW)
    MemberProfile.objects.create(member=account.member, birth_date=dt.date(1990, 1, 15), account_count=1)
    conditions = (
        {"tiers": ["g:gold"]},
        {"tags": ["home:new"]},
        {"tags": ["home"]},
        {"birthday": "day"},
        {"new": True},
    )
    publish(nodes, *(off(amount=100, **each) for each in conditions))
    assert quote(cashier, "300.00", oneid=account.member.oneid)["discount"] == "4.00"
    stranger = factories.account(channel=account.channel).member
    factories.order(account=stranger.accounts.get())
    assert quote(cashier, "300.00", oneid=stranger.oneid)["discount"] == "0.00"


def test_a_retired_oneid_stands_for_whoever_goes_on(cashier, account, pos):
    gone = factories.account(channel=pos, member=account.member).minted
    assert quote(cashier, "1.00", oneid=gone.oneid)["oneid"] == account.member.oneid


@pytest.mark.parametrize("language", ["zh-hans", "es"])
def test_the_till_is_told_in_its_language(cashier, nodes, language):
    publish(nodes, off())
    said = {"zh-hans": "再买1.00 → 减50.00", "es": "1,00 más → 50,00 de descuento"}
    answer = cashier.post(QUOTES, basket("299.00"), HTTP_ACCEPT_LANGUAGE=language)
    assert answer.json()["offers"][0]["says"] == said[language]


def test_a_coupon_that_cannot_be_used_is_told_and_the_sale_goes_on(nodes, account, pos, monkeypatch):
    clock(monkeypatch, NOW)
    cashier = till(pos, organization=nodes["g"])
    template = vouchers.template(organization=nodes["g"], code="TWENTY", **off(threshold=0, amount=2_000))
    elsewhere = vouchers.template(organization=nodes["b2"], code="THERE", **off(threshold=0, amount=2_000))
    other = vouchers.claim(template, factories.account(channel=pos))
    there = vouchers.claim(elsewhere, account)
    codes = [other.code, there.code, "NO-SUCH"]
    answer = quote(cashier, "300.00", oneid=account.member.oneid, coupons=codes, store="s1")
    assert {each["code"]: each["reason"] for each in answer["coupons"]} == dict(
        zip(codes, ("others", "elsewhere", "unknown"), strict=True)
    )
    assert answer["total"] == "300.00"


def test_a_printed_code_serves_a_guest(cashier, nodes):
    template = vouchers.template(organization=nodes["g"], code="PRINTED", **off(threshold=0, amount=2_000))
    [coupon] = vouchers.brought(template, "ABCD-EFGH-23")
    assert quote(cashier, "300.00", coupons=["abcd efgh 23"])["total"] == "280.00"
    assert coupon.state == "made"


def test_a_budget_that_has_too_little_left_gives_nothing(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=60)
    publish(nodes, off() | {"shares": {money: 10_000}})
    assert quote(cashier, "300.00")["discount"] == "50.00"
    pots.budget(organization=nodes["g"], parent=money, amount=20)
    answer = quote(cashier, "300.00", explain=True)
    assert (answer["discount"], answer["offers"][0]["reason"]) == ("0.00", "no_budget")


def test_equal_offers_have_equal_digests_and_others_not(cashier, nodes):
    publish(nodes, off())
    digests = [quote(cashier, *lines)["digest"] for lines in (("300.00",), ("300.00",), ("301.00",))]
    assert digests[0] == digests[1] != digests[2]


def test_it_says_how_far_off_the_tills_clock_is(cashier):
    at = [NOW + dt.timedelta(seconds=seconds) for seconds in (-3600, 600)]
    told = [quote(cashier, "1.00", at=each.isoformat()) for each in at]
    assert [each.get("clock_off_seconds") for each in told] == [-3600, None]


def test_goods_without_a_category_are_named_where_offers_ask_for_it(cashier, nodes):
    assert quote(cashier, "1.00")["warnings"] == []
    publish(nodes, off(goods={"categories": ["shoes"]}))
    assert quote(cashier, line(1, category="shoes"))["warnings"] == []
    [warning] = quote(cashier, line(1, category="shoes"), line(2))["warnings"]
    assert warning["place"] == "lines[1]"


def test_it_takes_few_statements_whatever_the_rules_ask(cashier, nodes, account):
    publish(nodes, off(new=True), off(birthday="day"), off(tags=["home:new"]))
    asked = basket(*["1.00"] * 50, oneid=account.member.oneid, coupons="auto")
    cashier.post(QUOTES, asked)
    with statements.counted() as sent:
        cashier.post(QUOTES, asked)
    assert len(sent) <= 5, sent


def test_six_thousand_pieces_and_a_thousand_lines_are_priced(cashier, nodes):
    publish(nodes, off() | {"form": {"kind": "pieces", "buy": 2, "off": 5000}, "limits": {}})
    assert quote(cashier, line(1, "1.00", quantity="6000"))["total"] == "4500.00"
    lines = [line(number, "1.00") for number in range(1, 1001)]
    assert quote(cashier, *lines)["total"] == "750.00"
