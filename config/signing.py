"""Whether rules for tills can be signed, told at deployment."""

from typing import Any

from django.conf import settings
from django.core import checks


def faults(**_told: Any) -> list[checks.CheckMessage]:
    if settings.TILL_SIGNING_KEY:
        return []
    hint = "Set TILL_SIGNING_KEY: `python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes one."
    return [
        checks.Warning(
            "Tills cannot sell without a line: nothing signs their rules.", hint, id="ninefold.W101"
        )
    ]
