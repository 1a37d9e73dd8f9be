"""The door of own pages (static/ninefold/track.js): anybody may add events of an anonymous visitor; nobody reads."""

from collections import Counter
from typing import Any

import msgspec
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from identity.actions import visits
from identity.models import TrackingKey

LIMIT = 64 * 1024  # what browsers let sendBeacon carry
_decoder = msgspec.json.Decoder(visits.Batch)


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"


class Beacon(BaseParser):
    """JSON under any content type: a browser asks nobody's leave to send text/plain."""

    media_type = "*/*"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: dict | None = None
    ) -> visits.Batch:
        body = stream.read(LIMIT + 1)
        if len(body) > LIMIT:
            raise TooLarge(_("The batch is larger than 64 KiB. Send fewer events at a time."))
        try:
            return _decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            raise exceptions.ParseError(
                _("The batch cannot be read: %(fault)s") % {"fault": fault}
            ) from fault


class VisitorRate(SimpleRateThrottle):
    """So many batches from one address. Rate: API_RATE_TRACK."""

    scope = "track"

    def get_rate(self) -> str:
        return api_settings.DEFAULT_THROTTLE_RATES.get(self.scope, "600/min")

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


@extend_schema(exclude=True)
class Track(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (VisitorRate,)
    parser_classes = (Beacon,)

    def post(self, request: Request, key: str) -> Response:
        """How many events were let in or kept aside; never anything of a person."""
        found = TrackingKey.objects.select_related("channel").filter(key=key, active=True).first()
        if found is None:
            raise Http404
        origin = request.headers.get("Origin", "")
        if origin not in found.origins:
            raise exceptions.PermissionDenied(
                _("Pages of “%(origin)s” may not use this key.") % {"origin": origin[:200]}
            )
        if not isinstance(request.data, visits.Batch):
            raise exceptions.ParseError(_("The batch is empty."))
        given = visits.take(batch=request.data, key=found, now=timezone.now())
        return _shared(Response(Counter(verdict.verdict for verdict in given), status=202), origin)

    def options(self, request: Request, key: str) -> Response:
        """A browser's question before it sends what is not plain text."""
        origin = request.headers.get("Origin", "")
        known = TrackingKey.objects.filter(key=key, active=True, origins__contains=[origin]).exists()
        return _shared(Response(status=204), origin) if known else Response(status=403)


def _shared(response, origin):
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Vary"] = "Origin"
    return response
