"""In which components a rule might object: cheap signs over all at once, each at least as wide as its rule."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from identity.matching import profiles, words
from identity.matching.facts import Accounts, Facts
from identity.matching.pairs import UNLIMITED, Kinds, Pairs
from identity.matching.policy import Policy

MANY = 12  # more faces than this are compared by the rules themselves


def components(facts: Facts, policy: Policy, kinds: Kinds, pairs: Pairs, component: np.ndarray) -> np.ndarray:
    """Of each component, whether some rule might split it. The dearest look, at names, is only at those that no other
    sign was found in."""
    disputable = np.zeros(len(component), dtype=bool)
    for accounts in _signs(facts, policy, kinds, pairs, component):
        disputable[component[accounts]] = True
    disputable[_unlike(facts.accounts, policy, component, ~disputable)] = True
    return disputable


def _signs(
    facts: Facts, policy: Policy, kinds: Kinds, pairs: Pairs, component: np.ndarray
) -> Iterator[np.ndarray]:
    """Accounts in whose components a rule might object."""
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
    channels = words.of(accounts.channel)
    single = np.flatnonzero(channels.among(policy.one_account_channels))
    yield _repeated(component[single], channels.code[single])
    yield np.flatnonzero((np.bincount(component) > policy.component_bound)[component])


def _crowded_by_people(facts: Facts, kinds: Kinds, pairs: Pairs) -> np.ndarray:
    """Identifiers with more named accounts than their kind allows people."""
    named = np.asarray(facts.accounts.named, dtype=bool)[pairs.account]
    return np.bincount(pairs.identifier[named], minlength=len(kinds.of)) > kinds.each("max_members")


def _expiring(facts: Facts, kinds: Kinds, pairs: Pairs):
    """Carriers of identifiers that somebody was first seen with longer than they are valid after the last sight of
    another one."""
    if not kinds.limited("validity"):
        return
    validity = kinds.each("validity")
    ends = pairs.joins & (validity < UNLIMITED)
    rows = pairs.rows[ends[np.asarray(facts.bindings.identifier, dtype=np.int64)[pairs.rows]]]
    if len(rows):
        identifier = np.asarray(facts.bindings.identifier, dtype=np.int64)[rows]
        begun = np.full(len(kinds.of), np.iinfo(np.int64).min)
        ended = np.full(len(kinds.of), UNLIMITED)
        np.maximum.at(begun, identifier, np.asarray(facts.bindings.first_at, dtype=np.int64)[rows])
        np.minimum.at(ended, identifier, np.asarray(facts.bindings.last_at, dtype=np.int64)[rows])
        late = np.zeros(len(kinds.of), dtype=bool)
        late[identifier] = begun[identifier] - ended[identifier] > validity[identifier]
        yield pairs.account[late[pairs.identifier]]


def _often_on_a_channel(facts: Facts, kinds: Kinds, pairs: Pairs):
    """Carriers of identifiers with more accounts on one channel than their kind allows."""
    if not kinds.limited("max_per_channel"):
        return
    limit = kinds.each("max_per_channel")
    chosen = np.flatnonzero(pairs.linking & (pairs.carriers > limit)[pairs.identifier])
    if len(chosen):
        channels = words.of(facts.accounts.channel)
        place = pairs.identifier[chosen] * len(channels.legend) + channels.code[pairs.account[chosen]]
        _, which, counts = np.unique(place, return_inverse=True, return_counts=True)
        yield pairs.account[chosen][counts[which] > limit[pairs.identifier[chosen]]]


def _too_many_values(facts: Facts, policy: Policy, pairs: Pairs, component: np.ndarray):
    """Components with more values of a kind than one person, or one identifier's carriers, may show."""
    known, namespaces = words.of(facts.identifiers.kind), words.of(facts.identifiers.namespace)
    counted = known.among(policy.telling)
    owned = np.flatnonzero(counted[pairs.identifier] & pairs.telling & pairs.own)
    for code in sorted(policy.telling):
        limits = [kind.max_distinct[code] for kind in policy.kinds.values() if code in kind.max_distinct]
        limit = min([*limits, policy.per_person.get(code, UNLIMITED)])
        place, identifier = _held(pairs, owned[known.among({code})[pairs.identifier[owned]]], component)
        many = np.bincount(place, minlength=1)[place] > limit
        place, identifier = place[many], identifier[many]
        spaces = max(1, len(namespaces.legend))
        places, counts = np.unique(place * spaces + namespaces.code[identifier], return_counts=True)
        yield places[counts > limit] // spaces


def _held(pairs: Pairs, rows: np.ndarray, component: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each (component, identifier) of these pairs once. Carriers whom an identifier joins are in one component."""
    identifier, place = pairs.identifier[rows], component[pairs.account[rows]]
    fresh = (np.diff(identifier, prepend=-1) != 0) | (np.diff(place, prepend=-1) != 0)
    identifier, place = identifier[fresh], place[fresh]
    alone = ~pairs.joins[identifier] & (pairs.carriers[identifier] > 1)
    many = max(1, len(pairs.joins))
    others, told = np.divmod(np.unique(place[alone] * many + identifier[alone]), many)
    return np.concatenate([place[~alone], others]), np.concatenate([identifier[~alone], told])


def _unlike(accounts: Accounts, policy: Policy, component: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Those of the components `wanted` with two profiles that contradict each other, or with more names than an identifier's carriers may
    show."""
    limits = [kind.max_distinct["name"] for kind in policy.kinds.values() if "name" in kind.max_distinct]
    bound = min(limits, default=UNLIMITED)
    return np.array(
        [
            place
            for place, faces in _faces(accounts, component, wanted).items()
            if len(faces) > MANY
            or len({name for name, _ in faces if name}) > bound
            or any(profiles.contradict(*one, *other) for one, other in combinations(faces, 2))
        ],
        dtype=np.int64,
    )


def _faces(accounts: Accounts, component: np.ndarray, wanted: np.ndarray) -> dict[int, set[tuple]]:
    """The different (name, birthday) of each component wanted that shows two names or two birthdays."""
    several = np.zeros(len(component), dtype=bool)
    for trait in (accounts.name, accounts.birth_date):
        several |= _with_several(component, trait)
    rows = np.flatnonzero((several & wanted)[component])
    seen = zip(words.take(accounts.name, rows), words.take(accounts.birth_date, rows), strict=True)
    faces = defaultdict(set)
    for place, face in zip(component[rows].tolist(), seen, strict=True):
        faces[place].add(face)
    return faces


def _with_several(component: np.ndarray, values: Sequence) -> np.ndarray:
    """Of each component, whether it shows two different known values."""
    known = words.of(values)
    rows = np.flatnonzero(known.told())
    place, code = component[rows], known.code[rows]
    shown = np.zeros(len(component), dtype=np.int64)
    shown[place] = code
    several = np.zeros(len(component), dtype=bool)
    several[place[code != shown[place]]] = True
    return several


def _repeated(component: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Components in which a code occurs twice."""
    many = code.max(initial=0) + 1
    places, counts = np.unique(component * many + code, return_counts=True)
    return places[counts > 1] // many
