"""The files that platforms export for a shop's keeper, as mappings: what a new installation starts with.

Headings are those of the platforms' own exports; staff change the mappings when a platform changes its file.
"""

OPTIONAL = {"optional": True}
TMALL_STATUS = {
    "等待买家付款": "created", "买家已付款,等待卖家发货": "paid", "买家已付款，等待卖家发货": "paid",
    "卖家已发货,等待买家确认": "paid", "卖家已发货，等待买家确认": "paid", "交易成功": "completed", "交易关闭": "cancelled",
}  # fmt: skip
JD_STATUS = {
    "等待付款": "created", "等待出库": "paid", "等待发货": "paid", "等待确认收货": "paid", "已出库": "paid", "完成": "completed",
    "已完成": "completed", "已取消": "cancelled", "(删除)等待出库": "cancelled", "锁定": "paid",
}  # fmt: skip
XHS_STATUS = {
    "待支付": "created", "待付款": "created", "待配货": "paid", "待发货": "paid", "待收货": "paid", "已发货": "paid", "已完成": "completed",
    "交易完成": "completed", "已关闭": "cancelled", "已取消": "cancelled",
}  # fmt: skip


def _may(to: str, **more: object) -> dict:
    return {"to": to, **OPTIONAL, **more}


MAPPINGS = (
    {
        "name": "天猫订单 Tmall orders",
        "type": "order",
        "columns": {
            "订单编号": "external_id",
            "买家会员名": "account",
            "订单创建时间": "occurred_at",
            "订单付款时间": _may("updated_at"),
            "订单状态": {"to": "status", "values": TMALL_STATUS},
            "买家实际支付金额": {"to": "lines.0.amount", "transform": "number"},
            "买家应付邮费": _may("attribution.postage"),
            "宝贝标题": _may("lines.0.name"),
            "宝贝总数量": _may("attribution.pieces"),
            "收货人姓名": _may("receiver.name"),
            "联系手机": _may("identifiers.phone:receiver"),
            "收货地址": _may("receiver.address"),
            "收货省": _may("receiver.province"),
        },
    },
    {
        "name": "京东订单 JD orders",
        "type": "order",
        "rows_are_lines": True,
        "columns": {
            "订单号": "external_id",
            "下单帐号": "account",
            "下单时间": "occurred_at",
            "订单状态": {"to": "status", "values": JD_STATUS},
            "商品ID": "lines.0.sku",
            "商品名称": _may("lines.0.name"),
            "订购数量": {"to": "lines.0.quantity", "transform": "number"},
            "京东价": {"to": "lines.0.unit_price", "transform": "number"},
            "运费金额": _may("shipping", transform="number"),
            "客户姓名": _may("receiver.name"),
            "联系电话": _may("identifiers.phone:receiver"),
            "客户地址": _may("receiver.address"),
            "收货省": _may("receiver.province"),
        },
    },
    {
        # Xiaohongshu names no customer: who receives the order is the only one it tells of.
        "name": "小红书订单 Xiaohongshu orders",
        "type": "order",
        "rows_are_lines": True,
        "columns": {
            "订单号": "external_id",
            "订单创建时间": "occurred_at",
            "订单状态": {"to": "status", "values": XHS_STATUS},
            "商品编码": "lines.0.sku",
            "商品名称": _may("lines.0.name"),
            "SKU件数": {"to": "lines.0.quantity", "transform": "number"},
            "商品实付": {"to": "lines.0.amount", "transform": "number"},
            "收件人姓名": _may("profile.name"),
            "收件人手机号": "identifiers.phone",
            "收件人省": _may("profile.province", also="receiver.province"),
            "收件人市": _may("profile.city"),
        },
    },
    {
        "name": "CRM客户 CRM customers",
        "type": "account",
        "columns": {
            "客户编号": "external_id",
            "客户姓名": _may("profile.name"),
            "手机号": _may("identifiers.phone"),
            "邮箱": _may("identifiers.email"),
            "性别": _may("profile.gender"),
            "生日": _may("profile.birth_date", transform="date"),
            "省份": _may("profile.province"),
            "城市": _may("profile.city"),
            "会员卡号": _may("identifiers.card"),
            "创建时间": "occurred_at",
            "更新时间": _may("updated_at"),
        },
    },
    {
        "name": "微博粉丝 Weibo followers",
        "type": "event",
        "constants": {"name": "follow"},
        "columns": {
            "微博UID": {"to": "account", "also": "identifiers.weibo_uid"},
            "昵称": _may("profile.nickname"),
            "性别": _may("profile.gender"),
            "IP属地": _may("profile.ip_province"),
            "关注时间": "occurred_at",
        },
    },
)
