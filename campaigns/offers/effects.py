"""What each form takes off, or gives, of what an offer finds; and how that falls on the lines."""

from collections.abc import Callable, Sequence
from operator import gt

from campaigns.offers import forms, groups
from campaigns.offers.amounts import apportion
from campaigns.offers.compiling import Rule
from campaigns.offers.scales import PIECE, WHOLE
from campaigns.offers.states import Candidate, Effect, Goods, Seen, State

HALF = WHOLE // 2


def worths_of(rule: Rule, goods: Goods, state: State, places: Sequence[int]) -> list[int]:
    """What all pieces of the lines would cost, were none used in the pool: what its offers took off was taken off used ones."""
    if rule.list_base:
        return [goods.amounts[place] for place in places]
    start, before = state.start, state.before.get(rule.pool)
    if before is None:
        return [start[place] for place in places]
    return [start[place] + before[place] for place in places]


def _cash(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    rule = candidate.rule
    if not rule.reduces:
        return _given(candidate, state, seen)
    return _reduced(min(rule.form.amount * seen.times, rule.most_amount), state, seen, seen.bases)


def _percentage(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    off = candidate.rule.form.off
    return _line_by_line(candidate.rule, state, seen, [(base * off + HALF) // WHOLE for base in seen.bases])


def _per_piece(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    amount, quantities = candidate.rule.form.amount, candidate.goods.quantities
    counts = seen.free or [quantities[place] for place in seen.places]
    counted = zip(counts, seen.bases, strict=True)
    offs = [min((amount * count + PIECE // 2) // PIECE, base) for count, base in counted]
    return _line_by_line(candidate.rule, state, seen, offs)


def _price(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    form = candidate.rule.form
    return _grouped(candidate, state, seen, groups.for_price, pieces=form.pieces, amount=form.amount)


def _pieces(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    form = candidate.rule.form
    found = groups.cheapest_off
    return _grouped(candidate, state, seen, found, buy=form.buy, cheapest=form.cheapest, off=form.off)


def _grouped(candidate: Candidate, state: State, seen: Seen, found: Callable, **parts: int) -> Effect | None:
    """The discount falls on the pieces of the groups, in proportion to their price (of each line rounded down)."""
    rule, goods = candidate.rule, candidate.goods
    worths = worths_of(rule, goods, state, seen.places)
    quantities = [goods.quantities[place] for place in seen.places]
    total, times, used = found(worths, quantities, seen.free or quantities, times=seen.times, **parts)
    if not total:
        return None
    kept = [position for position, taken in enumerate(used) if taken]
    weights = [worths[position] * used[position] // quantities[position] for position in kept]
    places, used = tuple([seen.places[position] for position in kept]), [used[position] for position in kept]
    narrowed = Seen(places, seen.bases, used, times, seen.base)
    return _reduced(min(total, rule.most_amount), state, narrowed, weights, used)


def _reduced(
    total: int, state: State, seen: Seen, weights: Sequence[int], used: Sequence[int] | None = None
) -> Effect | None:
    """``total`` off in proportion to ``weights``, or, where that would take a line below 0, to what the lines still cost."""
    net, places = state.net, seen.places
    nets = [net[place] for place in places]
    total = min(total, sum(nets))
    if not total:
        return None
    shares = apportion(total, weights if any(weights) else nets)
    if any(map(gt, shares, nets)):
        shares = apportion(total, nets)
    return Effect(total, total, seen.times, places, shares, used, seen.base)


def _line_by_line(rule: Rule, state: State, seen: Seen, offs: list[int]) -> Effect | None:
    """``offs`` of the lines, none below 0, together at most the cap."""
    net, places = state.net, seen.places
    if net is not state.start or rule.list_base:
        offs = [off if off <= net[place] else net[place] for off, place in zip(offs, places, strict=True)]
    total = sum(offs)
    if total > rule.most_amount:
        total, offs = rule.most_amount, apportion(rule.most_amount, offs)
    return Effect(total, total, 1, places, offs, None, seen.base) if total else None


def _given(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    return Effect(candidate.rule.unit * seen.times, 0, seen.times, seen.places, seen.bases, None, seen.base)


def _multiplier(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    worth = max(1, (sum(seen.bases) * candidate.rule.form.worth + HALF) // WHOLE)
    return Effect(worth, 0, 1, seen.places, seen.bases, None, seen.base) if any(seen.bases) else None


GROUPED = (forms.Price, forms.Pieces)
FORMS: dict[type, Callable[..., Effect | None]] = {
    forms.Cash: _cash,
    forms.Percentage: _percentage,
    forms.PerPiece: _per_piece,
    forms.Price: _price,
    forms.Pieces: _pieces,
    forms.Packet: _given,
    forms.GivenPoints: _given,
    forms.Voucher: _given,
    forms.Article: _given,
    forms.Multiplier: _multiplier,
}
