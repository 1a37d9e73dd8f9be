"""Offers that bear upon one another, and those that don't: the problem falls into parts that are solved apart.

Two offers are of one part if they share an exclusion group, a pool and a line, or coupons; if in their step they could take a line
below 0 together with others; or if one reduces a line whose price the other, in a later step, depends on. An offer whose effect
is the same at the lowest prices that all earlier steps could leave depends on none, unless others use up its pieces.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from campaigns.offers import bounds, forms, meaning, states
from campaigns.offers.compiling import Rule
from campaigns.offers.states import Candidate, Effect, State

Found = tuple[Candidate, Effect]  # with what it would do alone
BY_LINE = (forms.Percentage, forms.PerPiece)


class Component:
    """Candidates in the order of the rules. By position, as masks: ``clashes`` with others of the same step, with which it does not
    commute, ``hard`` among them those that don't just share lines of a pool; ``rivals``: never in one basket with it.
    ``levels``: the steps; ``pooled``: those in pools, ``pools`` one by one; ``reducing`` and ``grouped`` (in exclusion groups) ones;
    ``free``: those that take nothing from any other. ``clipped``: a line could reach 0 within a step."""

    __slots__ = (
        "candidates", "clashes", "clipped", "free", "grouped", "hard", "levels", "pooled", "pools", "reducing", "rivals",
    )  # fmt: skip

    def __init__(self, candidates: Sequence[Candidate], risky: dict[int, int]) -> None:
        self.candidates = candidates
        self.clipped = any(each.mask & risky.get(each.rule.stack, 0) for each in candidates)
        count = range(len(candidates))
        self.rivals, self.clashes, self.hard = ([0 for _ in count] for _ in range(3))
        self.levels = self._masks(lambda rule: (rule.stack,))
        self.pools = self._masks(lambda rule: (rule.pool,) if rule.pool else ())
        self.pooled = sum(self.pools)
        for group in self._masks(lambda rule: rule.groups):
            self._relate(self.rivals, group, lambda _one, _other: True)
        for step in self.levels:
            for pool in self.pools:
                self._relate(self.clashes, step & pool, _share_a_line)
            if self.clipped:
                reducing = self._mask(lambda rule: rule.reduces) & step
                self._relate(self.hard, reducing, _share_a_line)
            for template in self._masks(lambda rule: (rule.template,) if rule.template else ()):
                self._relate(self.hard, step & template, lambda _one, _other: True)
        self.clashes = [mask | hard for mask, hard in zip(self.clashes, self.hard, strict=True)]
        self.reducing = self._mask(lambda rule: rule.reduces)
        self.grouped = self._mask(lambda rule: rule.groups)
        self.free = self._free()

    def _free(self) -> int:
        """From the last step back: those on whose lines nothing later depends, and that share nothing with another one."""
        free = read = 0
        for step in reversed(self.levels):
            positions = [position for position in range(len(self.candidates)) if step >> position & 1]
            for position in positions:
                one = self.candidates[position]
                if not (
                    self.rivals[position] or self.clashes[position] or (one.rule.reduces and one.mask & read)
                ):
                    free |= 0 if self._shares(one) else 1 << position
            for position in positions:
                if self.candidates[position].depends:
                    read |= self.candidates[position].mask
        return free

    def _shares(self, one: Candidate) -> bool:
        if not (one.rule.pool or one.rule.template):
            return False
        return any(
            shares_pool(one, other) or shares_coupons(one, other)
            for other in self.candidates
            if other is not one
        )

    def _relate(self, masks: list[int], members: int, true: Callable[[Candidate, Candidate], object]) -> None:
        if not members & (members - 1):
            return
        positions = [position for position in range(len(masks)) if members >> position & 1]
        for place, one in enumerate(positions):
            for other in positions[:place]:
                if true(self.candidates[one], self.candidates[other]):
                    masks[one] |= 1 << other
                    masks[other] |= 1 << one

    def _mask(self, true: Callable[[Rule], object]) -> int:
        return sum(1 << position for position, each in enumerate(self.candidates) if true(each.rule))

    def _masks(self, words: Callable[[Rule], Iterable]) -> list[int]:
        """Of each word, in order, those that have it."""
        found: dict = {}
        for position, each in enumerate(self.candidates):
            for word in words(each.rule):
                found[word] = found.get(word, 0) | 1 << position
        return [found[word] for word in sorted(found)]


def split(found: Sequence[Found], first: State) -> tuple[list[list[Candidate]], dict[int, int]]:
    """The parts in the order of their first rules; and of each step the lines that could reach 0 within it."""
    candidates = [candidate for candidate, _done in found]
    leaders = list(range(len(found)))
    risky, lowest = _falls(found, first)
    _join_words(candidates, leaders)
    _join_lines(candidates, leaders, risky)
    _join_dependent(found, leaders, first, lowest)
    parts: dict[int, list[Candidate]] = {}
    for position, candidate in enumerate(candidates):
        parts.setdefault(_leader(leaders, position), []).append(candidate)
    return list(parts.values()), risky


def narrowed(part: Component, single: Mapping[Candidate, Effect], first: State, *, count: int) -> Component:
    """``count`` of its candidates: those without a pool, then the densest on some line, the second densest, and so on."""
    by_line: dict[int, list[tuple[int, int]]] = {}
    ranks = [0 if not candidate.rule.pool else len(part.candidates) for candidate in part.candidates]
    gains = [single[candidate].gain for candidate in part.candidates]
    for position, candidate in enumerate(part.candidates):
        if candidate.rule.pool:
            for place, rate in bounds.density(candidate, single[candidate], first).lines.items():
                by_line.setdefault(place, []).append((-rate, position))
    for rates in by_line.values():
        for rank, (_rate, position) in enumerate(sorted(rates)):
            ranks[position] = min(ranks[position], rank)
    order = sorted(range(len(ranks)), key=lambda position: (ranks[position], -gains[position], position))
    kept = [part.candidates[position] for position in sorted(order[:count])]
    risky, _lowest = _falls([(candidate, single[candidate]) for candidate in kept], first)
    return Component(kept, risky)


def shares_pool(a: Candidate, b: Candidate) -> bool:
    return bool(a.rule.pool) and a.rule.pool == b.rule.pool and bool(a.mask & b.mask)


def shares_coupons(a: Candidate, b: Candidate) -> bool:
    return bool(a.rule.template) and a.rule.template == b.rule.template


def _share_a_line(one: Candidate, other: Candidate) -> int:
    return one.mask & other.mask


def _join_words(candidates: Sequence[Candidate], leaders: list[int]) -> None:
    """Those of an exclusion group, and those that take the same coupons."""
    known: dict[tuple[str, str], int] = {}
    for position, candidate in enumerate(candidates):
        for group in candidate.rule.groups:
            _join(leaders, position, known.setdefault(("group", group), position))
        if candidate.rule.template:
            _join(leaders, position, known.setdefault(("template", candidate.rule.template), position))


def _join_lines(candidates: Sequence[Candidate], leaders: list[int], risky: Mapping[int, int]) -> None:
    """Those of a pool that share a line, and those of a step that share one which they could take below 0."""
    crowds: dict[object, list[tuple[int, int]]] = {}
    for position, candidate in enumerate(candidates):
        rule, mask = candidate.rule, candidate.mask
        shared = [(rule.pool, mask)] if rule.pool else []
        for word, lines in (*shared, (rule.stack, mask & risky.get(rule.stack, 0))):
            apart = []
            for crowd in crowds.get(word, ()):
                if crowd[0] & lines:
                    lines |= crowd[0]
                    _join(leaders, position, crowd[1])
                else:
                    apart.append(crowd)
            crowds[word] = [*apart, (lines, position)] if lines else apart


def _join_dependent(
    found: Sequence[Found], leaders: list[int], first: State, lowest: dict[int, list[int]]
) -> None:
    """From the last step back: what depends on earlier prices, with all that reduce them. An offer whose own split over the lines
    is seen by a dependent one depends on them too."""
    read = 0
    for position in reversed(range(len(found))):
        candidate, done = found[position]
        rule, low = candidate.rule, lowest[candidate.rule.stack]
        if not any(low[place] != first.net[place] for place in candidate.places):
            continue
        alone = not rule.pool or not any(
            shares_pool(candidate, other) for other, _done in found if other is not candidate
        )
        seen = rule.reduces and read & candidate.mask
        if alone and not seen and _is_steady(candidate, done, low):
            continue
        read |= candidate.mask
        candidate.depends = True
        for other in range(position):
            earlier = found[other][0]
            if earlier.rule.stack < rule.stack and earlier.rule.reduces and earlier.mask & candidate.mask:
                _join(leaders, position, other)


def _is_steady(candidate: Candidate, done: Effect, low: list[int]) -> bool:
    if candidate.rule.kind in BY_LINE and not candidate.rule.list_base:
        return False
    worst = meaning.effect(candidate, states.beginning(low))
    return worst is not None and worst.gain == done.gain


def _falls(found: Sequence[Found], first: State) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Of each step the mask of the lines that its offers together could take below 0, and the lowest prices at its beginning.

    What is in proportion to a price falls with it, so the risk is greatest at the lowest price; each offer may round up by 1.
    """
    risky, lowest, low = {}, {}, first.net
    for stack in sorted({candidate.rule.stack for candidate, _done in found}):
        lowest[stack] = low
        steady, sinking, counts = ([0] * len(low) for _ in range(3))
        for proportional, rates in _rates([each for each in found if each[0].rule.stack == stack], first):
            falls = sinking if proportional else steady
            for place, rate in rates.items():
                falls[place] += rate
                counts[place] += 1
        mask, low = 0, low.copy()
        for place, count in enumerate(counts):
            if count:
                fall = steady[place] + count + sinking[place] * low[place] // max(1, first.net[place])
                if count > 1 and fall > low[place]:
                    mask |= 1 << place
                low[place] = max(0, low[place] - fall)
        risky[stack] = mask
    return risky, lowest


def _rates(found: Sequence[Found], first: State) -> Iterable[tuple[bool, dict[int, int]]]:
    """The greatest discount by line, of each offer, or, where only one of several can have a piece, of them together; and whether
    it is in proportion to the price."""
    shared: dict[tuple[str, str], tuple[bool, dict[int, int]]] = {}
    for candidate, done in found:
        rule = candidate.rule
        if not rule.reduces:
            continue
        proportional, rates = bounds.most_by_line(candidate, done, first)
        name = ("pool", rule.pool) if rule.pool else ("group", rule.first_group)
        if not name[1]:
            yield proportional, rates
            continue
        before, known = shared.get(name, (True, {}))
        for place, rate in rates.items():
            if rate > known.get(place, 0):
                known[place] = rate
        shared[name] = before and proportional, known
    yield from shared.values()


def _leader(leaders: list[int], position: int) -> int:
    while leaders[position] != position:
        position = leaders[position]
    return position


def _join(leaders: list[int], one: int, other: int) -> None:
    a, b = _leader(leaders, one), _leader(leaders, other)
    leaders[max(a, b)] = min(a, b)
