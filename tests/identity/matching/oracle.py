"""The rules of the partition once more, as slowly and plainly as possible."""

from itertools import combinations

from identity.matching import names, profiles
from identity.matching.facts import Facts
from identity.matching.policy import Policy


def people(facts: Facts, policy: Policy) -> set[frozenset[tuple[str, str]]]:
    """Blocks of account keys."""
    world = _World(facts, policy)
    return {frozenset(facts.accounts.key(account) for account in block) for block in world.blocks}


class _World:
    def __init__(self, facts, policy):
        self.facts, self.policy = facts, policy
        self.everyone = range(len(facts.accounts))
        self.rows = [
            row
            for row in zip(*vars(facts.bindings).values(), strict=True)
            if row[3] != "receiver" and not facts.identifiers.barred[row[1]]
        ]
        self.carriers = {i: self.effective(i) for i in range(len(facts.identifiers)) if self.may_link(i)}
        self.shared = {i for i, held in self.carriers.items() if self.indistinct(i, held)}
        self.carriers = {i: held for i, held in self.carriers.items() if i not in self.shared}
        self.respect_the_bound()
        self.blocks, self.apart = [{account} for account in self.everyone], set()
        self.apply_verdicts()
        self.link()

    def kind(self, i):
        return self.policy.kind(self.facts.identifiers.kind[i])

    def holders(self, i):
        return {row[0] for row in self.rows if row[1] == i}

    def crowded(self, i):
        limit = self.kind(i).max_accounts
        return limit and len(self.holders(i)) > limit and not self.facts.identifiers.cleared[i]

    def may_link(self, i):
        return self.kind(i).links and self.holders(i) and not self.crowded(i)

    def effective(self, i):
        """[(time, account key, account, last seen, by an act)]"""
        held = []
        for account in self.holders(i):
            rows = [row for row in self.rows if row[:2] == (account, i)]
            own = [row for row in rows if row[3] in ("holder", "buyer")]
            if own or self.corroborated(i, account, max(row[4] for row in rows)):
                firsts, lasts, acts = zip(*((row[2], row[5], row[6]) for row in own or rows), strict=True)
                held.append((min(firsts), self.facts.accounts.key(account), account, max(lasts), any(acts)))
        return sorted(held)

    def corroborated(self, i, account, orders):
        accounts, value = self.facts.accounts, self.facts.identifiers.value[i]
        masked = accounts.phone_masked[account]
        return (
            names.mask_fits(value, masked)
            or (orders >= 2 and not names.mask_refutes(value, masked))
            or any(
                names.corroborates(accounts.name[account], accounts.name[other])
                for other in self.holders(i) - {account}
            )
        )

    def owned(self, account, code):
        """{namespace: values}"""
        found = {}
        for row in self.rows:
            is_own = row[0] == account and row[3] in ("holder", "buyer")
            if is_own and self.facts.identifiers.kind[row[1]] == code and not self.crowded(row[1]):
                found.setdefault(self.facts.identifiers.namespace[row[1]], set()).add(row[1])
        return found

    def most(self, accounts, code):
        together = {}
        for account in accounts:
            for space, values in self.owned(account, code).items():
                together.setdefault(space, set()).update(values)
        return max(map(len, together.values()), default=0)

    def indistinct(self, i, held):
        accounts = [row[2] for row in held]
        if self.facts.identifiers.cleared[i] or len(accounts) < 2:
            return False
        channels = [self.facts.accounts.channel[account] for account in accounts]
        limit = self.kind(i).max_per_channel
        if limit is not None and any(channels.count(channel) > limit for channel in channels):
            return True
        for code, limit in self.kind(i).max_distinct.items():
            written = [self.facts.accounts.name[account] for account in accounts]
            shown = names.count_different(written) if code == "name" else self.most(accounts, code)
            if shown > limit:
                return True
        return False

    def respect_the_bound(self):
        while large := [part for part in self.components() if len(part) > self.policy.component_bound]:
            dropped = 0
            for part in large:
                inside = [i for i, held in self.carriers.items() if len(held) > 1 and held[0][2] in part]
                if inside:
                    weakest = min((self.kind(i).strength, self.kind(i).code) for i in inside)[1]
                    weak = {i for i in inside if self.kind(i).code == weakest}
                    dropped += len([self.carriers.pop(i) for i in weak])
                    self.shared |= weak
            if not dropped:
                return

    def components(self):
        parts = [{account} for account in self.everyone]
        groups = [{row[2] for row in held} for held in self.carriers.values()]
        groups += [verdict.left | verdict.right for verdict in self.facts.verdicts if verdict.same]
        for group in groups:
            touched = [part for part in parts if part & group]
            parts = [part for part in parts if not part & group] + [set().union(*touched)]
        return parts

    def block(self, account):
        return next(block for block in self.blocks if account in block)

    def join(self, left, right):
        one, other = self.block(left), self.block(right)
        if one is not other:
            self.blocks = [block for block in self.blocks if block not in (one, other)] + [one | other]

    def apart_from(self, one, other):
        return any({a, b} in [set(pair) for pair in self.apart] for a in one for b in other)

    def apply_verdicts(self):
        stewards = [verdict for verdict in self.facts.verdicts if not (verdict.same and verdict.model)]
        for verdict in sorted(stewards, key=lambda v: (v.model, -v.decided_at, v.key)):
            if not verdict.same:
                crossing = {(a, b) for a in verdict.left for b in verdict.right}
                if all(self.block(a) is not self.block(b) for a, b in crossing):
                    self.apart |= crossing
                continue
            touched = [block for block in self.blocks if block & (verdict.left | verdict.right)]
            if not any(self.apart_from(one, other) for one, other in combinations(touched, 2)):
                for block in touched[1:]:
                    self.join(min(touched[0]), min(block))

    def link(self):
        strengths = sorted({self.kind(i).strength for i in self.carriers}, reverse=True)
        for strength in strengths:
            level = [i for i in self.carriers if self.kind(i).strength == strength]
            self.shared |= {i for i in level if self.too_many_people(i)}
            level = [i for i in level if i not in self.shared]
            key = self.facts.identifiers.key
            for *_, shared, a, b in sorted(
                (2 - first[4] - second[4], second[0], key(i), second[1], first[:2], i, first[2], second[2])
                for i in level
                for first, second in combinations(self.carriers[i], 2)
                if self.kind(i).validity is None or second[0] - first[3] <= self.kind(i).validity
            ):
                self.try_to_join(a, b, agreement=self.kind(shared).agreement)
        models = [verdict for verdict in self.facts.verdicts if verdict.same and verdict.model]
        for verdict in sorted(models, key=lambda v: (v.decided_at, v.key)):
            together = sorted(verdict.left | verdict.right, key=self.facts.accounts.key)
            for other in together[1:]:
                self.try_to_join(together[0], other, agreement=True)

    def too_many_people(self, i):
        limit = self.kind(i).max_members
        blocks = {frozenset(self.block(row[2])) for row in self.carriers[i]}
        named = [block for block in blocks if any(self.facts.accounts.named[account] for account in block)]
        return limit is not None and len(named) > limit and not self.facts.identifiers.cleared[i]

    def try_to_join(self, left, right, *, agreement):
        one, other = self.block(left), self.block(right)
        accounts = self.facts.accounts
        channels = [{accounts.channel[account] for account in side} for side in (one, other)]
        refused = (
            self.apart_from(one, other)
            or channels[0] & channels[1] & self.policy.one_account_channels
            or any(self.over(code, limit, one, other) for code, limit in self.policy.per_person.items())
            or (agreement and any(self.contradict(a, b) for a in one for b in other))
        )
        if not refused:
            self.join(left, right)

    def over(self, code, limit, one, other):
        """Too many values, in a namespace where both sides have some that are not shared."""
        for space in {space for account in one | other for space in self.owned(account, code)}:
            sides = [
                set().union(*(self.owned(account, code).get(space, set()) for account in side)) - self.shared
                for side in (one, other)
            ]
            if all(sides) and len(sides[0] | sides[1]) > limit:
                return True
        return False

    def contradict(self, a, b):
        accounts = self.facts.accounts
        return profiles.contradict(
            accounts.name[a], accounts.birth_date[a], accounts.name[b], accounts.birth_date[b]
        )
