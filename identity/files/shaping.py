"""Rows onto the intake shape by a saved mapping: column → place, constants, defaults, transforms.

A place is a dotted path into the record (`external_id`, `profile.name`, `lines.0.sku`, `properties.sku`);
`identifiers.phone` and `identifiers.openid@wx-app-1` add an identifier, `consents.marketing.sms` a consent.
`identifiers.phone:receiver` gives it a role in an order.
A column is a place, or `{"to": place, "default": …, "transform": name, "format": …, "values": {cell: value},
"also": another place, "optional": true}`.
"""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from identity.files.items import Unusable

YES = frozenset({"1", "true", "yes", "y", "是", "同意", "已同意", "on", "sí", "si"})
TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")  # fmt: skip
TIME_PLACES = ("occurred_at", "updated_at", "joined_at", "at")
TOP = frozenset(
    "type channel external_id occurred_at updated_at organization account status currency shipping discount "
    "order sku rating text name touchpoint cashier guide reason tags".split()
)
BRANCHES = ("identifiers.", "profile.", "membership.", "consents.", "lines.", "payments.", "properties.",
            "attribution.", "receiver.", "coupons.")  # fmt: skip


_listed = re.compile(r"\$\.(identifiers)\[(\d+)\]")


def is_place(heading: str) -> bool:
    return heading in TOP or heading.startswith(BRANCHES)


class Shape:
    """Makes raw records of rows. Without a mapping, headings that are places speak for themselves."""

    def __init__(self, *, columns=None, constants=None, time_zone="Asia/Shanghai", rows_are_lines=False):
        self.rows_are_lines = rows_are_lines
        self.zone = ZoneInfo(time_zone)
        self.constants = constants or {}
        self.columns = {heading: _column(heading, given) for heading, given in (columns or {}).items()}
        self.mapped = bool(columns)
        self.unmapped = []

    def bind(self, headings):
        """Check the columns of a file; raises Unusable naming each one that is missing."""
        if not self.mapped:
            self.columns = {name: _column(name, name) for name in headings if is_place(name)}
            if not self.columns:
                raise Unusable(
                    f"No column is a field of the intake record ({', '.join(headings)}). Name a mapping."
                )
        missing = [
            name
            for name, column in self.columns.items()
            if name not in headings and not column.get("optional")
        ]
        if missing:
            raise Unusable(f"Columns are missing: {', '.join(missing)}. The file has: {', '.join(headings)}.")
        self.unmapped = [name for name in headings if name and name not in self.columns]

    def __call__(self, row) -> dict:
        """The raw record of one row; columns without a place are kept below `columns`."""
        raw = {}
        for place, value in self.constants.items():
            _put(raw, place, value)
        for heading, column in self.columns.items():
            value = self._value(row.get(heading), column)
            if value not in (None, ""):
                _put(raw, column["to"], value)
                if also := column.get("also"):
                    _put(raw, also, value)
        rest = {name: _text(row[name]) for name in self.unmapped if row.get(name) not in (None, "")}
        if rest:
            raw["columns"] = rest
        return raw

    def column_of(self, place: str, raw=None) -> str:
        """The heading that a problem's JSON path in the record `raw` came from, or ""."""
        listed = _listed.match(place)
        if listed and isinstance(raw, dict):
            given = raw[listed[1]][int(listed[2])]
            spoken = f"{given.get('kind')}@{given.get('namespace', '')}".rstrip("@")
            wanted = f"identifiers.{spoken}"
            role = f":{given['role']}" if given.get("role") else ""
            return next((name for name, column in self.columns.items() if column["to"] == wanted + role), "")
        return next((name for name, column in self.columns.items() if _path(column["to"]) == place), "")

    def _value(self, cell, column):
        if isinstance(cell, str):
            cell = cell.strip()
        if cell in (None, ""):
            return column.get("default")
        if values := column.get("values"):
            cell = values.get(str(cell), cell)
        transform = column.get("transform")
        if transform:
            return TRANSFORMS[transform](cell, column, self.zone)
        if column["to"].rpartition(".")[2] in TIME_PLACES:
            return moment(cell, column, self.zone)
        return _text(cell)


def _column(heading, given):
    column = {"to": given} if isinstance(given, str) else dict(given)
    if not isinstance(column.get("to"), str) or not is_place(column["to"]):
        raise Unusable(f"The mapping of column {heading} has no place such as external_id or profile.name.")
    if "also" in column and not is_place(str(column["also"])):
        raise Unusable(f"The second place of column {heading} is no place such as identifiers.weibo_uid.")
    if column.get("transform") not in (None, *TRANSFORMS):
        raise Unusable(f"The transform of column {heading} is not known. Use {', '.join(TRANSFORMS)}.")
    return column


def _put(raw, place, value):
    name, _, rest = place.partition(".")
    if name == "identifiers" and rest:
        kind, _, role = rest.partition(":")
        kind, _, namespace = kind.partition("@")
        named = {"kind": kind, "value": value}
        named |= ({"namespace": namespace} if namespace else {}) | ({"role": role} if role else {})
        raw.setdefault(name, []).append(named)
    elif name == "consents" and rest:
        purpose, _, channel = rest.partition(".")
        granted = str(value).strip().lower() in YES
        raw.setdefault(name, []).append({"purpose": purpose, "channel": channel or "*", "granted": granted})
    elif name in ("lines", "payments") and rest:
        index, _, field = rest.partition(".")
        listed = raw.setdefault(name, [])
        while len(listed) <= int(index):
            listed.append({})
        listed[int(index)][field] = value
    elif name == "coupons" and rest:
        raw.setdefault(name, []).append(value)
    elif rest:
        raw.setdefault(name, {})[rest] = value
    else:
        raw[name] = value


def _path(place):
    parts = place.split(".")
    if parts[0] in ("lines", "payments") and len(parts) == 3:
        return f"$.{parts[0]}[{parts[1]}].{parts[2]}"
    return f"$.{place}"


def _text(cell):
    if isinstance(cell, datetime):
        return cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def moment(cell, column, zone):
    """A time with an offset; one without is read in the mapping's zone. Unreadable text stays as it is."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
    found = cell if isinstance(cell, datetime) else _read_time(str(cell), column.get("format"))
    if found is None:
        return str(cell)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()


def _read_time(text, form):
    for each in [form] if form else TIMES:
        try:
            return datetime.strptime(text, each)  # noqa: DTZ007
        except ValueError:
            continue
    try:
        return None if form else datetime.fromisoformat(text)
    except ValueError:
        return None


def _day(cell, column, zone):
    found = cell if isinstance(cell, date) else _read_time(str(cell), column.get("format"))
    return found.strftime("%Y-%m-%d") if found else str(cell)


def _number(cell, column, zone):
    """1,234.50 and ¥1234.5 as plain decimal strings."""
    return str(cell).replace(",", "").strip(" ¥￥$€")


def _hundredth(cell, column, zone):
    """Whole fen (or cents) as yuan."""
    try:
        return str(Decimal(_number(cell, column, zone)) / 100)
    except InvalidOperation:
        return str(cell)


def _epoch(cell, column, zone):
    try:
        seconds = Decimal(str(cell))
        seconds = seconds / 1000 if seconds > 10**11 else seconds
        return datetime.fromtimestamp(float(seconds), zone).isoformat()
    except (InvalidOperation, ValueError, OverflowError, OSError):
        return str(cell)


TRANSFORMS = {
    "time": moment,
    "date": _day,
    "epoch": _epoch,
    "number": _number,
    "hundredth": _hundredth,
    "upper": lambda cell, column, zone: str(cell).upper(),
    "lower": lambda cell, column, zone: str(cell).lower(),
}
