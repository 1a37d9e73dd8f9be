"""Where a column of a file can go, in the words of the import screen."""

from django.utils.translation import gettext_lazy

_L = gettext_lazy
COMMON = (
    ("external_id", _L("number of the record")), ("occurred_at", _L("time")), ("updated_at", _L("time of change")),
    ("organization", _L("store or organization")), ("identifiers.phone", _L("telephone")),
    ("identifiers.email", _L("e-mail")), ("identifiers.unionid", _L("WeChat unionid")), ("identifiers.openid", _L("WeChat openid")),
    ("identifiers.card", _L("card number")), ("identifiers.member_number", _L("member number")),
    ("identifiers.device", _L("device")), ("identifiers.phone_hash", _L("hash of the telephone")),
    ("identifiers.weibo_uid", _L("Weibo uid")), ("identifiers.push_token", _L("push token")), ("profile.name", _L("name")), ("profile.nickname", _L("nickname")),
    ("profile.gender", _L("sex")), ("profile.birth_date", _L("birthday")), ("profile.province", _L("province")),
    ("profile.city", _L("city")), ("profile.address", _L("address")), ("profile.postcode", _L("postcode")),
    ("profile.phone_masked", _L("masked telephone")), ("profile.ip_province", _L("province of the IP address")),
)  # fmt: skip
MORE = {
    "account": (
        ("membership.organization", _L("member of")), ("membership.number", _L("member number there")), ("membership.tier", _L("tier")),
        ("membership.points", _L("points")), ("membership.joined_at", _L("joined")),
        ("consents.marketing.sms", _L("agrees to text messages")), ("consents.marketing.email", _L("agrees to e-mails")),
        ("consents.marketing.*", _L("agrees to advertising")), ("tags", _L("tags, in one cell")),
    ),
    "order": (
        ("account", _L("customer's account")), ("status", _L("status")), ("lines.0.sku", _L("article (SKU)")),
        ("lines.0.name", _L("article's name")), ("lines.0.category", _L("category")), ("lines.0.quantity", _L("quantity")),
        ("lines.0.unit_price", _L("unit price")), ("lines.0.discount", _L("discount of the line")), ("lines.0.amount", _L("amount paid")),
        ("shipping", _L("shipping")), ("discount", _L("discount of the order")), ("currency", _L("currency")),
        ("identifiers.phone:receiver", _L("telephone of the receiver only")), ("receiver.name", _L("name of the receiver only")),
        ("receiver.province", _L("province of the receiver")),
    ),
    "return": (
        ("order", _L("order")), ("account", _L("customer's account")), ("lines.0.sku", _L("article (SKU)")),
        ("lines.0.quantity", _L("quantity")), ("lines.0.refund", _L("refund")),
    ),
    "review": (
        ("order", _L("order")), ("account", _L("customer's account")), ("sku", _L("article (SKU)")), ("rating", _L("rating")), ("text", _L("text")),
    ),
    "event": (
        ("account", _L("customer's account")), ("name", _L("event")), ("touchpoint", _L("touchpoint")), ("properties.sku", _L("article (SKU)")),
    ),
}  # fmt: skip
LABELS = {place: label for table in (COMMON, *MORE.values()) for place, label in table}


def told(place: str) -> str:
    """A place of the record ($.membership.organization) as the screen calls it, or as it is."""
    return str(LABELS.get(place.removeprefix("$."), place))
