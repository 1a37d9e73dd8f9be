"""The sample group: its organizations and its channels, as plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Organization:
    code: str
    kind: str
    name: str
    parent: str | None
    city: str = ""


@dataclass(frozen=True)
class Channel:
    code: str
    kind: str
    name: str
    source_class: str
    organization: str
    first_party: bool
    brands: tuple[str, ...]


GROUP = "group"
APPLIANCES = "brand-jiahe"
FOOD = "brand-gutian"
BRANDS = (APPLIANCES, FOOD)

STORE_CITIES = {
    "dealer-north": ("Beijing", "Tianjin", "Shenyang"),
    "dealer-east": ("Qingdao", "Jinan", "Shanghai"),
    "dealer-lane": ("Hangzhou", "Nanjing", "Suzhou"),
    "dealer-south": ("Guangzhou", "Shenzhen", "Chengdu"),
}


def _stores() -> tuple[Organization, ...]:
    places = [(dealer, city) for dealer, cities in STORE_CITIES.items() for city in cities]
    return tuple(
        Organization(f"store-{number:02}", "store", f"{city} store", dealer, city)
        for number, (dealer, city) in enumerate(places, start=1)
    )


STORES = _stores()

ORGANIZATIONS = (
    Organization(GROUP, "group", "Ninefold Sample Group", None),
    Organization(APPLIANCES, "brand", "Jiahe Appliances 嘉禾电器", GROUP),
    Organization(FOOD, "brand", "Gutian Foods 谷田食品", GROUP),
    Organization("dealer-north", "dealer", "Northern Appliance Trading", APPLIANCES),
    Organization("dealer-east", "dealer", "Eastern Sea Appliances", APPLIANCES),
    Organization("dealer-lane", "dealer", "Lane & Garden Foods", FOOD),
    Organization("dealer-south", "dealer", "Southern Table Foods", FOOD),
    *STORES,
)

CHANNELS = (
    Channel("tmall", "tmall", "Tmall flagship store", "ecommerce", APPLIANCES, False, (APPLIANCES,)),
    Channel("jd", "jd", "JD flagship store", "ecommerce", APPLIANCES, False, (APPLIANCES,)),
    Channel("douyin", "douyin_shop", "Douyin shop", "ecommerce", FOOD, False, (FOOD,)),
    Channel("oa", "service_account", "WeChat official account", "social", GROUP, True, BRANDS),
    Channel("mini", "mini_program", "WeChat mini-program mall", "self_operated", GROUP, True, BRANDS),
    Channel("wecom", "wecom", "WeCom advisers", "social", GROUP, True, BRANDS),
    Channel("app", "app", "Jiahe app", "self_operated", APPLIANCES, True, (APPLIANCES,)),
    Channel("mall", "mall", "Own web mall", "self_operated", GROUP, True, BRANDS),
    Channel("pos", "pos", "Store tills", "offline", GROUP, True, BRANDS),
)

SELLING = tuple(channel.code for channel in CHANNELS if channel.code not in {"oa", "wecom"})
BROWSED = ("mini", "app", "mall", "oa", "wecom")


def brand_of(store: Organization) -> str:
    dealer = next(node for node in ORGANIZATIONS if node.code == store.parent)
    return dealer.parent or GROUP
