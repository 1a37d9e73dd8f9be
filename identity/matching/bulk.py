"""Many components at once: those in which no rule can object are one person each, the others go to `solve`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from identity.matching import components, words
from identity.matching.facts import CONTACT, OWN, RECEIVER, Accounts, Bindings, Facts, Identifiers, Verdict
from identity.matching.links import DISTINCT
from identity.matching.policy import Kind, Policy

UNLIMITED = np.iinfo(np.int64).max


@dataclass
class Split:
    """The raw component of each account, which components need the ordered pass, and the crowded identifiers."""

    component: np.ndarray
    disputable: np.ndarray
    crowded: np.ndarray


def split(facts: Facts, policy: Policy) -> Split:
    """Find the raw components, closed under unbarred linking identifiers and verdicts."""
    kinds = _Kinds(facts.identifiers.kind, policy)
    pairs = _Pairs(facts, kinds)
    left, right = pairs.links()
    for verdict in facts.verdicts:
        accounts = sorted(verdict.left | verdict.right)
        left = np.append(left, accounts[:1] * len(accounts))
        right = np.append(right, accounts)
    component = components.label(len(facts.accounts), left.astype(np.int64), right.astype(np.int64))
    disputable = np.zeros(len(facts.accounts), dtype=bool)
    for accounts in _disputed(facts, policy, kinds, pairs, component):
        disputable[component[accounts]] = True
    return Split(component, disputable, np.flatnonzero(pairs.crowded))


class _Kinds:
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


class _Pairs:
    """Each (identifier, account) once, receivers and barred values left out; sorted by identifier, then account."""

    def __init__(self, facts: Facts, kinds: _Kinds):
        bindings, identifiers = facts.bindings, facts.identifiers
        identifier = np.asarray(bindings.identifier, dtype=np.int64)
        account = np.asarray(bindings.account, dtype=np.int64)
        roles, reasons = words.of(bindings.role), words.of(identifiers.barred)
        barred = reasons.told()
        usable = kinds.each("links").astype(bool) & (~barred | reasons.among({DISTINCT}))
        rows = np.flatnonzero(usable[identifier] & ~roles.among({RECEIVER}))
        rows = rows[np.lexsort((account[rows], identifier[rows]))]
        fresh = np.ones(len(rows), dtype=bool)
        fresh[1:] = (np.diff(identifier[rows]) != 0) | (np.diff(account[rows]) != 0)
        self.start = np.flatnonzero(fresh)
        self.identifier, self.account = identifier[rows][fresh], account[rows][fresh]
        self.own = self._any(roles.among(OWN)[rows])
        contact = roles.among({CONTACT})[rows]
        self.begun = self._each(np.maximum, bindings.first_at, rows)
        self.ended = self._each(np.minimum, bindings.last_at, rows)
        self.often = self._any(contact & (np.asarray(bindings.orders, dtype=np.int64)[rows] >= 2))
        self.carriers = np.bincount(self.identifier, minlength=len(identifiers))
        cleared = np.asarray(identifiers.cleared, dtype=bool)
        self.crowded = (self.carriers > kinds.each("max_accounts")) & ~cleared & ~barred
        self.telling = ~self.crowded[self.identifier]
        self.linking = self.telling & (self.carriers[self.identifier] > 1) & ~barred[self.identifier]

    def _each(self, extreme: np.ufunc, column: Sequence[int], rows: np.ndarray) -> np.ndarray:
        """The extreme over each pair's rows."""
        told = np.asarray(column, dtype=np.int64)[rows]
        return extreme.reduceat(told, self.start) if len(self.start) else told

    def _any(self, flags: np.ndarray) -> np.ndarray:
        return np.logical_or.reduceat(flags, self.start) if len(self.start) else flags

    def links(self) -> tuple[np.ndarray, np.ndarray]:
        """The carriers of an identifier as a chain."""
        identifier, account = self.identifier[self.linking], self.account[self.linking]
        same = np.flatnonzero(identifier[1:] == identifier[:-1])
        return account[same], account[same + 1]


def _disputed(facts: Facts, policy: Policy, kinds: _Kinds, pairs: _Pairs, component: np.ndarray):
    """Arrays of accounts whose components some rule might split."""
    accounts = facts.accounts
    for verdict in facts.verdicts:
        yield np.array(sorted(verdict.left | verdict.right), dtype=np.int64)
    masked = words.of(accounts.phone_masked).told()
    doubtful = pairs.linking & ~pairs.own & (~pairs.often | masked[pairs.account])
    yield pairs.account[doubtful]
    yield pairs.account[pairs.linking & _crowded_by_people(facts, kinds, pairs)[pairs.identifier]]
    yield from _expiring(facts, kinds, pairs)
    yield from _often_on_a_channel(facts, kinds, pairs)
    yield from _too_many_values(facts, policy, pairs, component)
    for trait in (accounts.name, accounts.birth_date):
        yield _with_several(component, trait)
    channels = words.of(accounts.channel)
    single = np.flatnonzero(channels.among(policy.one_account_channels))
    yield _repeated(component[single], channels.code[single])
    yield np.flatnonzero((np.bincount(component) > policy.component_bound)[component])


def _crowded_by_people(facts: Facts, kinds: _Kinds, pairs: _Pairs) -> np.ndarray:
    """Identifiers with more named accounts than their kind allows people."""
    named = np.asarray(facts.accounts.named, dtype=bool)[pairs.account]
    return np.bincount(pairs.identifier[named], minlength=len(kinds.of)) > kinds.each("max_members")


def _expiring(facts: Facts, kinds: _Kinds, pairs: _Pairs):
    """Carriers of identifiers that somebody was first seen with longer than they are valid after the last sight of
    another one."""
    validity = kinds.each("validity")[pairs.identifier]
    chosen = np.flatnonzero(pairs.linking & (validity < UNLIMITED))
    if len(chosen):
        identifier = pairs.identifier[chosen]
        begun = np.full(len(kinds.of), np.iinfo(np.int64).min)
        ended = np.full(len(kinds.of), UNLIMITED)
        np.maximum.at(begun, identifier, pairs.begun[chosen])
        np.minimum.at(ended, identifier, pairs.ended[chosen])
        yield pairs.account[chosen][begun[identifier] - ended[identifier] > validity[chosen]]


def _often_on_a_channel(facts: Facts, kinds: _Kinds, pairs: _Pairs):
    """Carriers of identifiers with more accounts on one channel than their kind allows."""
    limit = kinds.each("max_per_channel")[pairs.identifier]
    chosen = np.flatnonzero(pairs.linking & (limit < UNLIMITED))
    if len(chosen):
        channels = words.of(facts.accounts.channel)
        place = pairs.identifier[chosen] * len(channels.legend) + channels.code[pairs.account[chosen]]
        _, which, counts = np.unique(place, return_inverse=True, return_counts=True)
        yield pairs.account[chosen][counts[which] > limit[chosen]]


def _too_many_values(facts: Facts, policy: Policy, pairs: _Pairs, component: np.ndarray):
    """Components with more values of a kind than one person, or one identifier's carriers, may show."""
    known, namespaces = words.of(facts.identifiers.kind), words.of(facts.identifiers.namespace)
    for code in sorted(policy.telling):
        limits = [kind.max_distinct[code] for kind in policy.kinds.values() if code in kind.max_distinct]
        limit = min([*limits, policy.per_person.get(code, UNLIMITED)])
        chosen = np.flatnonzero(pairs.telling & pairs.own & known.among({code})[pairs.identifier])
        spaces = max(len(namespaces.legend), 1)
        place = component[pairs.account[chosen]] * spaces + namespaces.code[pairs.identifier[chosen]]
        held = np.unique(np.stack([place, pairs.identifier[chosen]]), axis=1)[0]
        places, counts = np.unique(held, return_counts=True)
        yield places[counts > limit] // spaces


def _with_several(component: np.ndarray, values: Sequence) -> np.ndarray:
    """Components with two different known values."""
    known = words.of(values)
    rows = np.flatnonzero(known.told())
    lowest = np.full(len(component), len(known.legend))
    highest = np.full(len(component), -1)
    np.minimum.at(lowest, component[rows], known.code[rows])
    np.maximum.at(highest, component[rows], known.code[rows])
    return np.flatnonzero(lowest < highest)


def _repeated(component: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Components in which a code occurs twice."""
    many = code.max(initial=0) + 1
    places, counts = np.unique(component * many + code, return_counts=True)
    return places[counts > 1] // many


def cut(facts: Facts, accounts: np.ndarray, crowded: np.ndarray) -> tuple[Facts, np.ndarray]:
    """The facts of these accounts alone, renumbered, and the old position of each identifier kept."""
    position = np.full(len(facts.accounts), -1)
    position[accounts] = np.arange(len(accounts))
    account = np.asarray(facts.bindings.account, dtype=np.int64)
    rows = np.flatnonzero(position[account] >= 0)
    identifier = np.asarray(facts.bindings.identifier, dtype=np.int64)[rows]
    kept, renumbered = np.unique(identifier, return_inverse=True)
    barred = words.take(facts.identifiers.barred, kept)
    for place in np.flatnonzero(np.isin(kept, crowded)).tolist():
        barred[place] = "accounts"
    identifiers = facts.identifiers
    part = Facts(
        Accounts(*(words.take(column, accounts) for column in vars(facts.accounts).values())),
        Identifiers(
            words.take(identifiers.kind, kept),
            words.take(identifiers.namespace, kept),
            words.take(identifiers.value, kept),
            barred,
            words.take(identifiers.cleared, kept),
        ),
        Bindings(
            position[account[rows]].tolist(),
            renumbered.tolist(),
            *(words.take(column, rows) for column in list(vars(facts.bindings).values())[2:]),
        ),
        [_renumber(verdict, position) for verdict in facts.verdicts],
    )
    return part, kept


def _renumber(verdict: Verdict, position: np.ndarray) -> Verdict:
    left, right = (frozenset(position[sorted(side)].tolist()) for side in (verdict.left, verdict.right))
    return Verdict(verdict.key, verdict.same, left, right, verdict.decided_at, verdict.model)
