"""The people of one raw component, in the canonical order (rules 1-3, 5, 6)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from identity.matching import links
from identity.matching.blocks import Blocks
from identity.matching.facts import Facts, Verdict
from identity.matching.links import Carrier
from identity.matching.policy import Policy


@dataclass(frozen=True, slots=True)
class Refused:
    """Two people whom identifiers (or a model) would join, and the rule that keeps them apart; both by anchor."""

    left: int
    right: int
    why: str
    detail: str
    identifiers: tuple[int, ...]


@dataclass
class Solution:
    """Blocks of accounts with the anchor first; why identifiers are shared; what was refused; verdicts set aside."""

    blocks: list[list[int]] = field(default_factory=list)
    shared: dict[int, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)


def solve(
    facts: Facts, policy: Policy, accounts: list[int], rows: list[int], verdicts: Iterable[Verdict]
) -> Solution:
    """Part `accounts`, closed under bindings (`rows`) and `verdicts`, into people."""
    verdicts = list(verdicts)
    carriers = links.carriers(facts, policy, rows)
    shared = carriers.shared
    if policy.component_bound < len(accounts):
        _drop_weakest(facts, policy, accounts, carriers.of, shared, verdicts)
    blocks = Blocks(facts, policy, accounts, links.sole(facts, policy, carriers))
    contradicted = _apply(blocks, verdicts)
    refusals: list[tuple] = []
    for level in _levels(facts, policy, carriers.of):
        crowded = _crowded_by_people(facts, policy, blocks, carriers.of, level)
        shared |= crowded
        blocks.disown(crowded)
        apart = [each for each in level if each not in shared and blocks.are_several(carriers.of[each])]
        for identifier, first, second in _pairs(facts, policy, carriers.of, apart):
            agreement = policy.kinds[facts.identifiers.kind[identifier]].agreement
            _join(blocks, first.account, second.account, agreement, identifier, refusals)
    _apply_models(blocks, verdicts, refusals)
    ordered = [
        sorted(block, key=facts.accounts.age) if len(block) > 1 else block
        for block in blocks.members.values()
    ]
    return Solution(ordered, shared, _refused(facts, blocks, refusals), contradicted)


def _join(
    blocks: Blocks, left: int, right: int, agreement: bool, identifier: int | None, refusals: list
) -> None:
    if blocks.of(left) == blocks.of(right):
        return
    objection = blocks.objection(left, right, agreement=agreement)
    if objection:
        refusals.append((left, right, objection, identifier))
    else:
        blocks.join(left, right)


def _levels(facts: Facts, policy: Policy, carriers: dict[int, list[Carrier]]) -> list[list[int]]:
    """Identifiers by strength, strongest first."""
    levels = defaultdict(list)
    for identifier in carriers:
        levels[policy.kinds[facts.identifiers.kind[identifier]].strength].append(identifier)
    return [levels[strength] for strength in sorted(levels, reverse=True)]


def _crowded_by_people(
    facts: Facts, policy: Policy, blocks: Blocks, carriers: dict, level: list[int]
) -> dict[int, str]:
    """Identifiers with too many people behind them, as strictly stronger kinds built these people."""
    crowded = {}
    for identifier in level:
        limit = policy.kinds[facts.identifiers.kind[identifier]].max_members
        if limit is None or len(carriers[identifier]) <= limit or facts.identifiers.cleared[identifier]:
            continue
        if blocks.named_people(carrier.account for carrier in carriers[identifier]) > limit:
            crowded[identifier] = "members"
    return crowded


def _pairs(
    facts: Facts, policy: Policy, carriers: dict, level: list[int]
) -> list[tuple[int, Carrier, Carrier]]:
    """Every pair of carriers of every identifier for which it had not expired between them: what the customers
    themselves did on both sides first, then on one; then by the time the later one was bound, then by natural key."""
    pairs = []
    for identifier in level:
        held = carriers[identifier]
        key = facts.identifiers.key(identifier)
        validity = policy.kinds[facts.identifiers.kind[identifier]].validity
        for place, later in enumerate(held):
            pairs += [
                (-first.acted - later.acted, later.at, key, later.key, first[:2], identifier, first, later)
                for first in held[:place]
                if not first.outlived(later, validity)
            ]
    pairs.sort(key=lambda pair: pair[:5])
    return [pair[5:] for pair in pairs]


def _apply(blocks: Blocks, verdicts: Iterable[Verdict]) -> list[str]:
    """Stewards' verdicts, newest first; one that contradicts newer ones is set aside and named."""
    contradicted = []
    stewards = [verdict for verdict in verdicts if not (verdict.model and verdict.same)]
    for verdict in sorted(stewards, key=lambda verdict: (verdict.model, -verdict.decided_at, verdict.key)):
        known = (verdict.left | verdict.right) & blocks.root.keys()
        fits = _unite(blocks, known) if verdict.same else _keep_apart(blocks, verdict, known)
        if not fits:
            contradicted.append(verdict.key)
    return sorted(contradicted)


def _unite(blocks: Blocks, accounts: set[int]) -> bool:
    roots = sorted({blocks.of(account) for account in accounts})
    for place, root in enumerate(roots):
        if any(blocks.verdict_between(root, other) is not None for other in roots[:place]):
            return False
    for root in roots[1:]:
        blocks.join(roots[0], root)
    return True


def _keep_apart(blocks: Blocks, verdict: Verdict, known: set[int]) -> bool:
    left, right = verdict.left & known, verdict.right & known
    if {blocks.of(account) for account in left} & {blocks.of(account) for account in right}:
        return False
    blocks.part(left, right, verdict.key)
    return True


def _apply_models(blocks: Blocks, verdicts: Iterable[Verdict], refusals: list) -> None:
    """Accepted scores come last and obey every rule."""
    models = [verdict for verdict in verdicts if verdict.model and verdict.same]
    for verdict in sorted(models, key=lambda verdict: (verdict.decided_at, verdict.key)):
        accounts = sorted((verdict.left | verdict.right) & blocks.root.keys(), key=blocks.facts.accounts.key)
        for other in accounts[1:]:
            _join(blocks, accounts[0], other, True, None, refusals)


def _refused(facts: Facts, blocks: Blocks, refusals: list[tuple]) -> list[Refused]:
    """One a pair of people, under the first reason met, with every identifier that would have joined them.

    What a kind without profile agreement joined after all is no refusal.
    """
    pairs: dict[tuple[int, int], tuple] = {}
    oldest: dict[int, int] = {}
    for left, right, objection, identifier in refusals:
        if blocks.of(left) == blocks.of(right):
            continue
        anchors = [_oldest(facts, blocks, blocks.of(side), oldest) for side in (left, right)]
        pair = tuple(sorted(anchors, key=facts.accounts.key))
        _, identifiers = pairs.setdefault(pair, (objection, []))
        if identifier is not None and identifier not in identifiers:
            identifiers.append(identifier)
    return [
        Refused(left, right, *objection, tuple(identifiers))
        for (left, right), (objection, identifiers) in pairs.items()
    ]


def _oldest(facts: Facts, blocks: Blocks, root: int, known: dict[int, int]) -> int:
    if root not in known:
        known[root] = min(blocks.members[root], key=facts.accounts.age)
    return known[root]


def _drop_weakest(
    facts: Facts, policy: Policy, accounts: list[int], carriers: dict, shared: dict, verdicts
) -> None:
    """Split what is larger than the bound: its weakest kind links nobody there, again and again (rule 5)."""
    waiting = _components(accounts, carriers, verdicts)
    while waiting:
        part = waiting.pop()
        if len(part) <= policy.component_bound:
            continue
        inside = [identifier for identifier, held in carriers.items() if held[0].account in part]
        if not inside:
            continue
        weakest = min(
            (policy.kinds[facts.identifiers.kind[i]].strength, facts.identifiers.kind[i]) for i in inside
        )
        for identifier in inside:
            if facts.identifiers.kind[identifier] == weakest[1]:
                shared[identifier] = "component"
                del carriers[identifier]
        waiting += _components(part, carriers, verdicts)


def _components(accounts: Iterable[int], carriers: dict, verdicts: Iterable[Verdict]) -> list[set[int]]:
    neighbours: dict[int, list[list[int]]] = defaultdict(list)
    groups = [[carrier.account for carrier in held] for held in carriers.values()]
    groups += [list(verdict.left | verdict.right) for verdict in verdicts if verdict.same]
    for group in groups:
        for account in group:
            neighbours[account].append(group)
    parts, left = [], set(accounts)
    while left:
        part = _reach(left.pop(), neighbours)
        left -= part
        parts.append(part)
    return parts


def _reach(start: int, neighbours: dict[int, list[list[int]]]) -> set[int]:
    """The accounts that groups join to the first one. Each group is looked through once, however many it holds."""
    found, waiting, seen = {start}, [start], set()
    while waiting:
        for group in neighbours.get(waiting.pop(), ()):
            if id(group) not in seen:
                seen.add(id(group))
                waiting += [account for account in group if account not in found]
                found.update(group)
    return found
