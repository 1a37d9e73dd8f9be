"""POST pos/uploads: what tills did without a line, and the verdict on each item."""

import re
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.actions.till import uploading
from campaigns.api.till import bodies, rendering, schema
from members.models import ChannelKey

ITEMS = 200
KEY = re.compile(r"[A-Za-z0-9.:_-]{1,100}", re.ASCII)


class Body(Struct, forbid_unknown_fields=True):
    items: Annotated[
        list[dict[str, Any]],
        Meta(
            min_length=1, max_length=ITEMS,
            extra_json_schema={"description": "Sales and returns in the engine's units: docs/offline.md."},
        ),
    ]  # fmt: skip


class Note(Struct):
    code: str
    says: str


class Verdict(Struct):
    """``state``: accepted, corrected (taken in, with ``notes`` of what differs), waiting (kept, tried again by itself) or
    refused (kept, staff see it); ``code`` and ``says``: why."""

    key: str
    state: str
    code: str
    says: str
    notes: list[Note]


class Answer(Struct):
    items: list[Verdict]


class Uploads(APIView):
    scopes = {"POST": "value"}
    renderer_classes = [rendering.Quick]
    bytes_setting = "API_RECORDS_MAX_BYTES"

    @extend_schema(
        tags=["pos"], summary="Tell what happened without a line", request=schema.body(Body),
        responses={(200, "application/json"): schema.answer(Answer)},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """In any order, as often as you like: each item is taken in once, by its `key`. A sale that happened is recorded as
        it was sold; a return that comes before its sale waits for it. Nothing is dropped."""
        key: ChannelKey = request.auth
        body = bodies.whole(request.data, kind=Body)
        _check_keys(body.items)
        caller = uploading.Caller(key.channel, key.organization)
        verdicts = uploading.upload(caller=caller, told=body.items, now=timezone.now())
        told = [
            Verdict(each.key, each.state, each.code, each.says, [Note(*note) for note in each.notes])
            for each in verdicts
        ]
        return Response(Answer(told))


def _check_keys(items: list[dict]) -> None:
    """An item without one could not be kept: then none is looked at."""
    faults, first = [], {}
    for number, item in enumerate(items):
        key = item.get("key")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            message = _("It needs a key of letters, digits and . : _ - with 100 of them at most.")
            faults.append(
                bodies.fault(f"items[{number}].key", message, _("Give each item a key of its own."))
            )
        elif (other := first.setdefault(key, number)) != number:
            message = _("The key stands at items[%d] already.") % other
            faults.append(
                bodies.fault(f"items[{number}].key", message, _("Give each item a key of its own."))
            )
    if faults:
        bodies.refuse(faults)
