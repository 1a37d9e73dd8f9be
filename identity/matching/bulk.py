"""Many components at once: those in which no rule can object are one person each, the others go to `solve`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from identity.matching import components
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
        self.names, self.of = codes_of(codes)
        self.kinds = [policy.kind(name) for name in self.names]

    def each(self, limit: str) -> np.ndarray:
        """A limit (or a yes/no) of every identifier."""
        return np.array([_number(kind, limit) for kind in self.kinds], dtype=np.int64)[self.of]


def _number(kind: Kind, limit: str) -> int:
    value = getattr(kind, limit)
    return UNLIMITED if value is None else int(value)


def codes_of(values: Sequence) -> tuple[list, np.ndarray]:
    """Distinct values in order of appearance, and the position of each value among them."""
    known: dict = {}
    return_codes = np.fromiter(
        (known.setdefault(value, len(known)) for value in values), np.int64, len(values)
    )
    return list(known), return_codes


class _Pairs:
    """Each (identifier, account) once, receivers and barred values left out; sorted by identifier, then account."""

    def __init__(self, facts: Facts, kinds: _Kinds):
        bindings, identifiers = facts.bindings, facts.identifiers
        identifier = np.asarray(bindings.identifier, dtype=np.int64)
        account = np.asarray(bindings.account, dtype=np.int64)
        roles, role = codes_of(bindings.role)
        reasons, reason = codes_of(identifiers.barred)
        barred = ~np.isin(reason, _positions(reasons, {None, ""}))
        usable = kinds.each("links").astype(bool) & (
            ~barred | np.isin(reason, _positions(reasons, {DISTINCT}))
        )
        rows = np.flatnonzero(usable[identifier] & ~np.isin(role, _positions(roles, {RECEIVER})))
        rows = rows[np.lexsort((account[rows], identifier[rows]))]
        fresh = np.ones(len(rows), dtype=bool)
        fresh[1:] = (np.diff(identifier[rows]) != 0) | (np.diff(account[rows]) != 0)
        self.start = np.flatnonzero(fresh)
        self.identifier, self.account = identifier[rows][fresh], account[rows][fresh]
        self.own = self._any(np.isin(role[rows], _positions(roles, OWN)))
        contact = np.isin(role[rows], _positions(roles, {CONTACT}))
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


def _positions(names: list[str], wanted) -> list[int]:
    return [place for place, name in enumerate(names) if name in wanted]


def _disputed(facts: Facts, policy: Policy, kinds: _Kinds, pairs: _Pairs, component: np.ndarray):
    """Arrays of accounts whose components some rule might split."""
    accounts = facts.accounts
    for verdict in facts.verdicts:
        yield np.array(sorted(verdict.left | verdict.right), dtype=np.int64)
    masked = np.fromiter((bool(value) for value in accounts.phone_masked), bool, len(accounts))
    doubtful = pairs.linking & ~pairs.own & (~pairs.often | masked[pairs.account])
    yield pairs.account[doubtful]
    yield pairs.account[pairs.linking & _crowded_by_people(facts, kinds, pairs)[pairs.identifier]]
    yield from _expiring(facts, kinds, pairs)
    yield from _often_on_a_channel(facts, kinds, pairs)
    yield from _too_many_values(facts, policy, pairs, component)
    for trait in (accounts.name, accounts.birth_date):
        yield _with_several(component, trait)
    single = [channel if channel in policy.one_account_channels else None for channel in accounts.channel]
    yield _repeated(component, single)
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
        channels, channel = codes_of(facts.accounts.channel)
        place = pairs.identifier[chosen] * len(channels) + channel[pairs.account[chosen]]
        _, which, counts = np.unique(place, return_inverse=True, return_counts=True)
        yield pairs.account[chosen][counts[which] > limit[chosen]]


def _too_many_values(facts: Facts, policy: Policy, pairs: _Pairs, component: np.ndarray):
    """Components with more values of a kind than one person, or one identifier's carriers, may show."""
    for code in sorted(policy.telling):
        limits = [kind.max_distinct[code] for kind in policy.kinds.values() if code in kind.max_distinct]
        limit = min([*limits, policy.per_person.get(code, UNLIMITED)])
        of_kind = np.fromiter((kind == code for kind in facts.identifiers.kind), bool, len(facts.identifiers))
        chosen = np.flatnonzero(pairs.telling & pairs.own & of_kind[pairs.identifier])
        spaces, space = codes_of([facts.identifiers.namespace[i] for i in pairs.identifier[chosen]])
        place = component[pairs.account[chosen]] * max(len(spaces), 1) + space
        held = np.unique(np.stack([place, pairs.identifier[chosen]]), axis=1)[0]
        places, counts = np.unique(held, return_counts=True)
        yield places[counts > limit] // max(len(spaces), 1)


def _with_several(component: np.ndarray, values: Sequence) -> np.ndarray:
    """Components with two different known values."""
    known, code = codes_of(values)
    empty = np.array([not value for value in known], dtype=bool)
    rows = np.flatnonzero(~empty[code]) if len(code) else code
    lowest = np.full(len(component), len(known))
    highest = np.full(len(component), -1)
    np.minimum.at(lowest, component[rows], code[rows])
    np.maximum.at(highest, component[rows], code[rows])
    return np.flatnonzero(lowest < highest)


def _repeated(component: np.ndarray, values: Sequence) -> np.ndarray:
    """Components in which a known value occurs twice."""
    known, code = codes_of(values)
    rows = np.flatnonzero([value is not None for value in values])
    places, counts = np.unique(component[rows] * max(len(known), 1) + code[rows], return_counts=True)
    return places[counts > 1] // max(len(known), 1)


def cut(facts: Facts, accounts: np.ndarray, crowded: np.ndarray) -> tuple[Facts, np.ndarray]:
    """The facts of these accounts alone, renumbered, and the old position of each identifier kept."""
    position = np.full(len(facts.accounts), -1)
    position[accounts] = np.arange(len(accounts))
    account = np.asarray(facts.bindings.account, dtype=np.int64)
    rows = np.flatnonzero(position[account] >= 0)
    identifier = np.asarray(facts.bindings.identifier, dtype=np.int64)[rows]
    kept, renumbered = np.unique(identifier, return_inverse=True)
    barred = _take(facts.identifiers.barred, kept)
    for place in np.flatnonzero(np.isin(kept, crowded)).tolist():
        barred[place] = "accounts"
    identifiers = facts.identifiers
    part = Facts(
        Accounts(*(_take(column, accounts) for column in vars(facts.accounts).values())),
        Identifiers(
            _take(identifiers.kind, kept),
            _take(identifiers.namespace, kept),
            _take(identifiers.value, kept),
            barred,
            _take(identifiers.cleared, kept),
        ),
        Bindings(
            position[account[rows]].tolist(),
            renumbered.tolist(),
            *(_take(column, rows) for column in list(vars(facts.bindings).values())[2:]),
        ),
        [_renumber(verdict, position) for verdict in facts.verdicts],
    )
    return part, kept


def _take(column: Sequence, places: np.ndarray) -> list:
    if isinstance(column, np.ndarray):
        return column[places].tolist()
    return [column[place] for place in places.tolist()]


def _renumber(verdict: Verdict, position: np.ndarray) -> Verdict:
    left, right = (frozenset(position[sorted(side)].tolist()) for side in (verdict.left, verdict.right))
    return Verdict(verdict.key, verdict.same, left, right, verdict.decided_at, verdict.model)
