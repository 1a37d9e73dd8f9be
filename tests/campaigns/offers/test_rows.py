"""The rows' own examples, at the engine. Amounts in fen."""

import pytest

from tests.campaigns.offers.making import (
    GIFT,
    POINTS,
    basket,
    cash,
    offer,
    percentage,
    quote,
    reason,
    verdict,
)

ROW = pytest.mark.requirement
MEMBER = {"buyer": {"tiers": ["club:gold"], "tags": ["new-home"], "birthday": [6, 8], "new": True}}


@ROW("CMP-025")
@pytest.mark.parametrize(
    "goods", [{"skus": ["X"]}, {"categories": ["K"]}, {"sets": ["eco"]}, {"brands": ["B"]}]
)
def test_goods_trigger_and_others_do_not(goods):
    own = {"unit_price": 10000, "sku": "X", "category": "K", "sets": ["eco"], "brand": "B"}
    ten = percentage("A", 1000, goods=goods)
    assert quote(basket(own), ten).total == 9000
    assert quote(basket({"unit_price": 10000, "sku": "Y"}), ten).total == 10000
    assert reason(basket({"unit_price": 10000, "sku": "Y"}), ten) == ("refused", "no_goods")
    assert quote(basket(own, 5000), ten).total == 14000


@ROW("CMP-026")
def test_299_99_does_not_trigger_and_300_does():
    fifty = cash("A", 5000, least=30000)
    assert quote(basket(29999), fifty).total == 29999
    assert quote(basket(30000), fifty).total == 25000


@ROW("CMP-027")
def test_a_window_is_that_of_the_store():
    week = cash("A", 5000, starts="2026-06-08T00:00:00", ends="2026-06-11T00:00:00")
    assert reason(basket(9000, at="2026-06-07T23:59:00+08:00"), week) == ("refused", "not_begun")
    assert reason(basket(9000, at="2026-06-08T00:00:00+08:00"), week) == ("applied", "")
    assert reason(basket(9000, at="2026-06-10T23:59:59+08:00"), week) == ("applied", "")
    assert reason(basket(9000, at="2026-06-11T00:00:00+08:00"), week) == ("refused", "over")


@ROW("CMP-028")
def test_qingdao_yes_jinan_no():
    local = cash("A", 5000, regions=["Qingdao"])
    assert reason(basket(9000, regions=["Qingdao"]), local) == ("applied", "")
    assert reason(basket(9000, regions=["Jinan"]), local) == ("refused", "region")


@ROW("CMP-029")
def test_pos_yes_tmall_no():
    at_till = cash("A", 5000, channels=["pos"])
    assert reason(basket(9000, channel="pos"), at_till) == ("applied", "")
    assert reason(basket(9000, channel="tmall"), at_till) == ("refused", "channel")


@ROW("CMP-030")
def test_from_300_a_gift_comes_along():
    gift = offer("A", GIFT, execution="add", threshold={"of": "amount", "least": 30000})
    answer = quote(basket(32000), gift)
    assert [(each.sku, each.quantity, each.price) for each in answer.gifts] == [("GIFT", 1000, 0)]
    assert answer.total == 32000
    assert quote(basket(28000), gift).gifts == ()


@ROW("CMP-031")
def test_300_less_50():
    fifty = cash("A", 5000, least=30000)
    assert quote(basket(30000), fifty).total == 25000
    short = quote(basket(29900), fifty)
    assert short.total == 29900
    assert verdict(short, "A").state == "near"
    assert verdict(short, "A").params["missing"] == 100


@ROW("CMP-032")
def test_from_300_a_coupon_of_50_after_receipt():
    coupon = {"kind": "voucher", "template": "FIFTY", "worth": 5000}
    back = offer("A", coupon, execution="return", threshold={"of": "amount", "least": 30000})
    answer = quote(basket(30000, buyer={}), back)
    (reward,) = answer.rewards
    assert (reward.kind, reward.what, reward.amount, reward.when, reward.days) == (
        "voucher",
        "FIFTY",
        1,
        "received",
        7,
    )
    assert answer.total == 30000
    assert quote(basket(29999, buyer={}), back).rewards == ()


@ROW("CMP-033")
def test_with_320_an_article_for_9_90_with_280_not():
    article = {"kind": "goods", "skus": ["X"], "price": 990, "worth": 2000}
    exchange = offer("A", article, execution="exchange", threshold={"of": "amount", "least": 30000})
    assert reason(basket(32000), exchange) == ("near", "choose")
    answer = quote(basket(32000, chosen={"A": "X"}), exchange)
    assert [(each.sku, each.price) for each in answer.exchanges] == [("X", 990)]
    assert answer.total == 32990
    assert reason(basket(28000, chosen={"A": "X"}), exchange) == ("near", "below")
    assert reason(basket(32000, chosen={"A": "Y"}), exchange) == ("refused", "not_offered")


@ROW("CMP-041")
def test_of_two_that_exclude_each_other_the_better_one_is_chosen():
    one, two = cash("A", 3000, limits={"groups": ["g"]}), cash("B", 5000, limits={"groups": ["g"]})
    answer = quote(basket(30000), one, two)
    assert answer.total == 25000
    assert verdict(answer, "B").state == "applied"
    refused = verdict(answer, "A")
    assert (refused.state, refused.reason) == ("beaten", "excluded_by")
    assert refused.params == {"by": ("B",), "better": 2000, "alone": 3000}


@ROW("CMP-042")
def test_300_less_50_less_20_is_230():
    coupon = cash("C", 2000, coupon="T", limits={"stack": 2})
    answer = quote(
        basket(30000, coupons=[{"code": "1", "template": "T"}]), cash("A", 5000, least=30000), coupon
    )
    assert answer.total == 23000
    assert [use.offer for use in answer.uses] == ["A", "C"]
    assert answer.uses[1].coupons == ("1",)


@ROW("CMP-042")
def test_percentages_of_one_step_add_up_and_those_of_two_are_in_turn():
    ten = percentage("A", 1000)
    assert quote(basket(10000), ten, percentage("B", 500)).total == 8500
    assert quote(basket(10000), ten, percentage("B", 500, limits={"stack": 2})).total == 8550


@ROW("CMP-043")
def test_every_300_less_50_at_most_100():
    assert quote(basket(90000), cash("A", 5000, least=30000, limits={"every": True})).total == 75000
    by_amount = {"every": True, "most_amount": 10000}
    assert quote(basket(90000), cash("A", 5000, least=30000, limits=by_amount)).total == 80000
    by_times = {"every": True, "most_times": 2}
    assert quote(basket(90000), cash("A", 5000, least=30000, limits=by_times)).total == 80000


def test_points_hang_on_the_lines_that_brought_them():
    answer = quote(basket(10000, 20000, buyer={}), offer("A", POINTS, execution="add"))
    assert [(share.number, share.amount) for share in answer.rewards[0].shares] == [(1, 17), (2, 33)]


WHO = [
    ({"members": True}, "guest", MEMBER),
    ({"tiers": ["club:gold"]}, "tier", MEMBER),
    ({"tags": ["new-home"]}, "tag", MEMBER),
    ({"audiences": ["V"]}, "audience", {"buyer": {"audiences": ["V"]}}),
    ({"new": True}, "new", MEMBER),
    ({"birthday": "day"}, "birthday", MEMBER),
    ({"birthday": "week"}, "birthday", {"buyer": {"birthday": [6, 14]}}),
    ({"birthday": "month"}, "birthday", {"buyer": {"birthday": [6, 30]}}),
    ({"organizations": ["group"]}, "place", {"organizations": ["store", "group"]}),
    ({"recurrence": {"weekdays": [1]}}, "weekday", {"at": "2026-06-08T12:00:00+08:00"}),
    ({"recurrence": {"days": [8]}}, "day", {"at": "2026-06-08T12:00:00+08:00"}),
    ({"recurrence": {"hours": ["10:00-12:00"]}}, "hours", {"at": "2026-06-08T11:59:59+08:00"}),
    (
        {"recurrence": {"weekdays": [5], "hours": ["22:00-02:00"]}},
        "hours",
        {"at": "2026-06-13T01:59:00+08:00"},
    ),
    ({"coupon": "T"}, "no_coupon", {"coupons": [{"code": "1", "template": "T"}]}),
]


@pytest.mark.parametrize(("trigger", "why", "met"), WHO)
def test_each_condition_refuses_with_its_reason(trigger, why, met):
    subject = cash("A", 100, **trigger)
    assert reason(basket(9000, **met), subject) == ("applied", "")
    not_met = {"at": "2026-06-09T12:00:00+08:00", "buyer": None if why == "guest" else {"birthday": [7, 15]}}
    assert reason(basket(9000, **not_met), subject) == ("refused", why)


def test_caps_budgets_and_coupons_that_are_used_up_say_so():
    capped = cash("A", 100, limits={"per_day": 2})
    assert reason(basket(9000, used={"A": {"day": 1}}), capped) == ("applied", "")
    assert reason(basket(9000, used={"A": {"day": 2}}), capped) == ("refused", "used_up_day")
    assert reason(basket(9000, left={"A": 99}), cash("A", 100)) == ("refused", "no_budget")
    assert reason(basket(9000, left={"A": 899}), percentage("A", 1000)) == ("refused", "no_budget")
    late = {"coupons": [{"code": "1", "template": "T", "usable_until": "2026-06-08T12:00:00"}]}
    assert reason(basket(9000, **late), cash("A", 100, coupon="T")) == ("refused", "coupon_over")


def test_the_coupon_that_ends_first_is_taken_first():
    coupons = [
        {"code": "1", "template": "T"},
        {"code": "2", "template": "T", "usable_until": "2026-08-01T00:00:00"},
        {"code": "3", "template": "T", "usable_until": "2026-07-01T00:00:00"},
    ]
    each = cash("A", 2000, least=10000, coupon="T", limits={"every": True})
    answer = quote(basket(25000, coupons=coupons), each)
    assert answer.uses[0].coupons == ("3", "2")
    assert answer.total == 21000


def test_excluded_goods_are_touched_by_nothing():
    answer = quote(basket({"unit_price": 10000, "excluded": True}, 5000), percentage("A", 1000))
    assert [line.net for line in answer.lines] == [10000, 4500]
