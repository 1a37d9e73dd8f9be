"""E-mail addresses in lower case, checked for syntax only (RFC 5321 by email-validator; no DNS)."""

import re
from functools import lru_cache

import email_validator

LIMIT = 254
_plain = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!test\b|local\b|invalid\b)[a-z]{2,24}"
).fullmatch


def normalise(text: str) -> str | None:
    """The address, or None if mail cannot be sent to it. `a@b` has no domain and is refused."""
    text = text.strip().lower()
    if len(text) > LIMIT:
        return None
    if "--" not in text and _plain(text) and text.index("@") <= 64:
        return text
    return _parsed(text)


@lru_cache(maxsize=10_000)
def _parsed(text):
    try:
        found = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    return found.normalized.lower()
