"""A store's rules for the time without a line: signed by the house, good for a while, read and checked on the till's side.

The document travels as a JSON Web Signature (RFC 7515) in compact form, Ed25519 (RFC 8037) over the very bytes that are read.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm
from msgspec import Struct

from campaigns.offers import reading
from campaigns.offers.basket import Buyer, Held, Uses
from campaigns.offers.offer import Offer
from campaigns.offers.quote import ENGINE
from campaigns.offers.scales import Code, Currency, Instant, Minor, Used

SIGNED_BY = "EdDSA"
TYPE = "ninefold-bundle"
BEHIND = dt.timedelta(minutes=10)  # so far a till's clock may be


class Allowance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """So much of a member's ``book`` (minor units of ``currency``) is reserved for this store ``until`` then. ``buyer`` and
    ``coupons``: what the house knew of the member when the bundle was made; ``used``: how often offers were given to him."""

    key: Code
    oneid: Code
    book: Code
    currency: Currency
    amount: Minor
    until: Instant
    buyer: Buyer = Buyer()
    coupons: tuple[Held, ...] = ()
    used: dict[Code, Used] = {}


class Period(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until then these of the bundle's offers hold, by their places in it."""

    until: Instant
    offers: tuple[int, ...]


class Bundle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``organizations``: the store first, then those above it. ``periods``: one after the other, from ``issued_at`` to
    ``expires_at``, as offers begin and end. ``used`` and ``left``: how often offers with a cap were given, and minor units of
    their budgets, when it was issued. ``rules``: revision of the rules."""

    id: Code
    store: Code
    organizations: tuple[Code, ...]
    channel: Code
    time_zone: str
    engine: str
    rules: int
    issued_at: Instant
    expires_at: Instant
    offers: tuple[Offer, ...]
    periods: tuple[Period, ...]
    used: dict[Code, Uses] = {}
    left: dict[Code, Minor] = {}
    allowances: tuple[Allowance, ...] = ()

    def good_at(self, at: dt.datetime) -> bool:
        return self.issued_at - BEHIND <= at < self.expires_at

    def period(self, at: dt.datetime) -> int:
        """The place of the period that holds then. Raises Over, also before the bundle was issued."""
        if not self.good_at(at):
            raise Over(self.expires_at)
        return next(place for place, period in enumerate(self.periods) if at < period.until)


class Forged(ValueError):
    """No key of the house has signed it as it stands."""


class Over(ValueError):
    """Its time is up: ``until``."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"the rules kept here were good until {until.isoformat()}: fetch new ones")
        self.until = until


class OtherEngine(ValueError):
    """It was made for another version of the engine."""


def sign(bundle: Bundle, *, key: Ed25519PrivateKey) -> str:
    """The document, as it goes out."""
    header = {"kid": name_of(key.public_key()), "typ": TYPE}
    return jwt.PyJWS().encode(text(bundle), key, algorithm=SIGNED_BY, headers=header)


def text(bundle: Bundle) -> bytes:
    """The same bytes for the same bundle."""
    return msgspec.json.encode(bundle, order="deterministic")


def read(document: str, *, keys: Mapping[str, Ed25519PublicKey], now: dt.datetime | None) -> Bundle:
    """``keys`` of the house by their names; ``now``: None to read one that is over. Raises Forged, Over, OtherEngine,
    reading.Unreadable."""
    try:
        named = jwt.PyJWS().get_unverified_header(document).get("kid")
        if named not in keys:
            raise Forged(
                "no known key of the house has signed these rules: fetch the keys and the rules again"
            )
        written = jwt.PyJWS().decode(document, keys[named], algorithms=[SIGNED_BY])
    except jwt.InvalidTokenError as error:
        raise Forged(f"these rules were changed after they were signed ({error}): fetch new ones") from error
    bundle = reading.from_builtins(msgspec.json.decode(written), Bundle)
    if bundle.engine != ENGINE:
        raise OtherEngine(
            f"these rules are for engine {bundle.engine}, and this till has {ENGINE}: update it"
        )
    if now is not None and now >= bundle.expires_at:
        raise Over(bundle.expires_at)
    return bundle


def name_of(key: Ed25519PublicKey) -> str:
    """By which documents name it: the beginning of its thumbprint (RFC 7638)."""
    told = {name: published(key)[name] for name in ("crv", "kty", "x")}
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:16]


def published(key: Ed25519PublicKey) -> dict[str, str]:
    """As a JSON Web Key."""
    return OKPAlgorithm.to_jwk(key, as_dict=True)


def keys(told: Mapping) -> dict[str, Ed25519PublicKey]:
    """Of a JSON Web Key Set, by their names. Raises Forged if one is none."""
    try:
        found = [OKPAlgorithm.from_jwk(dict(each)) for each in told["keys"]]
    except (jwt.InvalidKeyError, KeyError, TypeError, ValueError) as error:
        raise Forged("what came is no set of keys: ask whoever runs the house") from error
    return {name_of(key): key for key in found}
