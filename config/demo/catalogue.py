"""What the two brands sell, at which price, and when in the year it sells."""

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from config.demo import company


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    category: str
    price: int
    brand: str
    popularity: int
    summer: float = 1.0


def _appliance(
    sku: str, name: str, category: str, price: int, popularity: int, summer: float = 1.0
) -> Product:
    return Product(sku, name, category, price, company.APPLIANCES, popularity, summer)


def _food(sku: str, name: str, category: str, price: int, popularity: int, summer: float = 1.0) -> Product:
    return Product(sku, name, category, price, company.FOOD, popularity, summer)


PRODUCTS = (
    _appliance("FR-500", "Three-door refrigerator 500 L 冰箱", "refrigerator", 399900, 3, 1.3),
    _appliance("FR-260", "Two-door refrigerator 260 L 冰箱", "refrigerator", 179900, 4, 1.3),
    _appliance("WM-100", "Washing machine 10 kg 洗衣机", "washing-machine", 249900, 5),
    _appliance("WD-120", "Washer-dryer 12 kg 洗烘一体机", "washing-machine", 459900, 2, 0.8),
    _appliance("AC-350", "Air conditioner 1.5 hp 空调", "air-conditioner", 279900, 5, 3.0),
    _appliance("AC-720", "Air conditioner, standing 3 hp 柜机", "air-conditioner", 599900, 2, 3.0),
    _appliance("RH-090", "Range hood 油烟机", "kitchen", 219900, 3),
    _appliance("DW-014", "Dishwasher 14 sets 洗碗机", "kitchen", 389900, 2),
    _appliance("RC-040", "Rice cooker 4 L 电饭煲", "small-appliance", 39900, 12),
    _appliance("KT-017", "Kettle 1.7 L 电热水壶", "small-appliance", 12900, 14),
    _appliance("AF-055", "Air fryer 5.5 L 空气炸锅", "small-appliance", 34900, 11),
    _appliance("VC-210", "Cordless vacuum cleaner 吸尘器", "small-appliance", 99900, 6),
    _appliance("FN-030", "Standing fan 电风扇", "small-appliance", 19900, 9, 4.0),
    _appliance("HF-002", "Water filter cartridge 滤芯", "consumable", 16900, 16),
    _food("RI-005", "Wuchang rice 5 kg 五常大米", "grain", 6990, 16),
    _food("NO-012", "Hand-pulled noodles, 12 packs 拉面", "grain", 4590, 12),
    _food("OL-500", "Cold-pressed peanut oil 5 L 花生油", "oil", 12990, 9),
    _food("SO-001", "Aged soy sauce 1 L 老抽", "sauce", 2490, 13),
    _food("VI-001", "Shanxi vinegar 500 ml 陈醋", "sauce", 1590, 11),
    _food("TE-100", "Longjing tea 100 g 龙井", "tea", 12800, 6),
    _food("TE-250", "Jasmine tea 250 g 茉莉花茶", "tea", 5900, 8),
    _food("NU-600", "Mixed nuts 600 g 坚果", "snack", 8900, 13),
    _food("BI-900", "Butter biscuits 900 g 饼干", "snack", 5900, 10),
    _food("MC-008", "Mooncake box, 8 pieces 月饼", "gift", 16800, 3),
    _food("JU-006", "Plum juice, 6 bottles 酸梅汤", "drink", 3990, 12, 2.6),
    _food("MI-024", "Milk 250 ml × 24 牛奶", "dairy", 6590, 14),
    _food("HT-400", "Hot-pot base 400 g 火锅底料", "sauce", 2290, 12, 0.4),
    _food("GB-001", "New Year gift box 年货礼盒", "gift", 25800, 3),
)

BY_BRAND = {brand: tuple(p for p in PRODUCTS if p.brand == brand) for brand in company.BRANDS}

# January holds the New Year shopping, June the 618 sale, November Double Eleven.
MONTH_WEIGHT = (1.25, 0.8, 0.9, 0.95, 1.05, 1.5, 1.1, 1.05, 1.1, 1.0, 1.9, 1.15)
SUMMER_MONTHS = frozenset({5, 6, 7, 8})


def pick(*, rng: Random, brand: str, month: int, count: int = 1) -> list[Product]:
    """Products of a brand as they sell in a month of the year; one may come twice."""
    return rng.choices(BY_BRAND[brand], cum_weights=_weights(brand, month in SUMMER_MONTHS), k=count)


@cache
def _weights(brand: str, summer: bool) -> tuple[float, ...]:
    return tuple(
        accumulate(product.popularity * (product.summer if summer else 1.0) for product in BY_BRAND[brand])
    )
