"""How a file that was brought is probably to be read: by a saved mapping, or by guesses at its columns."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from identity.files import guessing
from identity.files.looking import Look
from identity.models import Mapping, RecordType
from members.models import Channel
from members.queries import scopes
from members.queries.scopes import Reach

ZONE = "Asia/Shanghai"


def propose(*, look: Look, channels: Reach, now: dt.datetime) -> dict:
    """Fields of a FileImport: channel, type, columns, constants, time_zone, rows_are_lines, mapping."""
    if look.form == "jsonl":
        return {}
    fitting = mapping_for(headings=look.headings)
    if fitting:
        return {
            "mapping": fitting, "channel": _within(fitting.channel, channels), "type": fitting.type,
            "columns": fitting.columns, "constants": fitting.constants, "time_zone": fitting.time_zone,
            "rows_are_lines": fitting.rows_are_lines,
        }  # fmt: skip
    type = likely_type(look=look)
    found = guessing.guess(names=look.headings, rows=look.rows, type=type)
    return {
        "type": type,
        "columns": {name: guess.column() for name, guess in found.items() if guess.to},
        "constants": {} if any(guess.to == "occurred_at" for guess in found.values()) else _told(now),
        "rows_are_lines": type == RecordType.ORDER and _repeats(look, found),
    }


def likely_type(*, look: Look) -> str:
    """The type whose columns most headings fit."""
    scores = {
        type: sum(
            guess.why == "heading"
            for guess in guessing.guess(names=look.headings, rows=[], type=type).values()
        )
        for type in (RecordType.ACCOUNT, RecordType.ORDER, RecordType.RETURN, RecordType.REVIEW)
    }
    return max(scores, key=lambda type: scores[type])


def mapping_for(*, headings: list[str]) -> Mapping | None:
    """The saved mapping all of whose columns the file has; of several the one that names most."""
    best, names = None, set(headings)
    for mapping in Mapping.objects.select_related("channel").order_by("name"):
        needed = {name for name, column in mapping.columns.items() if not _optional(column)}
        known = len(names & mapping.columns.keys())
        if needed and needed <= names and known > (len(names & best.columns.keys()) if best else 0):
            best = mapping
    return best


def channels(*, reach: Reach) -> QuerySet[Channel]:
    """Channels that somebody may import for."""
    return scopes.at_organization(Channel.objects.order_by("name"), reach=reach)


def _told(now):
    """Rows that say no time are of the moment at which they were brought."""
    return {"occurred_at": now.astimezone(ZoneInfo(ZONE)).isoformat(timespec="seconds")}


def _within(channel, reach):
    return channel if channel and channels(reach=reach).filter(pk=channel.pk).exists() else None


def _optional(column):
    return isinstance(column, dict) and bool(column.get("optional"))


def _repeats(look, found):
    """Whether rows that follow each other have the same order number."""
    key = next((name for name, guess in found.items() if guess.to == "external_id"), None)
    numbers = [str(row.get(key)) for row in look.rows if row.get(key)] if key else []
    return len(set(numbers)) < len(numbers)
