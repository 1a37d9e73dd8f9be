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
    sections = [
        {"name": name, "columns": list(rows[0]), "rows": [[_shown(each) for each in row.values()] for row in rows]}
        for room in copy["rooms"].values()
        for name, rows in room.items()
    ]  # fmt: skip
    return render_to_string("members/privacy/copy.html", {"copy": copy, "sections": sections})


class _Encoder(DjangoJSONEncoder):
    def default(self, o):
        return bytes(o).hex() if isinstance(o, bytes | memoryview) else super().default(o)


def _shown(value):
    if value is None or value == "":
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, cls=_Encoder, ensure_ascii=False)
    return str(value)
