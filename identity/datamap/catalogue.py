"""Touchpoints as they usually are. Staff change them afterwards; installing again adds only what is missing.

Names of events are those of the intake contract and of the connectors. Keys: what the platform gives for every
customer, and what it gives only when he authorises it.
"""

from typing import NamedTuple


class Key(NamedTuple):
    kind: str
    realm: str = ""
    authorised: bool = False


class Signal(NamedTuple):
    code: str
    name: str
    events: tuple[str, ...]
    first_party: bool = True
    core: bool = False
    stage: int | None = None


class Touchpoint(NamedTuple):
    code: str
    name: str
    kind: str
    ecosystem: str
    stage: int
    keys: tuple[Key, ...]
    signals: tuple[Signal, ...]
    place: str = ""
    operable: bool = True


ATTRACT, CONSIDER, PURCHASE, USE, STAY, RECOMMEND = range(1, 7)
SOLD = ("order.created", "order.paid", "order.completed")
PHONE_ASKED = Key("phone", authorised=True)
WECHAT = Key("unionid", "wechat")


def _orders(*, first_party: bool = True) -> Signal:
    return Signal("orders", "Orders", SOLD, first_party, core=True, stage=PURCHASE)


def _returns(*, first_party: bool = True) -> Signal:
    return Signal("returns", "Returns", ("order.returned",), first_party, stage=USE)


def _registered(name: str = "Registrations") -> Signal:
    return Signal("registrations", name, ("account.recorded", "register"))


VIEWS = Signal("views", "Page views", ("page_view", "view_item"))
CARTS = Signal("carts", "Carts", ("add_to_cart", "remove_from_cart"), stage=CONSIDER)
REVIEWS = Signal("reviews", "Reviews", ("review.posted",), stage=RECOMMEND)

TOUCHPOINTS = (
    Touchpoint(
        "ad", "Advertisement", "ad", "advertising", ATTRACT,
        (Key("ad_click"), Key("device", authorised=True)),
        (Signal("clicks", "Ad clicks", ("ad_click",)), Signal("leads", "Leads", ("lead", "form_submit"))),
        operable=False,
    ),
    Touchpoint(
        "website", "Website", "website", "own", CONSIDER,
        (Key("cookie", "website"), PHONE_ASKED, Key("email", authorised=True)),
        (VIEWS, Signal("forms", "Forms", ("form_submit",)), _registered()),
    ),
    Touchpoint(
        "app", "Own App", "app", "own", STAY,
        (Key("phone"), Key("device"), WECHAT._replace(authorised=True)),
        (_registered(), Signal("logins", "Logins", ("login",)), VIEWS, CARTS, _orders(),
         Signal("push", "Push opened", ("push_open",))),
    ),
    Touchpoint(
        "mall", "Own mall", "mall", "own", PURCHASE,
        (Key("phone"), Key("cookie", "mall"), Key("email", authorised=True)),
        (_registered(), VIEWS, CARTS, _orders(), _returns(), REVIEWS),
    ),
    Touchpoint(
        "service_account", "Service account (服务号)", "service_account", "wechat", STAY,
        (Key("openid", "service account"), WECHAT, PHONE_ASKED),
        (Signal("scan", "Scan (扫码)", ("scan",)), Signal("follow", "Follow (关注)", ("follow", "subscribe")),
         Signal("unfollow", "Unfollow (取关)", ("unfollow", "unsubscribe")),
         Signal("message", "Message (消息)", ("message", "text_message")),
         Signal("menu", "Menu (菜单)", ("menu_click",)), Signal("card", "Card (卡券)", ("card_claim", "card_use")),
         Signal("source", "Source (来源)", ("account.recorded",))),
    ),
    Touchpoint(
        "mini_program", "Mini-program (小程序)", "mini_program", "wechat", PURCHASE,
        (Key("openid", "mini-program"), WECHAT, PHONE_ASKED),
        (_registered(), VIEWS, CARTS, _orders(), Signal("share", "Shares", ("share",), stage=RECOMMEND)),
    ),
    Touchpoint(
        "wecom", "WeCom (企业微信)", "wecom", "wechat", USE,
        (Key("external_userid", "wecom"), WECHAT, PHONE_ASKED),
        (Signal("friends", "Friends added", ("add_friend", "account.recorded")),
         Signal("talks", "Messages", ("message", "wecom_message"))),
    ),
    Touchpoint(
        "groups", "Customer groups (社群)", "wecom", "wechat", STAY,
        (Key("external_userid", "wecom"), WECHAT),
        (Signal("joins", "Group joined", ("group_join",)), Signal("talks", "Group messages", ("group_message",))),
        place="group",
    ),
    Touchpoint(
        "tmall", "Tmall (天猫)", "tmall", "alibaba", PURCHASE,
        (Key("ouid", "tmall"), Key("omid", "tmall"), PHONE_ASKED),
        (_orders(first_party=False), _returns(first_party=False), Signal("bind", "Members bound", ("member_bind", "account.recorded")),
         REVIEWS._replace(first_party=False)),
        operable=False,
    ),
    Touchpoint(
        "jd", "JD (京东)", "jd", "jd", PURCHASE,
        (Key("xid", "jd"), Key("pin", "jd"), PHONE_ASKED),
        (_orders(first_party=False), _returns(first_party=False), Signal("bind", "Members bound", ("member_bind", "account.recorded"))),
        operable=False,
    ),
    Touchpoint(
        "douyin", "Douyin account (抖音)", "douyin", "bytedance", ATTRACT,
        (Key("openid", "douyin"),),
        (Signal("follow", "Follow", ("follow",)), Signal("live", "Live watched", ("watch_live",), first_party=False),
         Signal("message", "Messages", ("message",))),
    ),
    Touchpoint(
        "douyin_shop", "Douyin shop (抖店)", "douyin_shop", "bytedance", PURCHASE,
        (Key("openid", "douyin"),),
        (_orders(first_party=False), _returns(first_party=False)),
        operable=False,
    ),
    Touchpoint(
        "xiaohongshu", "Xiaohongshu (小红书)", "xiaohongshu", "xiaohongshu", CONSIDER,
        (Key("platform_user_id", "xiaohongshu"), PHONE_ASKED),
        (_orders(first_party=False), REVIEWS._replace(first_party=False)),
        operable=False,
    ),
    Touchpoint(
        "weibo", "Weibo (微博)", "weibo", "weibo", ATTRACT,
        (Key("platform_user_id", "weibo"),),
        (Signal("follow", "Follow", ("follow",)), Signal("interact", "Interactions", ("comment", "like", "share"), first_party=False)),
    ),
    Touchpoint(
        "youzan", "Youzan (有赞)", "youzan", "youzan", PURCHASE,
        (Key("yz_open_id", "youzan"), WECHAT._replace(authorised=True), PHONE_ASKED),
        (_orders(), _returns(), _registered()),
    ),
    Touchpoint(
        "pos", "Store (门店)", "pos", "offline", PURCHASE,
        (Key("phone"), Key("card"), Key("member_number")),
        (_orders(), _returns(), _registered("Registrations in store")),
    ),
    Touchpoint(
        "crm", "CRM", "crm", "own", STAY,
        (Key("member_number"), Key("phone"), Key("email", authorised=True)),
        (_registered("Customers imported"), Signal("service", "Service and repair", ("service", "repair"), core=True, stage=USE)),
    ),
    Touchpoint(
        "appliance", "Connected appliances (智能家电)", "appliance", "own", USE,
        (Key("device"), PHONE_ASKED),
        (_registered("Appliances connected"),),
    ),
)  # fmt: skip
