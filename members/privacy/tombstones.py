"""Salted hashes of what an erased person was known by: they recognise a record, and say nothing of the person."""

import hashlib
import hmac

from django.conf import settings


def digest(*, salt: bytes, parts: tuple[str, ...]) -> bytes:
    """HMAC-SHA256 (RFC 2104) of the parts. Its key is the salt in the database and the pepper in the settings,
    so that a copy of the database alone does not tell which telephone numbers were erased.
    """
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hmac.digest(salt + settings.TOMBSTONE_PEPPER.encode(), text, hashlib.sha256)


def account(*, salt: bytes, channel: str, external_id: str) -> bytes:
    return digest(salt=salt, parts=("account", channel, external_id))


def identifier(*, salt: bytes, kind: str, namespace: str, value: str) -> bytes:
    return digest(salt=salt, parts=("identifier", kind, namespace, value))


def oneid(*, salt: bytes, oneid: str) -> bytes:
    return digest(salt=salt, parts=("oneid", oneid))
