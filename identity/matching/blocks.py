"""Blocks of accounts that grow by joining, and what forbids a join."""

from collections.abc import Collection, Iterable
from itertools import product

from identity.matching import profiles
from identity.matching.facts import Facts
from identity.matching.links import Carrier
from identity.matching.policy import Policy


class Blocks:
    """Disjoint sets over the accounts of one component. Every objection, once true, stays true as blocks grow, but one
    to values that are disowned."""

    def __init__(self, facts: Facts, policy: Policy, accounts: Iterable[int], owned: dict[int, dict]):
        self.facts = facts
        self.root = {account: account for account in accounts}
        self.members = {account: [account] for account in self.root}
        self.enemies: dict[int, dict[int, str]] = {account: {} for account in self.root}
        self.limits = policy.per_person
        self.values: dict[int, dict[tuple[str, str], frozenset[int]]] = {
            account: owned.get(account, {}) for account in self.root
        }
        single = policy.one_account_channels
        channel = facts.accounts.channel
        self.channels = {
            account: {channel[account]} if channel[account] in single else set() for account in self.root
        }

    def of(self, account: int) -> int:
        return self.root[account]

    def are_several(self, carriers: Iterable[Carrier]) -> bool:
        """Whether these carriers are in more than one block."""
        root = self.root
        return len({root[carrier.account] for carrier in carriers}) > 1

    def join(self, left: int, right: int) -> None:
        keep, give = sorted((self.root[left], self.root[right]), key=lambda root: -len(self.members[root]))
        if keep == give:
            return
        for account in self.members[give]:
            self.root[account] = keep
        self.members[keep] += self.members.pop(give)
        self.enemies[keep] |= self.enemies.pop(give)
        self.channels[keep] |= self.channels.pop(give)
        values, given = self.values[keep], self.values.pop(give)
        self.values[keep] = values | {
            place: held | values.get(place, frozenset()) for place, held in given.items()
        }

    def disown(self, values: Collection[int]) -> None:
        """Values that turned out to be shared are no more one a person."""
        if values:
            self.values = {
                root: {place: held.difference(values) for place, held in places.items()}
                for root, places in self.values.items()
            }

    def part(self, left: Iterable[int], right: Iterable[int], verdict: str) -> None:
        """No account of the left may ever meet one of the right."""
        for one, other in product(left, right):
            self.enemies[self.root[one]][other] = verdict
            self.enemies[self.root[other]][one] = verdict

    def verdict_between(self, left: int, right: int) -> str | None:
        """The not-same verdict that keeps the two blocks apart."""
        enemies = self.enemies[self.root[left]]
        if not enemies:
            return None
        found = [enemies[account] for account in self.members[self.root[right]] if account in enemies]
        return min(found, default=None)

    def objection(self, left: int, right: int, *, agreement: bool) -> tuple[str, str] | None:
        """(why, detail) if the two blocks must not become one person, else None."""
        left, right = self.root[left], self.root[right]
        verdict = self.verdict_between(left, right)
        if verdict is not None:
            return ("not_same", verdict)
        both = self.channels[left] & self.channels[right]
        if both:
            return ("one_account", min(both))
        exceeded = self._exceeded(left, right)
        if exceeded:
            return ("values", exceeded)
        if agreement and self._profiles_differ(left, right):
            return ("profile", "")
        return None

    def _exceeded(self, left: int, right: int) -> str | None:
        """The kind of which the two would have more values than one person has."""
        ours, theirs = self.values[left], self.values[right]
        for place in sorted(ours.keys() & theirs.keys()) if ours and theirs else ():
            one, other = ours[place], theirs[place]
            if one and other and len(one | other) > self.limits[place[0]]:
                return place[0]
        return None

    def _profiles_differ(self, left: int, right: int) -> bool:
        accounts = self.facts.accounts
        return any(
            profiles.contradict(
                accounts.name[one], accounts.birth_date[one], accounts.name[other], accounts.birth_date[other]
            )
            for one, other in product(self.members[left], self.members[right])
        )

    def named_people(self, accounts: Iterable[int]) -> int:
        """How many blocks with a named account stand behind these accounts."""
        named = self.facts.accounts.named
        roots = {self.root[account] for account in accounts}
        return sum(any(named[account] for account in self.members[root]) for root in roots)
