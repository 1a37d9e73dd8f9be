"""Definitions of events: what intake checks against, what is not defined yet, what has arrived."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from django.db import connection
from django.db.models import Count, Max, QuerySet

from identity.events import checking
from identity.models import EventSchema, QuarantineItem
from members.models import Channel, Event

# One small row says whether a definition has changed: the definitions themselves are read only then.
STAMP = """
SELECT md5(coalesce(string_agg(name || active::text || properties::text, '|' ORDER BY name), ''))
FROM identity_eventschema
"""
LOOKED_AT = 5_000
SAMPLES = 50


def stamp() -> str:
    """Changes when a definition does."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP)
        return cursor.fetchone()[0]


@lru_cache(maxsize=4)
def compiled(_stamp: str) -> checking.Schemas:
    """What each event must and may carry; read once for each ``stamp``."""
    return checking.compiled(EventSchema.objects.values_list("name", "properties", "active"))


@dataclass(frozen=True)
class Undefined:
    """An event that is kept aside because nobody has defined it, with properties of some that came."""

    name: str
    count: int
    channels: list[str]
    since: dt.datetime
    samples: list[dict]


def undefined(*, channels: QuerySet[Channel]) -> list[Undefined]:
    """Events of these channels that wait for their definition, most frequent first; of the oldest 5,000 items."""
    codes = channels.values("code")
    items = waiting().filter(channel_code__in=codes).values_list("raw", "channel_code", "received_at")
    counts, froms, since = Counter(), defaultdict(set), {}
    samples = defaultdict(list)
    for raw, channel, received_at in items[:LOOKED_AT]:
        record = _decoded(raw)
        name = _name(record)
        counts[name] += 1
        froms[name].add(channel)
        since.setdefault(name, received_at)
        if len(samples[name]) < SAMPLES and isinstance(record.get("properties"), dict):
            samples[name].append(record["properties"])
    return [
        Undefined(name, count, sorted(froms[name]), since[name], samples[name])
        for name, count in counts.most_common()
    ]


def waiting() -> QuerySet[QuarantineItem]:
    """Open items of events that are not defined, oldest first."""
    items = QuarantineItem.objects.filter(state=QuarantineItem.State.OPEN, code="event.unknown")
    return items.order_by("received_at", "id")


def waiting_for(*, name: str, at_most: int) -> list[QuarantineItem]:
    """The oldest items that the definition of `name` lets in."""
    found = []
    for item in waiting().iterator(chunk_size=1000):
        if _name(_decoded(item.raw)) == name:
            found.append(item)
            if len(found) == at_most:
                break
    return found


def _decoded(raw):
    try:
        record = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _name(record):
    name = record.get("name")
    return name.strip() if isinstance(name, str) else ""


def arrivals(
    *, names: list[str], channels: list[int], since: dt.datetime
) -> dict[tuple[str, int], tuple[int, dt.datetime]]:
    """(name, channel id) → (how many happened since, when the last one did)."""
    rows = (
        Event.objects.filter(name__in=names, channel__in=channels, occurred_at__gte=since)
        .values_list("name", "channel")
        .annotate(count=Count("id"), last=Max("occurred_at"))
        .order_by()
    )
    return {(name, channel): (count, last) for name, channel, count, last in rows}
