"""Who carries what, each account once an identifier, as arrays; and the limits of the identifiers' kinds."""

from collections.abc import Sequence

import numpy as np

from identity.matching import words
from identity.matching.facts import CONTACT, OWN, RECEIVER, Facts
from identity.matching.links import DISTINCT
from identity.matching.policy import Kind, Policy

UNLIMITED = np.iinfo(np.int64).max


class Kinds:
    """Each identifier's kind as a number, and the kinds' limits by that number."""

    def __init__(self, codes: Sequence[str], policy: Policy):
        codes = words.of(codes)
        self.of = codes.code
        self.kinds = [policy.kind(name) for name in codes.legend]

    def each(self, limit: str) -> np.ndarray:
        """A limit (or a yes/no) of every identifier."""
        return np.array([_number(kind, limit) for kind in self.kinds], dtype=np.int64)[self.of]


def _number(kind: Kind, limit: str) -> int:
    value = getattr(kind, limit)
    return UNLIMITED if value is None else int(value)


class Pairs:
    """Each (identifier, account) once, receivers and barred values left out; sorted by identifier, then account."""

    def __init__(self, facts: Facts, kinds: Kinds):
        bindings, identifiers = facts.bindings, facts.identifiers
        identifier = np.asarray(bindings.identifier, dtype=np.int64)
        account = np.asarray(bindings.account, dtype=np.int64)
        roles, reasons = words.of(bindings.role), words.of(identifiers.barred)
        barred = reasons.told()
        usable = kinds.each("links").astype(bool) & (~barred | reasons.among({DISTINCT}))
        rows = np.flatnonzero(usable[identifier] & ~roles.among({RECEIVER}))
        key = identifier[rows] * max(1, len(facts.accounts)) + account[rows]
        order = np.argsort(key)
        rows, key = rows[order], key[order]
        self.start = np.flatnonzero(np.diff(key, prepend=-1))
        self.identifier, self.account = identifier[rows[self.start]], account[rows[self.start]]
        self.own = self._any(roles.among(OWN)[rows])
        contact = roles.among({CONTACT})[rows]
        self._seen = bindings, rows
        self.often = self._any(contact & (np.asarray(bindings.orders, dtype=np.int64)[rows] >= 2))
        self.carriers = np.bincount(self.identifier, minlength=len(identifiers))
        cleared = np.asarray(identifiers.cleared, dtype=bool)
        self.crowded = (self.carriers > kinds.each("max_accounts")) & ~cleared & ~barred
        self.telling = ~self.crowded[self.identifier]
        self.linking = self.telling & (self.carriers[self.identifier] > 1) & ~barred[self.identifier]

    def begun(self) -> np.ndarray:
        """When each pair was first seen, by its last row."""
        return self._each(np.maximum, self._seen[0].first_at)

    def ended(self) -> np.ndarray:
        """When each pair was last seen, by its first row."""
        return self._each(np.minimum, self._seen[0].last_at)

    def _each(self, extreme: np.ufunc, column: Sequence[int]) -> np.ndarray:
        """The extreme over each pair's rows."""
        told = np.asarray(column, dtype=np.int64)[self._seen[1]]
        return extreme.reduceat(told, self.start) if len(self.start) else told

    def _any(self, flags: np.ndarray) -> np.ndarray:
        return np.logical_or.reduceat(flags, self.start) if len(self.start) else flags

    def links(self) -> tuple[np.ndarray, np.ndarray]:
        """The carriers of an identifier as a chain."""
        identifier, account = self.identifier[self.linking], self.account[self.linking]
        same = np.flatnonzero(identifier[1:] == identifier[:-1])
        return account[same], account[same + 1]
