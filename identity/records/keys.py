"""Natural keys and digests: what makes two deliveries the same record."""

import hashlib
import re

import msgspec

from identity.records.shapes import TYPES

_encoder = msgspec.json.Encoder(order="deterministic")

KEY_LIMIT = 200


def canonical(raw: dict) -> bytes:
    """The record as JSON with sorted keys and no blanks: equal for every door it came in by.

    Raises UnicodeEncodeError for lone surrogates and RecursionError for bottomless nesting.
    """
    return _encoder.encode(raw)


def digest(text: bytes) -> bytes:
    """16 bytes that stand for this version of the record."""
    return hashlib.blake2b(text, digest_size=16).digest()


def natural(kind: str, external_id: str, version: bytes) -> str:
    """The key within (channel, type); a record without an id is keyed by its content."""
    if kind not in TYPES or not external_id:
        return f"#{version.hex()}"
    return external_id


def contact(kind: str, namespace: str, value: str, name: str) -> str:
    """The key of a contact account: what the till knew, and the name it was told."""
    place = f"{kind}@{namespace}" if namespace else kind
    return f"{place}:{value}|{name.strip().casefold()}" if name else f"{place}:{value}"


_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def storable(text: bytes) -> bytes:
    """JSON that PostgreSQL can keep: the one character it has no room for (NUL) becomes U+FFFD."""
    return _NUL.sub(rb"\1\\ufffd", text) if rb"\u0000" in text else text
