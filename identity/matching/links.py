"""Which carriers an identifier really has, which identifiers are shared, and the links that remain (rules 1, 2)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from identity.matching import names
from identity.matching.facts import OWN, RECEIVER, Facts
from identity.matching.policy import Policy

DISTINCT = "distinct"  # links nobody, and yet counts among another identifier's carriers: else flags would hang on flags


class Carrier(NamedTuple):
    """An account that carries an identifier from `at` to `last`, `acted` by the customer's own doing; the key breaks
    ties."""

    at: int
    key: tuple[str, str]
    account: int
    last: int
    acted: bool

    def outlived(self, later: "Carrier", validity: int | None) -> bool:
        """Whether the value had expired here before the later one was first seen with it."""
        return validity is not None and later.at - self.last > validity


@dataclass
class Carriers:
    """Of one raw component: who carries what, what carriers of others show, why an identifier links nobody."""

    of: dict[int, list[Carrier]] = field(default_factory=dict)
    owned: dict[int, dict[tuple[str, str], frozenset[int]]] = field(default_factory=dict)
    shared: dict[int, str] = field(default_factory=dict)


def carriers(facts: Facts, policy: Policy, rows: list[int]) -> Carriers:
    """Read the bindings at `rows` (every binding of the component's accounts)."""
    bound = _by_identifier(facts, rows)
    found = Carriers()
    for identifier, accounts in bound.items():
        kind = policy.kind(facts.identifiers.kind[identifier])
        if not kind.links or facts.identifiers.barred[identifier]:
            continue
        if _exceeds(len(accounts), kind.max_accounts) and not facts.identifiers.cleared[identifier]:
            found.shared[identifier] = "accounts"
        elif len(accounts) > 1:
            effective = _effective(facts, identifier, accounts)
            if len(effective) > 1:
                found.of[identifier] = effective
    found.owned = _owned(facts, policy, rows, found)
    _find_indistinct(facts, policy, found)
    return found


def _by_identifier(facts: Facts, rows: list[int]) -> dict[int, dict[int, list[int]]]:
    """{identifier: {account: its rows}}, receivers left out."""
    bound: dict[int, dict[int, list[int]]] = defaultdict(dict)
    account, identifier, role = facts.bindings.account, facts.bindings.identifier, facts.bindings.role
    for row in rows:
        if role[row] != RECEIVER:
            bound[identifier[row]].setdefault(account[row], []).append(row)
    return bound


def _exceeds(count: int, limit: int | None) -> bool:
    return limit is not None and count > limit


def _effective(facts: Facts, identifier: int, accounts: dict[int, list[int]]) -> list[Carrier]:
    bindings, key = facts.bindings, facts.accounts.key
    role, first_at, last_at, acted = bindings.role, bindings.first_at, bindings.last_at, bindings.acted
    effective = []
    for account, rows in accounts.items():
        told = [row for row in rows if role[row] in OWN]
        if not told and _corroborated(facts, identifier, account, rows, accounts):
            told = rows
        if len(told) == 1:
            row = told[0]
            effective.append(Carrier(first_at[row], key(account), account, last_at[row], acted[row]))
        elif told:
            at, last = min(first_at[row] for row in told), max(last_at[row] for row in told)
            effective.append(Carrier(at, key(account), account, last, any(acted[row] for row in told)))
    return sorted(effective)


def _corroborated(facts: Facts, identifier: int, account: int, rows: list[int], holders: dict) -> bool:
    """A contact's phone counts as the account's own: seen on two of its orders (unless its masked phone says
    otherwise), or fitting its masked phone, or its name is the name of another holder."""
    value, masked = facts.identifiers.value[identifier], facts.accounts.phone_masked[account]
    if names.mask_fits(value, masked):
        return True
    if max(facts.bindings.orders[row] for row in rows) >= 2 and not names.mask_refutes(value, masked):
        return True
    name = facts.accounts.name
    return any(other != account and names.corroborates(name[account], name[other]) for other in holders)


def _find_indistinct(facts: Facts, policy: Policy, found: Carriers) -> None:
    """Shared: the carriers show more values of another kind, more names, or more accounts of one channel, than one
    person (or family) has."""
    everybody = _most_values(found, found.owned)
    for identifier in list(found.of):
        kind = policy.kinds[facts.identifiers.kind[identifier]]
        if facts.identifiers.cleared[identifier]:
            continue
        accounts = [carrier.account for carrier in found.of[identifier]]
        if (
            _too_many_values(found, everybody, accounts, kind.max_distinct)
            or _too_many_names(facts, accounts, kind.max_distinct)
            or _too_many_on_a_channel(facts, accounts, kind.max_per_channel)
        ):
            found.shared[identifier] = DISTINCT
            del found.of[identifier]


def _too_many_on_a_channel(facts: Facts, accounts: list[int], limit: int | None) -> bool:
    if limit is None or len(accounts) <= limit:
        return False
    return max(Counter(facts.accounts.channel[account] for account in accounts).values()) > limit


def _too_many_values(
    found: Carriers, everybody: dict[str, int], accounts: list[int], limits: Mapping[str, int]
) -> bool:
    """Whether these accounts own too many values; `everybody` spares the look where not even all together do."""
    return any(
        everybody.get(kind, 0) > limit and _most_values(found, accounts).get(kind, 0) > limit
        for kind, limit in limits.items()
    )


def _most_values(found: Carriers, accounts: Iterable[int]) -> dict[str, int]:
    """{kind: how many different values of it these accounts own, in the namespace in which they own most}."""
    values: dict[tuple[str, str], frozenset[int]] = {}
    for account in accounts:
        for place, held in found.owned.get(account, {}).items():
            values[place] = values[place] | held if place in values else held
    most: dict[str, int] = {}
    for (kind, _), held in values.items():
        most[kind] = max(most.get(kind, 0), len(held))
    return most


def _too_many_names(facts: Facts, accounts: list[int], limits: Mapping[str, int]) -> bool:
    limit = limits.get("name")
    if limit is None or len(accounts) <= limit:
        return False
    written = {facts.accounts.name[account] for account in accounts}
    return len(written) > limit and names.count_different(written) > limit


def _owned(facts: Facts, policy: Policy, rows: list[int], found: Carriers) -> dict[int, dict]:
    """{account: {(kind, namespace): its own values}} of the kinds that tell people apart; what is barred or
    crowded says nothing of a person."""
    telling = policy.telling
    bindings, identifiers = facts.bindings, facts.identifiers
    owned: dict[int, dict[tuple[str, str], frozenset[int]]] = defaultdict(dict)
    for row in rows:
        other = bindings.identifier[row]
        if (
            identifiers.kind[other] in telling
            and bindings.role[row] in OWN
            and identifiers.barred[other] in (None, "", DISTINCT)
            and found.shared.get(other) != "accounts"
        ):
            place = (identifiers.kind[other], identifiers.namespace[other])
            held = owned[bindings.account[row]]
            held[place] = held[place] | {other} if place in held else frozenset((other,))
    return owned


def sole(facts: Facts, policy: Policy, found: Carriers) -> dict[int, dict[tuple[str, str], frozenset[int]]]:
    """Of what the accounts own the values that are limited per person: a shared one belongs to nobody alone."""
    barred, limits = facts.identifiers.barred, policy.per_person
    return {
        account: {
            place: frozenset(value for value in held if not barred[value] and value not in found.shared)
            for place, held in places.items()
            if place[0] in limits
        }
        for account, places in found.owned.items()
    }
