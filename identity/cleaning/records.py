"""One record from JSON to facts: read, cleaned, keyed. Pure: the same input gives the same output."""

import msgspec
from msgspec import Struct

from identity.cleaning import accounts, identifiers, orders, profiles, segments, texts, times
from identity.cleaning.faults import Faults
from identity.cleaning.rules import RuleBook
from identity.events import checking, clicks
from identity.records import keys, problems, reading
from identity.records.shapes import Account, Event, Order, Return, Review
from members.lifecycle import house

SIZE_LIMIT = 1 << 20
NAME_LIMIT = 64
TEXT_LIMIT = 10_000


# Events by which a customer shows who he is, where they name his account and carry his identifiers.
SHOWING = frozenset(
    "register login join_membership bind_phone bind_device authorise form_submit lead follow add_friend scan".split()
)


class Cleaned(Struct, kw_only=True):
    """A record ready for the database, or the reasons why it is not.

    `text` is the canonical raw record, `version` its digest (16 bytes), `key` the natural key within
    (channel, type); `customer` the account's key at the channel ("" if anonymous), `is_contact` whether that
    key was made from an identifier; `traits` the cleaned profile; `identifiers` only those that hold.
    """

    type: str
    channel: str
    key: str
    version: bytes
    text: bytes
    record: Account | Order | Return | Review | Event | None = None
    problems: list = []
    stops: bool = False
    rejected: bool = False
    customer: str = ""
    is_contact: bool = False
    traits: dict = {}
    identifiers: list = []
    organization: str = ""

    @property
    def claims(self) -> bool:
        """Whether the record itself says that its account is there, and whose identifiers it carries."""
        return self.type == "account" or self.is_contact or self.introduces

    @property
    def introduces(self) -> bool:
        """Whether it is an event by which a customer shows who he is: a login with his telephone and device."""
        return (
            self.type == "event" and bool(self.customer and self.identifiers) and self.record.name in SHOWING
        )


def clean(raw, *, book: RuleBook, now) -> Cleaned:
    """Read and clean one decoded record. Never raises for what a sender can send."""
    text, fault = _canonical(raw)
    version = keys.digest(text)
    if fault:
        return _kept_out(raw, text, version, [fault])
    record, found = reading.read(raw)
    if record is None:
        return _kept_out(raw, text, version, found)
    faults = Faults(book.of(record.channel), found)
    cleaned = Cleaned(type=record.__struct_config__.tag, channel="", key="", version=version, text=text)
    cleaned.record = record
    _envelope(cleaned, record, faults, now)
    _customer(cleaned, record, raw, faults, now)
    _BODIES[cleaned.type](record, cleaned, faults, now)
    if rb"\u0000" in text:
        _without_nul(cleaned, record, faults)
    cleaned.problems = faults.found
    cleaned.stops = faults.stops
    return cleaned


def _without_nul(cleaned, record, faults):
    """PostgreSQL keeps no NUL: what is stored as JSON has U+FFFD in its place."""
    cleaned.text = keys.storable(cleaned.text)
    if not any(problem.code.endswith(".hostile") for problem in faults.found):
        faults.add("text.hostile", "$")
    for name in ("attribution", "properties"):
        if value := getattr(record, name, None):
            setattr(record, name, msgspec.json.decode(keys.storable(keys.canonical(value))))


def _canonical(raw):
    try:
        text = keys.canonical(raw)
    except (UnicodeEncodeError, RecursionError, TypeError, ValueError) as error:
        code = "record.depth" if isinstance(error, RecursionError) else "record.shape"
        message = "A text has half of a surrogate pair." if isinstance(error, UnicodeEncodeError) else None
        shown = problems.excerpt(raw).encode("utf-8", "replace")
        return shown, problems.of(code, place="$", message=message, effect=problems.REJECT)
    if len(text) > SIZE_LIMIT:
        return text, problems.of("record.size", place="$", value=f"{len(text)} bytes")
    return text, None


def _kept_out(raw, text, version, found):
    """A record that could not be read, with as much of its key as can be told."""
    envelope = raw if isinstance(raw, dict) else {}
    named = {name: _shown(envelope.get(name)) for name in ("type", "channel", "external_id")}
    return Cleaned(
        type=named["type"],
        channel=named["channel"],
        key=keys.natural(named["type"], named["external_id"], version),
        version=version,
        text=text,
        problems=found,
        stops=True,
        rejected=any(problem.effect == problems.REJECT for problem in found),
    )


def _shown(value):
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return problems.excerpt(value)


def _envelope(cleaned, record, faults, now):
    record.occurred_at = times.check(record.occurred_at, place="$.occurred_at", now=now, faults=faults)
    record.updated_at = times.check(record.updated_at, place="$.updated_at", now=now, faults=faults)
    cleaned.channel = texts.key(record.channel, place="$.channel", faults=faults, required=True)
    cleaned.organization = texts.key(record.organization, place="$.organization", faults=faults)
    needed = cleaned.type not in ("account", "event")
    record.external_id = texts.key(record.external_id, place="$.external_id", faults=faults, required=needed)
    cleaned.key = keys.natural(cleaned.type, record.external_id, cleaned.version)


def _customer(cleaned, record, raw, faults, now):
    """The account that the record speaks of: named by the channel, or made from an identifier."""
    role = "holder" if cleaned.type == "account" else "contact"
    cleaned.identifiers = identifiers.clean(record, raw, faults, role)
    if record.profile:
        cleaned.traits = profiles.clean(record.profile, faults=faults, today=now.date())
    if province := _phone_province(cleaned.identifiers):
        cleaned.traits = cleaned.traits | {"phone_province": province}
    if cleaned.type == "account":
        named = record.external_id
    else:
        named = record.account = texts.key(record.account, place="$.account", faults=faults)
    cleaned.customer = named or _contact(cleaned)
    cleaned.is_contact = not named and bool(cleaned.customer)
    if cleaned.type == "account":
        if not cleaned.customer and not faults.stops:
            faults.add("record.unkeyed", "$")
        cleaned.key = cleaned.customer or cleaned.key


def _phone_province(identifiers):
    """Of the customer's own telephone, by its segment, while the number is at hand; "" where none tells one."""
    own = (each.value for each in identifiers if each.kind == "phone" and each.role != "receiver")
    return next(filter(None, map(segments.province, own)), "")


# The till's own order of trust: a phone before a card before whatever else was told.
_FIRST = {"phone": 0, "email": 1, "card": 2, "unionid": 3, "openid": 4}


def _contact(cleaned):
    own = [each for each in cleaned.identifiers if each.role != "receiver"]
    if not own:
        return ""
    chosen = min(own, key=lambda each: (_FIRST.get(each.kind, 9), each.kind, each.namespace, each.value))
    return keys.contact(chosen.kind, chosen.namespace, chosen.value, cleaned.traits.get("name", ""))


def _account(record, cleaned, faults, now):
    accounts.clean(record, now=now, faults=faults)


def _order(record, cleaned, faults, now):
    orders.clean(record, faults=faults)


def _return(record, cleaned, faults, now):
    record.order = texts.key(record.order, place="$.order", faults=faults)
    orders.clean_return(record, faults=faults)


def _review(record, cleaned, faults, now):
    record.order = texts.key(record.order, place="$.order", faults=faults)
    record.sku = texts.key(record.sku, place="$.sku", faults=faults)[: orders.SKU_LIMIT]
    record.text = texts.trait(record.text, limit=TEXT_LIMIT, place="$.text", faults=faults)
    rating = record.rating
    if isinstance(rating, str) and rating.strip().isdecimal() and len(rating) < 4:
        rating = int(rating)
    if isinstance(rating, float) and rating.is_integer():
        rating = int(rating)
    if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 5:
        if rating is not None:
            faults.add("rating.malformed", "$.rating", rating)
        rating = None
    record.rating = rating


def _event(record, cleaned, faults, now):
    name = texts.key(record.name, place="$.name", faults=faults, required=True)
    if len(name) > NAME_LIMIT:
        faults.add("key.long", "$.name", name)
    if house.tells(name):
        faults.add("event.reserved", "$.name", name)
        name = ""
    record.name = name
    record.touchpoint = texts.key(record.touchpoint, place="$.touchpoint", faults=faults)[:100]
    properties = record.properties or {}
    record.attribution = clicks.gathered(attribution=record.attribution, properties=properties)
    record.properties = checking.check(
        name=name, properties=properties, schemas=faults.rules.events, faults=faults
    )


_BODIES = {"account": _account, "order": _order, "return": _return, "review": _review, "event": _event}
