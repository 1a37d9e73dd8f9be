"""What a till needs before the line is cut: signed rules, the keys to check them by, and value that it may take."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.actions.till import allowances, bundling, operations, signatures
from campaigns.api.till import bodies, refused, rendering, requests, sales, schema
from campaigns.queries.till import places
from campaigns.queries.till.places import Place
from members.actions import lookups
from members.api.refusals import Refusal
from members.models import ChannelKey


class Issued(Struct):
    """``document``: a JSON Web Signature; its content is the bundle."""

    id: str
    store: str
    rules: int
    issued_at: dt.datetime
    expires_at: dt.datetime
    document: str


class Keys(Struct):
    """A JSON Web Key Set."""

    keys: list[dict[str, str]]


class Asked(requests.Keyed, kw_only=True):
    oneid: bodies.Code
    book: Annotated[bodies.Code, Meta(description="One that counts money: stored value, gift card.")]
    amount: bodies.Digits
    until: Annotated[dt.datetime, Meta(tz=True, description="Seven days from now at most.")]
    store: Annotated[
        bodies.Code | None, Meta(description="At your key's node or below it; your node if left out.")
    ] = None


class Granted(Struct):
    key: str
    store: str
    oneid: str
    book: str
    amount: str
    until: dt.datetime


class Bundles(APIView):
    scopes = {"GET": "value"}
    renderer_classes = [rendering.Quick]

    @extend_schema(
        tags=["pos"], summary="Rules for the time without a line",
        parameters=[OpenApiParameter("store", str, description="At your key's node or below it.")],
        responses={(200, "application/json"): schema.answer(Issued)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """What is live at the store now and until `expires_at`, signed. `campaigns/till` reads and prices it without Django."""
        key: ChannelKey = request.auth
        place = _place(request.query_params.get("store"), key)
        with signed():
            issued = bundling.issue(place=place, channel=key.channel, now=timezone.now())
        bundle = issued.bundle
        return Response(
            Issued(
                bundle.id, bundle.store, bundle.rules, bundle.issued_at, bundle.expires_at, issued.document
            )
        )


class PublicKeys(APIView):
    scopes = {"GET": "value"}
    renderer_classes = [rendering.Quick]

    @extend_schema(
        tags=["pos"],
        summary="Keys that sign rules",
        responses={(200, "application/json"): schema.answer(Keys)},
    )
    def get(self, request: Request) -> Response:
        """The public keys by which a till checks its rules: the one that signs now, and earlier ones."""
        with signed():
            return Response(Keys(signatures.told()))


class Allowances(APIView):
    scopes = {"POST": "value"}
    renderer_classes = [rendering.Quick]

    @extend_schema(
        tags=["pos"], summary="Let a store's tills take value without a line", request=schema.body(Asked),
        responses={(200, "application/json"): schema.answer(Granted)},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Reserved for this member at this store; his tier, tags and coupons go into the store's rules with it. What the
        tills upload is spent, the rest is free again `until` then."""
        key: ChannelKey = request.auth
        body, now = bodies.whole(request.data, kind=Asked), timezone.now()
        place, amount = _place(body.store, key), sales.decimal(body.amount, "amount")

        def do() -> tuple[int, bytes]:
            granted = allowances.grant(
                place=place, node=key.organization, channel=key.channel, key=body.key, oneid=body.oneid,
                book=body.book, amount=amount, until=body.until, now=now,
            )  # fmt: skip
            member = granted.account.member
            lookups.record(
                action="value",
                by=key,
                now=now,
                member=member,
                field=body.book,
                verb="allow",
                books=[body.book],
            )
            told = Granted(
                body.key, place.organization.code, member.oneid, body.book, str(granted.amount), body.until
            )
            return 200, msgspec.json.encode(told)

        asked = msgspec.json.encode((place.organization.code, body), order="deterministic")
        with refused.answered():
            done = operations.once(
                caller=key.channel.code, node=key.organization.path, key=body.key, verb="allow", asked=asked,
                now=now, do=do,
            )  # fmt: skip
        headers = {"Idempotent-Replay": "true"} if done.again else None
        return Response(msgspec.Raw(done.answer.encode()), status=done.status, headers=headers)


@contextmanager
def signed() -> Iterator[None]:
    try:
        yield
    except signatures.NoKey as none:
        raise Refusal(none, status=503, code="not_signed") from none


def _place(code: str | None, key: ChannelKey) -> Place:
    code = code or key.organization.code
    found = places.place(code=code, node=key.organization)
    if found is None:
        message = _("There is no organization “%(code)s” at your key's node or below it.") % {"code": code}
        bodies.refuse([bodies.fault("store", message, _("See GET /api/v1/organizations."))])
    return found
