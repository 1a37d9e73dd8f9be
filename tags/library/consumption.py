"""What customers like to buy, at which price, and what they may need next."""

from tags.library.definition import Definition, orders

CATEGORY, PRICE, TASTE, NEED = (f"consumption_{name}" for name in ("category", "price", "taste", "need"))

TASTES = {
    "coffee": {
        "categories": ["coffee", "咖啡"],
        "names": ["coffee", "咖啡", "latte", "americano", "美式", "拿铁"],
    },
    "tea": {"categories": ["tea", "茶"], "names": ["tea ", "茶"]},
    "spicy": {"names": ["hot-pot", "spicy", "火锅", "辣"]},
    "sweet": {"names": ["biscuit", "mooncake", "chocolate", "饼干", "月饼", "巧克力", "糖"]},
    "nuts": {"names": ["nuts", "坚果"]},
    "dairy": {"categories": ["dairy", "乳品"], "names": ["milk", "牛奶", "酸奶"]},
    "grain": {"categories": ["grain", "粮油"], "names": ["rice 5", "noodles", "大米", "面条", "拉面"]},
    "fruity": {"names": ["juice", "plum", "果汁", "酸梅汤"]},
}

DEFINITIONS = (
    Definition(
        "price_band",
        "Price level 客单价",
        "Goods at the price that they pay.",
        model="percentiles",
        parameters={"percentiles": [20, 80]},
        category=PRICE,
        kind="value",
        definition="Average order, ever, above the 80th percentile of all buyers: high; above the 20th: middle; else low.",
        expected_action="Recommend goods of this level first.",
    ),
    Definition(
        "purchasing_power",
        "Purchasing power 购买力",
        "Goods of the level that they can and want to pay.",
        model="percentiles",
        parameters={"percentiles": [50, 80], "window": {"days": 365}},
        kind="value",
        category=PRICE,
        definition="Average order of the last 365 days above the 80th percentile of all buyers: high; above the 50th: middle; else"
        " low.",
        expected_action="Show high-end models first to those of high power.",
    ),
    Definition(
        "category_group",
        "Category group 品类人群",
        "Coupons of a category for those who buy it.",
        model="category_groups",
        shape="several",
        kind="value",
        category=CATEGORY,
        definition="Orders of the category, net of returns, in its own window: at least the group's fewest.",
        consumer="Category managers, in targeted coupons.",
        expected_action="Send coupons of the category, valid at the stores of the place.",
    ),
    Definition(
        "interest",
        "Interested in 内容兴趣",
        "Content and goods of what is looked at now.",
        model="interest",
        kind="behaviour",
        category=TASTE,
        definition="The category with the most views and purchases of the last 180 days; nothing below three, or where two are"
        " alike.",
        expected_action="Open the next message with this category.",
    ),
    Definition(
        "taste",
        "Taste 口味偏好",
        "New things of the taste that they keep choosing.",
        model="taste",
        parameters={"words": TASTES},
        kind="value",
        category=TASTE,
        definition="The taste of which most articles were bought in the last 365 days: five at least, and four in ten of them.",
        expected_action="Offer what is new of this taste first.",
    ),
    Definition(
        "appliance_need",
        "Appliance need 家电需求",
        "Be there when an appliance is due.",
        model="appliance_needs",
        shape="several",
        kind="value",
        category=NEED,
        definition="Replacement: near the end of its life. New fit-out: moved, and no air conditioner. Upgrade: an entry model and"
        " a high average order.",
        consumer="Appliance stores and advisers; marketing, in audiences.",
        expected_action="Answer with the offer of the tag “Offer for the need”.",
    ),
    Definition(
        "need_offer",
        "Offer for the need 需求对应优惠",
        "The kind of offer that answers a need.",
        (
            ("trade_in", "Trade-in, for a replacement 以旧换新", None),
            ("full_reduction", "Full reduction for a set, for a new fit-out 满减", None),
            ("high_end", "High-end recommendation, for an upgrade 高端推荐", None),
        ),
        model="appliance_needs",
        parameters={"gives": "offer"},
        shape="several",
        kind="value",
        category=NEED,
        definition="Replacement → trade-in; new fit-out → full reduction for a set; upgrade → high-end recommendation.",
        expected_action="Put this offer into the message, and no other.",
    ),
)


def buyers_of(category: str, *, code: str) -> Definition:
    """A tag for those who bought of one category."""
    return Definition(
        code,
        f"Bought {category}",
        "What a buyer of this category may need next.",
        (
            ("repeat", "Twice and more 复购", orders("count", ">=", 2, category=[category])),
            ("yes", "Once 购买过", orders("count", "=", 1, category=[category])),
        ),
        category=CATEGORY,
        kind="value",
        definition=f"Orders with goods of “{category}” that were not given back, ever.",
    )
