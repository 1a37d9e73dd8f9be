"""What tills did without a line is told all at once, in any order, perhaps several times: each item has a verdict, and
nothing is dropped. One transaction an item, so that one that cannot be taken in holds up no other."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.till import retrying, taking_in
from campaigns.actions.till.taking_in import TAKEN_IN, Caller, Verdict
from campaigns.models import UploadedItem
from campaigns.queries.till import places
from members.actions import postings
from members.models import Organization

State, Kind = UploadedItem.State, UploadedItem.Kind
JOINED = 100  # returns that one request tries, for they waited for its sales


def upload(*, caller: Caller, told: Sequence[dict], now: dt.datetime) -> list[Verdict]:
    """A verdict on each, in their order: sales are tried first, then returns; whatever waited for one of these sales is tried
    too, as far as it is not too much for a request. Each has a ``key`` that is a text."""
    verdicts, left = {}, JOINED
    for place in sorted(range(len(told)), key=lambda place: told[place].get("kind") != Kind.SALE):
        verdicts[place], new = _take(caller, told[place], now)
        if new and told[place]["kind"] == Kind.SALE:
            left -= retrying.join(channel=caller.channel, number=told[place]["order"], now=now, most=left)
    return [verdicts[place] for place in range(len(told))]


def _take(caller: Caller, told: dict, now: dt.datetime) -> tuple[Verdict, bool]:
    """And whether it was taken in just now."""
    text = json.dumps(told, sort_keys=True)
    content = postings.digest("upload", text)
    with transaction.atomic():
        row, made = _row(caller, told, content, text, now)
        if row.content != content:
            return taking_in.verdict(row=_reused(caller, told, content, text, now)), False
        if taking_in.is_over(row=row):
            return taking_in.verdict(row=row), False
        verdict = taking_in.take_in(row=row, caller=caller, told=told, now=now, again=not made)
        return verdict, verdict.state in TAKEN_IN


def _row(
    caller: Caller, told: dict, content: uuid.UUID, text: str, now: dt.datetime
) -> tuple[UploadedItem, bool]:
    """Locked, and whether it is new."""
    fields = _fields(caller, told, content, text, now)
    row, made = UploadedItem.objects.get_or_create(
        channel=caller.channel, key=told["key"], reused=False, defaults=fields
    )
    return UploadedItem.objects.select_for_update(of=("self",)).get(pk=row.pk), made


def _reused(caller: Caller, told: dict, content: uuid.UUID, text: str, now: dt.datetime) -> UploadedItem:
    """Kept beside the first of its key, for it may have happened."""
    fields = _fields(caller, told, content, text, now) | {
        "state": State.REFUSED, "code": "key_reused", "due_at": None,
        "says": _("The key was used for another item: send this one again with a key of its own."),
    }  # fmt: skip
    return UploadedItem.objects.get_or_create(
        channel=caller.channel, key=told["key"], reused=True, content=content, defaults=fields
    )[0]


def _fields(caller: Caller, told: dict, content: uuid.UUID, text: str, now: dt.datetime) -> dict:
    kind, number = told.get("kind"), told.get("order")
    return {
        "node": caller.node, "store": _place_told(told, caller), "content": content, "body": text, "state": State.WAITING, "code": "new",
        "kind": kind if kind in (Kind.SALE, Kind.RETURN) else Kind.UNREADABLE, "due_at": now,
        "number": number[:100] if isinstance(number, str) and number.isprintable() else "", "received_at": now, "tried_at": now,
    }  # fmt: skip


def _place_told(told: dict, caller: Caller) -> Organization | None:
    code = told.get("store")
    place = (
        places.place(code=code, node=caller.node) if isinstance(code, str) and code.isprintable() else None
    )
    return place.organization if place else None
