"""What visitors of own pages do, as their browsers tell it: events of anonymous visitors of one channel."""

import datetime as dt
import re
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from identity.actions import intake
from identity.events import clicks
from identity.models import TrackingKey
from identity.records import verdicts

WRONG_CLOCK = dt.timedelta(minutes=5)  # a browser's clock that is further off is corrected by ours
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
OLDEST = dt.timedelta(hours=24)
CLAIMS = ("email", "phone")
PROPERTIES = 30
TEXT = 500
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,64}$(?!\n)")]
Millis = Annotated[int, Meta(ge=0, le=10**14)]
_property = re.compile(r"[A-Za-z_][\w-]{0,63}").fullmatch


class Happened(Struct):
    """One event: its id, name, time by the browser's clock, address, referrer, properties, and who sent the form."""

    i: Id
    n: Annotated[str, Meta(min_length=1, max_length=64)]
    t: Millis
    u: Annotated[str, Meta(max_length=8000)] = ""
    r: Annotated[str, Meta(max_length=8000)] = ""
    p: dict[str, str | int | float | bool | None] = {}
    w: dict[str, Annotated[str, Meta(max_length=254)]] = {}


class Batch(Struct):
    """What one visitor did, and when the batch was sent by the browser's clock."""

    v: Id
    s: Millis
    e: Annotated[list[Happened], Meta(min_length=1, max_length=20)]


def take(*, batch: Batch, key: TrackingKey, now: dt.datetime) -> list[verdicts.Verdict]:
    """Let the batch in as events of an anonymous visitor, who is known by the cookie alone.

    An e-mail or telephone of a form counts only where the key lets forms join. Addresses lose their query:
    only click parameters are kept of it. The same batch sent twice is there once.
    """
    shift = _shift(sent=_moment(batch.s), now=now)
    records = [_record(each, batch.v, key, min(_moment(each.t) + shift, now)) for each in batch.e]
    fresh = [record for record in records if now - dt.datetime.fromisoformat(record["occurred_at"]) < OLDEST]
    return intake.accept(records=fresh, source=f"tracking {key.key}", now=now)


def _moment(millis):
    return EPOCH + dt.timedelta(milliseconds=millis)


def _shift(*, sent, now):
    return now - sent if abs(now - sent) > WRONG_CLOCK else dt.timedelta()


def _record(happened, visitor, key, at):
    identifiers = [{"kind": "cookie", "value": visitor}]
    if key.forms_join:
        identifiers += [{"kind": kind, "value": happened.w[kind]} for kind in CLAIMS if happened.w.get(kind)][
            :1
        ]
    record = {
        "type": "event",
        "channel": key.channel.code,
        "external_id": f"{visitor}-{happened.i}",
        "occurred_at": at.isoformat(),
        "name": happened.n,
        "touchpoint": _host(happened.u),
        "identifiers": identifiers,
        "properties": _properties(happened),
    }
    attribution = clicks.of_url(happened.u)
    return record | ({"attribution": attribution} if attribution else {})


def _properties(happened):
    given = {
        name: value[:TEXT] if isinstance(value, str) else value
        for name, value in list(happened.p.items())[:PROPERTIES]
        if _property(name) and value is not None
    }
    places = {"url": clicks.without_query(happened.u), "referrer": clicks.without_query(happened.r)}
    return given | {name: place for name, place in places.items() if place}


def _host(url):
    try:
        return (urlsplit(url).hostname or "")[:100]
    except ValueError:
        return ""
