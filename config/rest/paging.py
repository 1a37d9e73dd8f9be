"""Pages by position, not by number: constant time on any page, and no count of what there is."""

import base64
import binascii
import datetime as dt

import msgspec
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

SIZE, LIMIT = 50, 100


class Keyset(BasePagination):
    """Pages in the order of ``view.keyset``: ("id",), or ("-occurred_at", "-id") with the newest first.

    A view with ``feed = True`` has no last page: ``next`` is where to ask again later.
    """

    parameters = ("cursor", "page_size")

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: object) -> list:
        self.request, self.keyset, self.feed = request, view.keyset, getattr(view, "feed", False)
        size = _size(request.query_params.get("page_size"))
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(_behind(self.keyset, decode(cursor, keyset=self.keyset)))
        rows = list(queryset.order_by(*self.keyset)[: size + 1])
        self.more, page = len(rows) > size, rows[:size]
        self.last = page[-1] if page else None
        return page

    def get_paginated_response(self, data: list) -> Response:
        return Response({"results": data, "next": self._next()})

    def _next(self) -> str | None:
        if self.last is None and self.feed:
            return self.request.build_absolute_uri()
        if not (self.more or (self.feed and self.last)):
            return None
        values = [getattr(self.last, name.lstrip("-")) for name in self.keyset]
        return replace_query_param(self.request.build_absolute_uri(), "cursor", encode(values))

    def get_paginated_response_schema(self, schema: dict) -> dict:
        next_page = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "Address of the next page; null on the last one.",
        }
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": next_page},
        }

    def get_schema_operation_parameters(self, view: object) -> list[dict]:
        size = {"type": "integer", "minimum": 1, "maximum": LIMIT, "default": SIZE}
        return [
            {
                "name": "cursor", "in": "query", "required": False, "schema": {"type": "string"},
                "description": "Where the page starts: taken from `next`, never made up.",
            },
            {
                "name": "page_size", "in": "query", "required": False, "schema": size,
                "description": f"Rows on the page, {LIMIT} at most.",
            },
        ]  # fmt: skip


def encode(values: list) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def decode(cursor: str, *, keyset: tuple[str, ...]) -> list:
    """The values of a cursor: times for fields that end in ``_at``, texts for OneIDs, else whole numbers."""
    shape = tuple[tuple(_kind(name) for name in keyset)]
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        values = list(msgspec.json.decode(text, type=shape))
    except (binascii.Error, UnicodeError, ValueError, msgspec.MsgspecError) as fault:
        raise _wrong("cursor", _("Follow the address in `next`, or start without a cursor.")) from fault
    if any(_too_large(value) for value in values):
        raise _wrong("cursor", _("Follow the address in `next`, or start without a cursor."))
    return values


def _kind(name: str) -> type:
    return dt.datetime if name.endswith("_at") else str if name == "oneid" else int


def _too_large(value: object) -> bool:
    return (isinstance(value, int) and abs(value) >= 2**63) or (
        isinstance(value, str) and not value.isalnum()
    )


def _behind(keyset: tuple[str, ...], values: list) -> Q:
    """Behind the position: for (a, b) that is a ≥ x and (a > x or (a = x and b > y)), which an index can follow."""
    first, *rest = keyset
    name, beyond = (first[1:], "lt") if first.startswith("-") else (first, "gt")
    behind = Q(**{f"{name}__{beyond}": values[0]})
    if not rest:
        return behind
    tied = Q(**{name: values[0]}) & _behind(tuple(rest), values[1:])
    return Q(**{f"{name}__{beyond}e": values[0]}) & (behind | tied)


def _size(text: str | None) -> int:
    if text is None:
        return SIZE
    if text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= LIMIT:
        return int(text)
    raise _wrong("page_size", _("Give a whole number from 1 to %(limit)d.") % {"limit": LIMIT})


def _wrong(place: str, remedy: str) -> ValidationError:
    return ValidationError([{"place": place, "message": _("The value cannot be read."), "remedy": remedy}])
