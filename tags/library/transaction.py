"""What customers buy, for how much, where, and what they give back."""

from tags.library.definition import Definition, bought_once_at_least, orders, yes
from tags.models_of import rfm

ONLINE = ["ecommerce", "self_operated", "ad_content", "social"]
ORDERS, VALUE, PLACE, RETURNS = (f"transaction_{name}" for name in ("orders", "value", "place", "returns"))

DEFINITIONS = (
    Definition(
        "frequency_365d",
        "Orders in a year 年购买频次",
        "Who comes back.",
        (
            ("frequent", "5 and more 高频", orders("count", ">=", 5, days=365)),
            ("repeat", "2 to 4 复购", orders("count", ">=", 2, days=365)),
            ("once", "One 单次", orders("count", "=", 1, days=365)),
        ),
        category=ORDERS,
        kind="value",
        definition="Orders of the last 365 days that were not given back: 2 and 5 are the bounds.",
        expected_action="Bring those with one order to the second within its cycle.",
    ),
    Definition(
        "last_order",
        "Last order 最近下单",
        "When to speak of the next purchase.",
        (
            ("month", "Within 30 days 30天内", orders("days_since_last", "<=", 30)),
            ("quarter", "31 to 90 days 31–90天", orders("days_since_last", "<=", 90)),
            ("half", "91 to 180 days 91–180天", orders("days_since_last", "<=", 180)),
            ("earlier", "Earlier 更早", orders("days_since_last", ">", 180)),
        ),
        category=ORDERS,
        kind="value",
        definition="Days since the last order that was kept; nothing for those who never bought.",
        expected_action="Ask for a review within 30 days, offer something new later.",
    ),
    Definition(
        "value_band",
        "Value 价值分层",
        "More service for those who bring more.",
        (
            ("diamond", "VIP diamond 钻石", orders("amount", ">=", 10_000)),
            ("high", "High 高价值", orders("amount", ">=", 1_000)),
            ("medium", "Medium 中价值", orders("amount", ">=", 100)),
            ("low", "Low 低价值", orders("amount", ">", 0)),
        ),
        category=VALUE,
        kind="value",
        definition="Bounds 100, 1,000 and 10,000 of everything bought, net of returns; the lower bound is included.",
    ),
    Definition(
        "rfm",
        "RFM 价值模型",
        "Which eight groups our buyers fall into.",
        tuple((code, f"{english} {chinese}", None) for code, english, chinese in reversed(rfm.VALUES)),
        model=rfm.CODE,
        parameters={"window": {"days": 365}, "bounds": "mean", "frequency": "orders"},
        category=VALUE,
        kind="value",
        levels_reason="Three measures, each better or worse than its bound, make eight classes.",
        definition="Last purchase, number of orders and amount of a year, each better or worse than the mean of all buyers.",
        expected_action="Keep champions, win back the important ones who stay away, spend little on the rest.",
    ),
    Definition(
        "big_ticket",
        "Big ticket 大额购买",
        "Service, warranty, trade-in.",
        yes(bought_once_at_least(amount={"op": ">=", "value": 3_000})),
        category=VALUE,
        kind="value",
        source="fact",
        definition="Bought something for 3,000 or more at once.",
        expected_action="Offer care and warranty at once, a trade-in years later.",
    ),
    Definition(
        "first_channel",
        "First purchase through 首购渠道",
        "Where buyers come from.",
        tuple(
            (code, name, {"first_order": {"where": {"source_class": code}}})
            for code, name in (
                ("offline", "Store 线下门店"),
                ("ecommerce", "E-commerce platform 电商平台"),
                ("self_operated", "Own online channel 自营线上"),
                ("social", "Social platform 社交平台"),
                ("ad_content", "Ad or content platform 广告内容平台"),
            )
        ),
        category=PLACE,
        source="fact",
        definition="The kind of channel of the first purchase that was kept.",
        consumer="Marketing, when it shares out a budget.",
        expected_action="Spend where buyers come from who come back.",
    ),
    Definition(
        "buys_where",
        "Buys where 购买场所",
        "Online, in stores, or both.",
        (
            (
                "both",
                "Online and in stores 全渠道",
                {
                    "all": [
                        bought_once_at_least(source_class=["offline"]),
                        bought_once_at_least(source_class=ONLINE),
                    ]
                },
            ),
            ("stores", "Only in stores 仅线下", bought_once_at_least(source_class=["offline"])),
            ("online", "Only online 仅线上", bought_once_at_least(source_class=ONLINE)),
        ),
        category=PLACE,
        kind="value",
        definition="Where the purchases that were kept were made, ever.",
        expected_action="Send coupons that are valid where they buy; invite to the other side with a reason.",
    ),
    Definition(
        "gave_back",
        "Gave goods back 有退货",
        "Look after them, and ask why.",
        (
            ("often", "Three orders and more 经常", orders("count", ">=", 3, returned=True)),
            ("yes", "Yes 有", orders("count", ">=", 1, returned=True)),
        ),
        category=RETURNS,
        kind="value",
        source="fact",
        definition="Orders of which something came back, ever: 3 is the bound of often.",
        expected_action="Ask why before the next offer; help to choose.",
    ),
)
