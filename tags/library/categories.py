"""The tree under which the library's tags stand: six first categories, and the dimensions of each; and what all tags of a
first category say of themselves unless they say it otherwise."""

CATEGORIES = (  # (code, name, code of what it is part of)
    ("crowd", "Crowd 人群", ""),
    ("member", "Member 会员", ""),
    ("behaviour", "Behaviour 行为", ""),
    ("transaction", "Transaction 交易", ""),
    ("consumption", "Consumption 消费", ""),
    ("marketing", "Marketing 营销", ""),
    ("crowd_person", "Person 个人属性", "crowd"),
    ("crowd_place", "Place 地域", "crowd"),
    ("crowd_known", "How well we know them 识别程度", "crowd"),
    ("member_tier", "Tier 会员等级", "member"),
    ("member_loyalty", "Loyalty 忠诚度", "member"),
    ("member_participation", "Participation 活动参与", "member"),
    ("member_join_path", "Join path 入会路径", "member"),
    ("member_lifecycle", "Lifecycle 当前生命周期", "member"),
    ("member_self_propagation", "Self-propagation 自传播能力", "member"),
    ("behaviour_browsing", "Looking around 浏览", "behaviour"),
    ("behaviour_choosing", "Choosing 选购", "behaviour"),
    ("behaviour_taking_part", "Taking part 互动", "behaviour"),
    ("behaviour_service", "Service 服务", "behaviour"),
    ("transaction_orders", "Orders 订单", "transaction"),
    ("transaction_value", "Value 价值", "transaction"),
    ("transaction_place", "Where they buy 购买场所", "transaction"),
    ("transaction_returns", "Returns 退货", "transaction"),
    ("consumption_category", "Category 品类", "consumption"),
    ("consumption_price", "Price 价格", "consumption"),
    ("consumption_taste", "Taste and interest 口味兴趣", "consumption"),
    ("consumption_need", "Need 需求", "consumption"),
    ("marketing_permission", "Permission 许可", "marketing"),
    ("marketing_response", "Response 响应", "marketing"),
    ("marketing_promotion", "Promotion 促销", "marketing"),
    ("marketing_timing", "Timing 时机", "marketing"),
)
PART_OF = {code: parent for code, _name, parent in CATEGORIES}
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


def root(category: str) -> str:
    """The first category that a dimension is part of."""
    while parent := PART_OF[category]:
        category = parent
    return category
