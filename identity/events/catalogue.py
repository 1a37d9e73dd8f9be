"""The events that a new installation knows: the names under which channels are asked to send them."""

from typing import NamedTuple

from identity.events import wording

SHOPS = ("website", "mall", "app", "mini_program")
CARTS = ("mall", "app", "mini_program")


class Standard(NamedTuple):
    """One event: see ``identity.models.EventSchema``. ``properties`` as in ``identity.events.wording``."""

    name: str
    title: str
    title_zh: str
    stage: str
    properties: str = ""
    first_party: bool = True
    core: bool = False
    ends: tuple = ()


SKU = "sku text"
STANDARD = (
    Standard("ad_impression", "Ad seen", "广告曝光", "reach", "creative text", first_party=False),
    Standard("ad_click", "Ad clicked", "广告点击", "reach", "url text", first_party=False),
    Standard("landing", "Landed from an ad", "落地页到达", "reach", "url text"),
    Standard("scan", "QR code scanned", "扫码", "reach", "scene text\nstore text"),
    Standard("open_app", "App opened", "打开应用", "browse", core=True, ends=("app",)),
    Standard("install_app", "App installed", "安装应用", "reach", ends=("app",)),
    Standard("uninstall_app", "App removed", "卸载应用", "leave", ends=("app",)),
    Standard("page_view", "Page viewed", "浏览页面", "browse", "url text\ntitle text", core=True, ends=SHOPS),
    Standard("product_view", "Product viewed", "浏览商品", "browse", SKU, core=True, ends=SHOPS),
    Standard("category_view", "Category viewed", "浏览分类", "browse", "category text"),
    Standard("search", "Searched", "搜索", "browse", "results whole"),
    Standard("article_view", "Article read", "阅读文章", "browse", "article text\nseconds number"),
    Standard("video_view", "Video watched", "观看视频", "browse", "video text\nseconds number"),
    Standard("visit", "Visit", "到访", "browse"),
    Standard("enter_live", "Live stream entered", "进入直播间", "browse", "room text required", first_party=False),
    Standard(
        "watch_live", "Live stream watched", "观看直播", "browse",
        "room text required\nseconds number required\nordered boolean", first_party=False,
    ),
    Standard("live_comment", "Comment in a live stream", "直播评论", "browse", "room text", first_party=False),
    Standard("live_like", "Like in a live stream", "直播点赞", "browse", "room text", first_party=False),
    Standard("live_product_click", "Product clicked in a live stream", "直播商品点击", "choose", f"room text\n{SKU}", first_party=False),
    Standard("register", "Registered", "注册", "join", "scene text", core=True, ends=CARTS),
    Standard("login", "Logged in", "登录", "join", "method text", core=True, ends=CARTS),
    Standard("logout", "Logged out", "退出登录", "leave"),
    Standard("join_membership", "Became a member", "入会", "join", "scene text"),
    Standard("bind_phone", "Phone bound", "绑定手机", "join"),
    Standard("bind", "Account bound", "绑定账号", "join", "scene text"),
    Standard("join", "Joined", "加入", "join", "scene text"),
    Standard("subscribe", "Subscribed", "订阅", "join", "scene text"),
    Standard("push_token", "Push allowed", "推送令牌", "join"),
    Standard("bind_device", "Device bound", "绑定设备", "after", "serial text\nmodel text"),
    Standard("authorise", "Authorised", "授权", "join", "scope text"),
    Standard("form_submit", "Form sent", "提交表单", "join", "form text\nurl text", core=True, ends=("website",)),
    Standard("form_view", "Form seen", "浏览表单", "browse", "form text"),
    Standard("subscribe_news", "Newsletter ordered", "订阅资讯", "join"),
    Standard("lead", "Lead left", "留资", "join", "form text", first_party=False),
    Standard("book_visit", "Visit booked", "预约到店", "join", "store text"),
    Standard("follow", "Followed", "关注", "join", "scene text", core=True, ends=("service_account",)),
    Standard("unfollow", "Unfollowed", "取消关注", "leave"),
    Standard("add_friend", "Friend added", "添加好友", "join", "scene text", core=True, ends=("wecom",)),
    Standard("delete_friend", "Friend removed", "删除好友", "leave", "by text"),
    Standard("join_group", "Joined a group chat", "加入社群", "join", "group text"),
    Standard("leave_group", "Left a group chat", "退出社群", "leave", "group text"),
    Standard("menu_click", "Menu clicked", "点击菜单", "browse", "key text"),
    Standard("message_in", "Message received", "收到留言", "browse", "kind text"),
    Standard("cs_click", "Customer service asked", "咨询客服", "browse", SKU),
    Standard("call_in", "Call received", "来电", "after", "reason text"),
    Standard("collect", "Put on the wish list", "收藏", "choose", SKU),
    Standard("uncollect", "Taken off the wish list", "取消收藏", "choose", SKU),
    Standard("add_to_cart", "Put into the cart", "加入购物车", "choose", f"{SKU}\nquantity number", core=True, ends=CARTS),
    Standard("remove_from_cart", "Taken out of the cart", "移出购物车", "choose", f"{SKU}\nquantity number"),
    Standard("cart_view", "Cart viewed", "查看购物车", "choose"),
    Standard("checkout", "Checkout", "结算", "buy", "order text\namount number\nlines list", core=True, ends=CARTS),
    Standard("submit_order", "Order placed", "提交订单", "buy", "order text\namount number"),
    Standard("pay", "Payment begun", "支付", "buy", "order text\namount number\nmethod text"),
    Standard("pay_failed", "Payment failed", "支付失败", "buy", "order text\nreason text"),
    Standard("coupon_received", "Coupon received", "领取优惠券", "choose", "coupon text"),
    Standard("coupon_used", "Coupon used", "使用优惠券", "buy", "coupon text\norder text"),
    Standard("user_get_card", "Card got", "领取卡券", "choose", "coupon text required\ncard text", first_party=False),
    Standard("user_gifting_card", "Card given to a friend", "转赠卡券", "advocate", "coupon text required", first_party=False),
    Standard("user_consume_card", "Card used", "核销卡券", "buy", "coupon text required\norder text", first_party=False),
    Standard("user_del_card", "Card deleted", "删除卡券", "leave", "coupon text required", first_party=False),
    Standard("points_viewed", "Points looked up", "查看积分", "after"),
    Standard("points_spent", "Points spent", "积分兑换", "after", "points number"),
    Standard("sign_in", "Daily sign-in", "签到", "after"),
    Standard("activity_invited", "Invited to an activity", "受邀参加活动", "browse", "activity text required", first_party=False),
    Standard("activity_joined", "Took part in an activity", "参与活动", "after", "activity text required"),
    Standard("game_played", "Game played", "参与游戏", "after", "game text"),
    Standard("delivery_tracked", "Delivery tracked", "查看物流", "after", "order text"),
    Standard("signed_for", "Delivery signed for", "签收", "after", "order text"),
    Standard("wash_started", "Washing started", "开始洗涤", "after", "serial text required\nprogramme text"),
    Standard("device_used", "Appliance used", "使用网器", "after", "serial text required\nmode text"),
    Standard("warranty_registered", "Warranty registered", "保修登记", "after", "serial text"),
    Standard("service_requested", "Repair requested", "报修", "after", "serial text"),
    Standard("address_changed", "Address changed", "变更地址", "after", "province text\ncity text"),
    Standard("complaint", "Complaint", "投诉", "after", "reason text"),
    Standard("survey_answered", "Survey answered", "填写问卷", "after", "survey text\nscore number"),
    Standard("share", "Shared", "分享", "advocate", SKU, core=True, ends=("app", "mini_program")),
    Standard("share_opened", "Shared page opened", "打开分享", "advocate", "by text"),
    Standard("like", "Liked", "点赞", "advocate", "content text"),
    Standard("comment", "Commented", "评论", "advocate", "content text"),
    Standard("repost", "Reposted", "转发", "advocate", "content text"),
    Standard("referral", "Invited somebody", "邀请好友", "advocate", "invitee object\ninviter object\nrole text"),
    Standard("store_visit", "Came into the store", "到店", "browse", "store text"),
    Standard("fitting", "Tried on", "试穿", "choose", SKU),
    Standard("message_sent", "Message sent", "发送消息", "reach", "message text"),
    Standard("push_opened", "Push opened", "打开推送", "browse", "message text"),
    Standard("email_opened", "E-mail opened", "打开邮件", "browse", "message text"),
    Standard("link_clicked", "Link of a message clicked", "点击链接", "browse", "message text\nurl text"),
    Standard("unsubscribe", "Refused messages", "退订", "leave", "reason text"),
    Standard("close_account", "Account closed", "注销", "leave", "reason text"),
)  # fmt: skip
NAMES = frozenset(each.name for each in STANDARD)


def definitions() -> list[dict]:
    """The standard events as fields of ``EventSchema``."""
    return [
        {**each._asdict(), "properties": wording.read(each.properties), "ends": list(each.ends)}
        for each in STANDARD
    ]
