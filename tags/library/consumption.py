"""What customers like to buy, at which price, and what they may need next."""

from tags.library.definition import Definition, orders

CATEGORY, PRICE, TASTE, NEED = (f"consumption_{name}" for name in ("category", "price", "taste", "need"))

DEFINITIONS = (
    Definition(
        "price_band",
        "Price level 客单价",
        "Goods at the price that they pay.",
        (
            ("high", "High 高", orders("average", ">=", 2_000)),
            ("middle", "Middle 中", orders("average", ">=", 200)),
            ("low", "Low 低", orders("average", "<", 200)),
        ),
        category=PRICE,
        kind="value",
        definition="Average amount of an order: 200 and 2,000 are the bounds.",
        expected_action="Recommend goods of this level first.",
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
