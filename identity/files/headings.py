"""How platforms and people head the columns of their files, without blanks, punctuation and brackets."""

_EVERYWHERE = {
    "occurred_at": "下单时间 订单创建时间 创建时间 发生时间 时间 日期 登记时间 录入时间 创建日期 createdat createtime "
    "orderdate ordertime date time occurredat timestamp",
    "updated_at": "修改时间 更新时间 最后更新时间 最后修改时间 updatedat updatetime modified lastmodified",
    "organization": "门店编码 门店编号 店铺编码 门店代码 组织编码 storecode storeid storeno organization shopcode",
    "identifiers.email": "邮箱 电子邮箱 邮件 邮箱地址 email emailaddress mail",
    "identifiers.unionid": "unionid",
    "identifiers.openid": "openid 微信openid wechatopenid",
    "identifiers.external_userid": "externaluserid 外部联系人id",
    "identifiers.device": "设备号 设备id deviceid device idfa oaid imei",
    "identifiers.weibo_uid": "微博uid 微博id weibouid weiboid",
    "profile.nickname": "昵称 买家昵称 用户昵称 会员昵称 微信昵称 nickname nick screenname",
    "profile.province": "省 省份 所在省 province state",
    "profile.ip_province": "ip属地 ip归属地 iplocation",
    "profile.city": "市 城市 收货城市 所在城市 city",
    "profile.address": "地址 收货地址 详细地址 收件地址 联系地址 address",
    "profile.postcode": "邮编 邮政编码 postcode zip zipcode postalcode",
}
_ACCOUNT = {
    "external_id": "会员id 会员编号 客户编号 客户编码 客户号 客户代码 用户id 买家id 会员号 uid userid memberid customerid "
    "customerno customernumber customercode externalid id",
    "occurred_at": "注册时间 入会时间 关注时间 绑定时间 建档时间 开卡时间 开卡日期 注册日期 registeredat registertime "
    "signupdate createdate",
    "identifiers.phone": "手机 手机号 手机号码 联系电话 电话 电话号码 联系方式 会员手机 会员手机号 移动电话 mobile "
    "mobilephone phone phonenumber tel telephone cellphone contactphone",
    "identifiers.card": "卡号 会员卡号 实体卡号 card cardno cardnumber",
    "profile.name": "姓名 客户姓名 会员姓名 名字 真实姓名 联系人 联系人姓名 客户名称 name fullname customername realname",
    "profile.gender": "性别 客户性别 称谓 gender sex",
    "profile.birth_date": "生日 出生日期 出生年月日 会员生日 birthday birthdate dateofbirth dob",
    "membership.tier": "会员等级 等级 会员级别 级别 tier level grade",
    "membership.points": "积分 会员积分 可用积分 积分余额 points pointsbalance",
    "tags": "标签 客户标签 会员标签 用户标签 粉丝标签 买家标签 tags tag labels label",
    "membership.joined_at": "入会日期 加入时间 joinedat joindate",
    "consents.marketing.sms": "接受短信 同意短信 短信营销 smsoptin smsconsent",
    "consents.marketing.email": "接受邮件 同意邮件 emailoptin emailconsent",
}
_ORDER = {
    "external_id": "订单号 订单编号 主订单编号 订单id 小红书订单号 平台订单号 交易号 单号 小票号 流水号 orderid orderno ordernumber tid",
    "account": "买家id 买家账号 下单帐号 下单账号 买家会员名 用户id 会员id 客户id 客户编号 buyerid customerid userid memberid",
    "occurred_at": "付款时间 订单付款时间 支付时间 交易时间 销售时间 成交时间 paidat paytime",
    "identifiers.phone": "联系手机 联系电话 客户电话 收货人手机 收货人手机号 收件人手机 收件人手机号 收件人电话 收货人电话 手机 手机号 "
    "手机号码 电话 会员手机号 买家手机 mobile phone receiverphone receivermobile buyerphone",
    "profile.name": "收货人姓名 收货人 收件人 收件人姓名 客户姓名 联系人 姓名 买家姓名 receivername consignee customername name",
    "receiver.province": "收货省 收货省份 收件省 收件省份 收件人省 收件人省份 receiverprovince",
    "status": "订单状态 状态 交易状态 orderstatus status",
    "lines.0.sku": "sku 商家编码 外部系统编号 商品编码 商品id 商品编号 商品货号 规格编码 货号 sku编码 skuid productid itemid goodsid",
    "lines.0.name": "商品名称 宝贝标题 商品标题 标题 商品 sku名称 productname itemname title goodsname",
    "lines.0.category": "类目 品类 商品类目 商品分类 category",
    "lines.0.quantity": "数量 商品数量 购买数量 宝贝总数量 订购数量 件数 sku件数 quantity qty count",
    "lines.0.unit_price": "单价 商品单价 价格 京东价 unitprice price",
    "lines.0.amount": "实付金额 买家实际支付金额 买家实付金额 应付金额 订单金额 总金额 金额 商家应收金额 商品实付 成交金额 amount total paid payment",
    "lines.0.discount": "优惠金额 折扣 discount",
    "shipping": "运费 邮费 运费金额 买家应付邮费 shipping freight postage",
}
_EVENT = {
    "account": "用户id 会员id 微博uid uid userid memberid customerid",
    "name": "事件 事件名 行为 行为类型 event eventname action",
    "properties.sku": "商品id sku skuid productid",
    "identifiers.phone": "手机 手机号 手机号码 mobile phone",
    "occurred_at": "关注时间 行为时间 事件时间 eventtime",
}
_RETURN = {
    "external_id": "退款编号 退款单号 退货单号 售后单号 售后编号 refundid returnid",
    "order": "订单编号 订单号 主订单编号 orderid orderno",
    "account": "买家id 买家会员名 用户id buyerid customerid",
    "lines.0.refund": "退款金额 买家退款金额 实退金额 refund refundamount amount",
    "lines.0.quantity": "退货数量 数量 quantity",
    "lines.0.sku": "商家编码 商品编码 sku",
    "occurred_at": "退款申请时间 申请时间 退款完结时间 退款时间 refundtime",
}
_REVIEW = {
    "external_id": "评价id 评论id reviewid id",
    "order": "订单编号 订单号 orderid",
    "account": "用户id 买家id userid",
    "sku": "商品id 商品编码 sku productid",
    "rating": "评分 星级 rating stars score",
    "text": "评价内容 评论 评价 内容 text comment review",
    "occurred_at": "评价时间 评论时间 reviewtime",
}


def _turned(places: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, names in places.items():
        for name in names.split():
            found.setdefault(name, place)
    return found


EVERYWHERE = _turned(_EVERYWHERE)
PLACES = {
    type: _turned(places)
    for type, places in (
        ("account", _ACCOUNT),
        ("order", _ORDER),
        ("return", _RETURN),
        ("review", _REVIEW),
        ("event", _EVENT),
    )
}
