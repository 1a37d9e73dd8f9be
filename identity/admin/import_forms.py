"""The form of an import: what each column is, and what holds for all rows."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.actions import imports
from identity.admin import import_rows
from identity.files.shaping import TRANSFORMS, is_place
from identity.models import FileImport, Mapping, RecordType
from identity.queries import guesses
from members.admin.base import number
from members.models import Channel
from members.queries.scopes import Reach

ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "UTC", "Europe/Madrid")
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
    ("profile.phone_masked", _L("masked telephone")),
)  # fmt: skip
MORE = {
    "account": (
        ("membership.organization", _L("member of")), ("membership.number", _L("member number there")), ("membership.tier", _L("tier")),
        ("membership.points", _L("points")), ("membership.joined_at", _L("joined")),
        ("consents.marketing.sms", _L("agrees to text messages")), ("consents.marketing.email", _L("agrees to e-mails")),
        ("consents.marketing.*", _L("agrees to advertising")),
    ),
    "order": (
        ("account", _L("customer's account")), ("status", _L("status")), ("lines.0.sku", _L("article (SKU)")),
        ("lines.0.name", _L("article's name")), ("lines.0.category", _L("category")), ("lines.0.quantity", _L("quantity")),
        ("lines.0.unit_price", _L("unit price")), ("lines.0.discount", _L("discount of the line")), ("lines.0.amount", _L("amount paid")),
        ("shipping", _L("shipping")), ("discount", _L("discount of the order")), ("currency", _L("currency")),
        ("identifiers.phone:receiver", _L("telephone of the receiver only")), ("receiver.name", _L("name of the receiver only")),
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
READ_AS = {
    "date": _L("a day"), "time": _L("a time"), "epoch": _L("seconds since 1970"), "number": _L("a number, such as ¥1,234.50"),
    "hundredth": _L("hundredths (fen)"), "lower": _L("small letters"), "upper": _L("capital letters"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One column of the file on the form."""

    field: str
    heading: str
    samples: list[str]
    to: str
    transform: str
    known: bool


def of(imported: FileImport, *, reach: Reach) -> dict:
    """What the form shows."""
    samples = import_rows.sample(imported) if imported.form != "jsonl" else {}
    places = [*COMMON, *MORE.get(imported.type, ())]
    offered = {place for place, _label in places}
    return {
        "lines": [
            _line(imported, i, name, samples.get(name, []), offered)
            for i, name in enumerate(imported.headings)
        ],
        "places": places,
        "transforms": [(name, READ_AS.get(name, name)) for name in sorted(TRANSFORMS)],
        "types": RecordType.choices,
        "channels": guesses.channels(reach=reach),
        "zones": ZONES if imported.time_zone in ZONES else (imported.time_zone, *ZONES),
        "occurred_at": imported.constants.get("occurred_at", ""),
        "mappings": Mapping.objects.order_by("name"),
    }


def _line(imported, index, heading, samples, offered):
    column = imported.columns.get(heading, "")
    column = column if isinstance(column, dict) else {"to": column}
    to = column.get("to", "")
    return Line(f"column-{index}", heading, samples, to, column.get("transform", ""), to in offered or not to)


def read(posted, imported: FileImport, *, reach: Reach) -> dict:
    """Fields for `imports.arrange` out of the form. Raises Refused."""
    columns = {}
    for index, heading in enumerate(imported.headings):
        to = posted.get(f"column-{index}", "").strip()
        if not to:
            continue
        if not is_place(to):
            raise imports.Refused(_("“%(place)s” is no place of the record.") % {"place": to})
        columns[heading] = _column(imported.columns.get(heading), to, posted.get(f"transform-{index}", ""))
    zone = posted.get("time_zone", "")
    if zone not in available_timezones():
        raise imports.Refused(_("Choose a time zone."))
    channel = Channel.objects.filter(pk=number(posted.get("channel"))).first()
    if channel and not guesses.channels(reach=reach).filter(pk=channel.pk).exists():
        raise imports.Refused(_("This channel is beyond your organization."))
    return {
        "columns": columns,
        "channel": channel,
        "type": posted.get("type") if posted.get("type") in RecordType.values else imported.type,
        "time_zone": zone,
        "rows_are_lines": "rows_are_lines" in posted,
        "constants": _constants(posted, imported),
        "save_as": posted.get("save_as", "").strip()[:64],
    }


def _column(before, to, transform):
    """The column, with what the form does not show (translations of values, formats) as it was for the same place."""
    kept = before if isinstance(before, dict) and before.get("to") == to else {}
    column = {**kept, "to": to, "transform": transform}
    if not transform:
        column.pop("transform")
    return column if len(column) > 1 else to


def _constants(posted, imported):
    """What holds for every row: the time of rows that have no column for it, in the zone of the file."""
    constants = {name: value for name, value in imported.constants.items() if name != "occurred_at"}
    text = posted.get("occurred_at", "").strip()
    if not text:
        return constants
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as fault:
        raise imports.Refused(_("Write the time as 2026-01-02 03:04.")) from fault
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(posted["time_zone"]))
    return {**constants, "occurred_at": at.isoformat()}
