"""Who carries what, each account once an identifier, as arrays; and the limits of the identifiers' kinds."""

from collections.abc import Sequence

import numpy as np

from identity.matching import words
from identity.matching.facts import CONTACT, OWN, RECEIVER, Facts
from identity.matching.links import DISTINCT
from identity.matching.policy import Kind, Policy

UNLIMITED = np.iinfo(np.int64).max
OWNED, OFTEN = 1, 2
SIGNS = 2  # bits


class Kinds:
    """Each identifier's kind as a number, and the kinds' limits by that number."""

    def __init__(self, codes: Sequence[str], policy: Policy):
        codes = words.of(codes)
        self.of = codes.code
        self.kinds = [policy.kind(name) for name in codes.legend]

    def each(self, limit: str) -> np.ndarray:
        """A limit (or a yes/no) of every identifier."""
        return np.array([_number(kind, limit) for kind in self.kinds], dtype=np.int64)[self.of]

    def limited(self, limit: str) -> bool:
        """Whether any kind here has this limit."""
        return any(getattr(kind, limit) is not None for kind in self.kinds)


def _number(kind: Kind, limit: str) -> int:
    value = getattr(kind, limit)
    return UNLIMITED if value is None else int(value)


class Pairs:
    """Each (identifier, account) once, receivers and barred values left out; sorted by identifier, then account.

    own: by a row of the account's own; often: as a contact of two orders; rows: the bindings behind the pairs.
    """

    def __init__(self, facts: Facts, kinds: Kinds):
        bindings, identifiers = facts.bindings, facts.identifiers
        identifier = np.asarray(bindings.identifier, dtype=np.int64)
        account = np.asarray(bindings.account, dtype=np.int64)
        roles, reasons = words.of(bindings.role), words.of(identifiers.barred)
        barred = reasons.told()
        usable = kinds.each("links").astype(bool) & (~barred | reasons.among({DISTINCT}))
        self.rows = rows = np.flatnonzero(usable[identifier] & ~roles.among({RECEIVER}))
        signs = _signs(roles)[rows]
        signs[(signs == OFTEN) & (np.asarray(bindings.orders, dtype=np.int64)[rows] < 2)] = 0
        bits = len(facts.accounts).bit_length()
        key, signs = _once(identifier[rows] << bits | account[rows], signs)
        self.identifier, self.account = key >> bits, key & ((1 << bits) - 1)
        self.own, self.often = signs & OWNED > 0, signs & OFTEN > 0
        self.carriers = np.bincount(self.identifier, minlength=len(identifiers))
        cleared = np.asarray(identifiers.cleared, dtype=bool)
        self.crowded = (self.carriers > kinds.each("max_accounts")) & ~cleared & ~barred
        self.telling = ~self.crowded[self.identifier]
        self.joins = (self.carriers > 1) & ~self.crowded & ~barred
        self.linking = self.joins[self.identifier]

    def links(self) -> tuple[np.ndarray, np.ndarray]:
        """The carriers of an identifier as a chain."""
        identifier, account = self.identifier[self.linking], self.account[self.linking]
        same = np.flatnonzero(identifier[1:] == identifier[:-1])
        return account[same], account[same + 1]


def _signs(roles: words.Words) -> np.ndarray:
    """What a row says of its pair by its role; a contact's, if it was on two orders."""
    return np.array(
        [OWNED if role in OWN else OFTEN if role == CONTACT else 0 for role in roles.legend], dtype=np.int64
    )[roles.code]


def _once(key: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each key once and sorted, with all signs that it was given."""
    packed = key << SIGNS | signs
    packed.sort()
    key = packed >> SIGNS
    start = np.flatnonzero(np.diff(key, prepend=-1))
    signs = packed & ((1 << SIGNS) - 1)
    if len(start) < len(key):
        signs = np.bitwise_or.reduceat(signs, start)
        key = key[start]
    return key, signs
