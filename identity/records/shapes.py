"""The intake contract as msgspec structs, one a record type.

Structural fields (keys, times, lines) have strict types: a wrong one stops the record.
Fields that cleaning may drop one by one are `object` and are read by `identity.cleaning`.
Unknown fields are ignored here and stay in the raw record.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

Moment = Annotated[datetime, Meta(tz=True)]
Key = str | int | None
Amount = str | int | float | None  # a Decimal once cleaned

STATUSES = {"created": 0, "paid": 1, "completed": 2, "cancelled": 3}
ROLES = ("buyer", "contact", "receiver")
ACTS = ("authorise", "bind", "join", "login")


class Identifier(Struct, kw_only=True):
    value: object
    kind: str | None = None
    namespace: str | None = None
    role: str | None = None
    act: str | None = None


class Membership(Struct, kw_only=True):
    organization: str
    number: object = None
    tier: object = None
    points: object = None
    growth: object = None
    joined_at: object = None


class Consent(Struct, kw_only=True):
    purpose: str
    channel: str | None = None
    granted: bool
    at: Moment | None = None
    text_version: str | None = None
    language: str | None = None
    shown: object = None
    ip: object = None
    device: object = None


class Line(Struct, kw_only=True):
    line: int | None = None
    sku: Key = None
    name: object = None
    category: object = None
    quantity: Amount = None
    unit_price: Amount = None
    discount: Amount = None
    amount: Amount = None
    serial: object = None


class ReturnLine(Struct, kw_only=True):
    line: int | None = None
    sku: Key = None
    quantity: Amount = None
    refund: Amount = None
    amount: Amount = None


class Payment(Struct, kw_only=True):
    method: str
    amount: Amount


class Record(Struct, kw_only=True, tag_field="type"):
    channel: str
    occurred_at: Moment
    external_id: Key = None
    updated_at: Moment | None = None
    organization: Key = None
    identifiers: list[Identifier] | None = None
    profile: dict[str, object] | None = None
    attribution: dict[str, object] | None = None


class Account(Record, kw_only=True, tag="account"):
    membership: Membership | list[Membership] | None = None
    consents: list[Consent] | None = None
    tags: object = None


class Order(Record, kw_only=True, tag="order"):
    account: Key = None
    status: str | None = None
    currency: str | None = None
    lines: list[Line] | None = None
    shipping: Amount = None
    discount: Amount = None
    payments: list[Payment] | None = None
    coupons: list[object] | None = None
    receiver: dict[str, object] | None = None
    cashier: object = None
    guide: object = None
    amount: Decimal | None = None
    flagged: bool = False


class Return(Record, kw_only=True, tag="return"):
    order: Key = None
    account: Key = None
    lines: list[ReturnLine] | None = None
    reason: object = None
    amount: Decimal | None = None
    flagged: bool = False


class Review(Record, kw_only=True, tag="review"):
    order: Key = None
    account: Key = None
    sku: Key = None
    rating: object = None
    text: object = None


class Event(Record, kw_only=True, tag="event"):
    account: Key = None
    name: str
    touchpoint: Key = None
    properties: dict[str, object] | None = None


TYPES = {"account": Account, "order": Order, "return": Return, "review": Review, "event": Event}
