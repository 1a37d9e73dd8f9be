"""What is hashed in a price proof, and how. Pure; docs/proofs.md says it in words, so that anybody can do it again."""

import datetime as dt
import hashlib
from typing import NamedTuple

import msgspec

FORMAT = 1


class Told(NamedTuple):
    """What a proof says beside basket and quote. ``paid``: the sale's text of the value it was paid with; ``rules``: digest of the
    set of rules."""

    store: int
    channel: int
    number: str
    account: int | None
    currency: str
    paid: str
    committed_at: dt.datetime
    rules: bytes


def sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def digest(told: Told, *, inputs: bytes, answer: bytes) -> bytes:
    """SHA-256 of a JSON array: format, the fields of Told in their order (time in UTC, digests in hex), basket, quote."""
    at = told.committed_at.astimezone(dt.UTC).isoformat()
    fields = told._replace(committed_at=at, rules=told.rules.hex())
    return hashlib.sha256(msgspec.json.encode([FORMAT, *fields, inputs.hex(), answer.hex()])).digest()


def beginning(store: int, day: dt.date) -> bytes:
    """What stands before the first proof of a chain."""
    return sha(f"{store}/{day.isoformat()}")


def linked(before: bytes, number: int, digest: bytes) -> bytes:
    """The hash of a proof in its chain."""
    return hashlib.sha256(before + number.to_bytes(8, "big") + digest).digest()
