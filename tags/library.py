"""The tags that a new installation begins with, as data. See docs/conditions.md for the language."""

from dataclasses import dataclass, field

from tags.models_of import rfm

BROWSING = ["page_view", "product_view", "search", "add_to_cart", "collect", "share", "checkout"]


@dataclass(frozen=True)
class Definition:
    """``values``: (code, name, condition) in the order in which they are tried."""

    code: str
    name: str
    purpose: str
    values: tuple[tuple[str, str, object], ...]
    model: str = ""
    parameters: dict = field(default_factory=dict)
    category: str = "member"
    kind: str = "attribute"

    def said(self) -> dict[str, str]:
        """What the tag says of itself: the same direction, consumer and owner for all of its first category."""
        return {"definition": self.purpose, "purpose": self.purpose, **SAID[self.category]}


CATEGORIES = (  # (code, name, code of what it is part of)
    ("crowd", "Crowd 人群", ""),
    ("member", "Member 会员", ""),
    ("behaviour", "Behaviour 行为", ""),
    ("transaction", "Transaction 交易", ""),
    ("consumption", "Consumption 消费", ""),
    ("marketing", "Marketing 营销", ""),
)
SAID = {
    "crowd": {
        "direction": "Who our customers are.",
        "benefit": "Goods and words that suit the person.",
        "consumer": "Marketing, in audiences and messages.",
        "expected_action": "Choose content and goods by it.",
        "owner": "CRM team",
    },
    "member": {
        "direction": "How members and the brand stand to each other.",
        "benefit": "Members stay, and come back.",
        "consumer": "Member operations, in audiences and journeys.",
        "expected_action": "Welcome, keep, wake up or win back.",
        "owner": "Member operations",
    },
    "behaviour": {
        "direction": "What customers do with us.",
        "benefit": "The right word while interest is there.",
        "consumer": "Marketing, in journeys and audiences.",
        "expected_action": "Answer what was done within hours or days.",
        "owner": "CRM team",
    },
    "transaction": {
        "direction": "What customers buy, and give back.",
        "benefit": "More orders of those who buy already.",
        "consumer": "Sales and marketing, in audiences and reports.",
        "expected_action": "Choose offers by it.",
        "owner": "Sales operations",
    },
    "consumption": {
        "direction": "What customers like to buy, and at which price.",
        "benefit": "Offers that fit, fewer discounts.",
        "consumer": "Category managers and marketing.",
        "expected_action": "Recommend goods and choose promotions by it.",
        "owner": "Category management",
    },
    "marketing": {
        "direction": "How customers answer to what we send.",
        "benefit": "Fewer messages, more answers.",
        "consumer": "Marketing, when it chooses ways and forms.",
        "expected_action": "Choose way, hour and form of a message.",
        "owner": "CRM team",
    },
}


def _profile(field: str, op: str, value: object) -> dict:
    return {"profile": {"field": field, "op": op, "value": value}}


def _orders(aggregate: str, op: str, value: object, *, days: int | None = None, **where: object) -> dict:
    leaf = {"aggregate": aggregate, "op": op, "value": value}
    return {
        "orders": leaf | ({"window": {"days": days}} if days else {}) | ({"where": where} if where else {})
    }


def _events(names: list[str], days: int, op: str, value: object) -> dict:
    return {"events": {"name": names, "window": {"days": days}, "op": op, "value": value}}


def _bought_once_at_least(**where: object) -> dict:
    return _orders("count", ">=", 1, **where)


ONLINE = ["ecommerce", "self_operated", "ad_content", "social"]

PERSON = (
    Definition(
        "gender",
        "Gender 性别",
        "Words and goods that suit the person.",
        (
            ("female", "Female 女", _profile("gender", "=", "female")),
            ("male", "Male 男", _profile("gender", "=", "male")),
        ),
    ),
    Definition(
        "age_group",
        "Age group 年龄段",
        "Offers by stage of life; changes on the birthday.",
        (
            ("under_18", "Under 18 未成年", _profile("age", "<", 18)),
            ("young", "18 to 24 青年", _profile("age", "between", [18, 24])),
            ("adult", "25 to 39 成年", _profile("age", "between", [25, 39])),
            ("middle_aged", "40 to 60 中年", _profile("age", "between", [40, 60])),
            ("senior", "Over 60 老年", _profile("age", ">", 60)),
        ),
    ),
    Definition(
        "many_accounts",
        "Known through several accounts 多账号",
        "Shows whom we meet on more than one channel.",
        (("yes", "Yes 是", _profile("account_count", ">=", 2)),),
    ),
    Definition(
        "newcomer",
        "Newcomer 新会员",
        "Welcome those first seen in the last 30 days.",
        (("yes", "Yes 是", _profile("first_seen_at", ">=", {"days_ago": 30})),),
    ),
    Definition(
        "domain",
        "Public or private domain 公域私域",
        "Private: we can speak to them on a channel of our own.",
        (
            ("private", "Private 私域", {"channel": {"first_party": True}}),
            ("public", "Public 公域", {"channel": {"first_party": False}}),
        ),
    ),
    Definition(
        "marketing_by_sms",
        "Marketing by SMS 短信营销许可",
        "Whom a text message may reach.",
        (
            ("agreed", "Agreed 同意", {"consent": {"purpose": "marketing", "touchpoint": "sms"}}),
            (
                "refused",
                "Refused 拒绝",
                {"consent": {"purpose": "marketing", "touchpoint": "sms", "granted": False}},
            ),
        ),
    ),
    Definition(
        "marketing_by_email",
        "Marketing by e-mail 邮件营销许可",
        "Whom a letter may reach.",
        (
            ("agreed", "Agreed 同意", {"consent": {"purpose": "marketing", "touchpoint": "email"}}),
            (
                "refused",
                "Refused 拒绝",
                {"consent": {"purpose": "marketing", "touchpoint": "email", "granted": False}},
            ),
        ),
    ),
)

TRADE = (
    Definition(
        "lifecycle",
        "Lifecycle 生命周期",
        "What to do next: convert, keep, wake up, win back.",
        (
            ("prospect", "Prospect 潜客", _orders("count", "=", 0)),
            ("new", "New 新客", {"all": [_orders("count", "=", 1), _orders("days_since_last", "<=", 30)]}),
            ("active", "Active 活跃", _orders("days_since_last", "<=", 90)),
            ("silent", "Silent 沉默", _orders("days_since_last", "<=", 180)),
            ("dormant", "Dormant 沉睡", _orders("days_since_last", "<=", 365)),
            ("lost", "Lost 流失", _orders("days_since_last", ">", 365)),
        ),
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
                        _bought_once_at_least(source_class=["offline"]),
                        _bought_once_at_least(source_class=ONLINE),
                    ]
                },
            ),
            ("stores", "Only in stores 仅线下", _bought_once_at_least(source_class=["offline"])),
            ("online", "Only online 仅线上", _bought_once_at_least(source_class=ONLINE)),
        ),
    ),
    Definition(
        "value_band",
        "Value 价值分层",
        "Bounds 100, 1,000 and 10,000 of everything bought, net of returns; the lower bound is included.",
        (
            ("diamond", "VIP diamond 钻石", _orders("amount", ">=", 10_000)),
            ("high", "High 高价值", _orders("amount", ">=", 1_000)),
            ("medium", "Medium 中价值", _orders("amount", ">=", 100)),
            ("low", "Low 低价值", _orders("amount", ">", 0)),
        ),
    ),
    Definition(
        "frequency_365d",
        "Orders in a year 年购买频次",
        "Who comes back.",
        (
            ("frequent", "5 and more 高频", _orders("count", ">=", 5, days=365)),
            ("repeat", "2 to 4 复购", _orders("count", ">=", 2, days=365)),
            ("once", "One 单次", _orders("count", "=", 1, days=365)),
        ),
    ),
    Definition(
        "price_band",
        "Price level 客单价",
        "Average amount of an order: 200 and 2,000 are the bounds.",
        (
            ("high", "High 高", _orders("average", ">=", 2_000)),
            ("middle", "Middle 中", _orders("average", ">=", 200)),
            ("low", "Low 低", _orders("average", "<", 200)),
        ),
    ),
    Definition(
        "big_ticket",
        "Big ticket 大额购买",
        "Bought something for 3,000 or more at once: service, warranty, trade-in.",
        (("yes", "Yes 是", _bought_once_at_least(amount={"op": ">=", "value": 3_000})),),
    ),
    Definition(
        "gave_back",
        "Gave goods back 有退货",
        "Look after them, and ask why.",
        (
            ("often", "Three orders and more 经常", _orders("count", ">=", 3, returned=True)),
            ("yes", "Yes 有", _orders("count", ">=", 1, returned=True)),
        ),
    ),
)

BEHAVIOUR = (
    Definition(
        "activeness",
        "Activeness 活跃度",
        "Visits, searches, carts and shares of the last 90 days: 5 and 20 are the bounds.",
        (
            ("high", "High 高", _events(BROWSING, 90, ">=", 20)),
            ("medium", "Medium 中", _events(BROWSING, 90, ">=", 5)),
            ("low", "Low 低", _events(BROWSING, 90, ">=", 1)),
        ),
    ),
    Definition(
        "cart_left",
        "Left a cart 加购未买",
        "Something in the cart in the last 7 days, and no order since a week.",
        (
            (
                "yes",
                "Yes 是",
                {"all": [_events(["add_to_cart"], 7, ">=", 1), _orders("count", "=", 0, days=7)]},
            ),
        ),
    ),
    Definition(
        "looks_only",
        "Looks but does not buy 只看不买",
        "Five visits and more in the last 90 days, and no order: an offer, a call, a question.",
        (
            (
                "yes",
                "Yes 是",
                {"all": [_events(BROWSING, 90, ">=", 5), _orders("count", "=", 0, days=90)]},
            ),
        ),
    ),
    Definition(
        "shares",
        "Shares 爱分享",
        "Shared something in the last 90 days: may bring friends.",
        (("yes", "Yes 是", _events(["share"], 90, ">=", 1)),),
    ),
)

RFM = Definition(
    "rfm",
    "RFM 价值模型",
    "Which eight groups our buyers fall into, by last purchase, number of orders and amount of a year.",
    tuple((code, f"{english} {chinese}", None) for code, english, chinese in reversed(rfm.VALUES)),
    model=rfm.CODE,
    parameters={"window": {"days": 365}, "bounds": "mean", "frequency": "orders"},
)

DEFINITIONS = (*PERSON, *TRADE, *BEHAVIOUR, RFM)


def buyers_of(category: str, *, code: str) -> Definition:
    """A tag for those who bought of one category."""
    return Definition(
        code,
        f"Bought {category}",
        "What a buyer of this category may need next.",
        (
            ("repeat", "Twice and more 复购", _orders("count", ">=", 2, category=[category])),
            ("yes", "Once 购买过", _orders("count", "=", 1, category=[category])),
        ),
    )
