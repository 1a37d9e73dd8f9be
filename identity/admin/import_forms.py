"""The form of an import: what each column is, and what holds for all rows."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.actions import imports
from identity.admin import import_places, import_rows
from identity.files.shaping import TRANSFORMS, is_place
from identity.models import FileImport, Mapping, RecordType
from identity.queries import guesses
from members.admin.base import number
from members.models import Channel, Organization
from members.queries import scopes
from members.queries.scopes import Reach

ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "UTC", "Europe/Madrid")
MEMBER_OF = "membership.organization"
READ_AS = {
    "date": gettext_lazy("a day"), "time": gettext_lazy("a time"), "epoch": gettext_lazy("seconds since 1970"), "number": gettext_lazy("a number, such as ¥1,234.50"),
    "hundredth": gettext_lazy("hundredths (fen)"), "lower": gettext_lazy("small letters"), "upper": gettext_lazy("capital letters"),
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
    offers = [*import_places.COMMON, *import_places.MORE.get(imported.type, ())]
    offered = {place for place, _label in offers}
    return {
        "lines": [
            _line(imported, i, name, samples.get(name, []), offered)
            for i, name in enumerate(imported.headings)
        ],
        "places": offers,
        "transforms": [(name, READ_AS.get(name, name)) for name in sorted(TRANSFORMS)],
        "types": RecordType.choices,
        "channels": guesses.channels(reach=reach),
        "zones": ZONES if imported.time_zone in ZONES else (imported.time_zone, *ZONES),
        "occurred_at": _shown(imported),
        "organizations": _organizations(reach) if _states_membership(imported.columns) else (),
        "member_of": imported.constants.get(MEMBER_OF, ""),
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
        "constants": _member_of(posted, columns, channel, reach, _constants(posted, imported)),
        "save_as": posted.get("save_as", "").strip()[:64],
    }


def _column(before, to, transform):
    """The column, with what the form does not show (translations of values, formats) as it was for the same place."""
    kept = before if isinstance(before, dict) and before.get("to") == to else {}
    column = {**kept, "to": to, "transform": transform}
    if not transform:
        column.pop("transform")
    return column if len(column) > 1 else to


def _shown(imported: FileImport) -> str:
    """The time of rows that say none, in the zone of the file."""
    text = imported.constants.get("occurred_at", "")
    return (
        f"{dt.datetime.fromisoformat(text).astimezone(ZoneInfo(imported.time_zone)):%Y-%m-%d %H:%M:%S}"
        if text
        else ""
    )


def _places(columns: dict) -> set[str]:
    return {column["to"] if isinstance(column, dict) else column for column in columns.values()}


def _states_membership(columns: dict) -> bool:
    """Whether rows tell a tier, points or a number, and no column tells of which organization."""
    places = _places(columns)
    return MEMBER_OF not in places and any(place.startswith("membership.") for place in places)


def _organizations(reach: Reach):
    return scopes.at_organization(Organization.objects.order_by("path"), reach=reach, field="pk")


def _member_of(posted, columns, channel, reach, constants):
    """Of which organization the rows are members: as it was chosen, else where the channel belongs."""
    rest = {place: value for place, value in constants.items() if place != MEMBER_OF}
    code = posted.get("member_of", "") or (channel.organization.code if channel else "")
    if not code or not _states_membership(columns):
        return rest
    if not _organizations(reach).filter(code=code).exists():
        raise imports.Refused(_("Choose of which organization the customers are members."))
    return {**rest, MEMBER_OF: code}


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
