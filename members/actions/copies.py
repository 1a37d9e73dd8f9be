"""A person's copy of all that is known of him: JSON to carry away, HTML to read."""

import datetime as dt
import json

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from members.models import Member
from members.privacy import rooms
from members.privacy.words import StaffWords
from members.queries import personal


def make(*, member: Member, now: dt.datetime, notes: bool = False) -> dict:
    """{"oneid", "made_at", "rooms": {room: {section: [row]}}} with every row that belongs to the person.

    ``notes``: with what staff wrote in their own words, for somebody who reads it before it is handed over.
    """
    person = personal.searched(member=member)
    return {
        "oneid": member.oneid,
        "made_at": now.isoformat(),
        "rooms": {room.name: _told(room.sections(person), notes) for room in reversed(rooms.every())},
    }


def _told(sections: rooms.Sections, notes: bool) -> rooms.Sections:
    told = {name: rows for name, rows in sections.items() if rows}
    return told if notes else {name: [_unread(row) for row in rows] for name, rows in told.items()}


def _unread(row: dict) -> dict:
    """The row without what staff wrote, which may say something of somebody else; that they wrote stays."""
    withheld = _("written by staff; ask for it, and somebody will read it and tell you")
    return {
        name: withheld if isinstance(value, StaffWords) and value else value for name, value in row.items()
    }


def as_json(copy: dict) -> str:
    return json.dumps(copy, cls=_Encoder, ensure_ascii=False, indent=2) + "\n"


def plain(copy: dict) -> dict:
    """The copy with nothing in it but what JSON knows."""
    return json.loads(as_json(copy))


def as_html(copy: dict) -> str:
    sections = [_section(name, rows) for room in copy["rooms"].values() for name, rows in room.items()]
    return render_to_string("members/privacy/copy.html", {"copy": copy, "sections": sections})


def _section(name: str, rows: list[dict]) -> dict:
    """A table for reading: without columns that say nothing in any row; the JSON holds them all."""
    told = [{column: _shown(value) for column, value in row.items()} for row in rows]
    columns = [column for column in told[0] if any(row[column] for row in told)]
    return {
        "name": name,
        "columns": [column.replace("__", " ").replace("_", " ") for column in columns],
        "rows": [[row[column] for column in columns] for row in told],
    }


class _Encoder(DjangoJSONEncoder):
    def default(self, o):
        return bytes(o).hex() if isinstance(o, bytes | memoryview) else super().default(o)


def _shown(value):
    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dict | list):
        return json.dumps(value, cls=_Encoder, ensure_ascii=False)
    return str(value)
