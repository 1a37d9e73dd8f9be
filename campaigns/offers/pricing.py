"""quote: what a basket costs under a rule set, what comes along, and why.

compiled = compiling.compile(offers)          # once
answer = pricing.quote(basket, compiled)      # a pure function: the same answer for ever, on every machine
"""

from collections.abc import Sequence

from campaigns.offers import best, candidates, eligible, forms, meaning, reasons, states
from campaigns.offers.amounts import apportion
from campaigns.offers.basket import Basket
from campaigns.offers.compiling import Compiled
from campaigns.offers.quote import APPLIED, Extra, Part, PricedLine, Quote, Reward, Share, Steps, Use, Verdict
from campaigns.offers.scales import PIECE
from campaigns.offers.states import Candidate, Effect, Goods, State

NODES = 160
EVERY = eligible.EVERY


class Applied:
    """One offer of the answer, with what it did."""

    __slots__ = ("candidate", "coupons", "done")

    def __init__(self, candidate: Candidate, done: Effect, coupons: tuple[str, ...]) -> None:
        self.candidate, self.done, self.coupons = candidate, done, coupons


def quote(basket: Basket, compiled: Compiled, *, nodes: int = NODES, about: int = EVERY) -> Quote:
    """The best allowed combination. ``nodes`` bounds the work (how often an offer is looked at); if it does not suffice for the
    proof, the answer says so, and by how much a better one could be better: ``bound`` − ``gain``. ``about``: mask of the rules whose
    verdicts are asked for, if not those of all: to say why 200 offers are not given takes longer than to find the best."""
    goods = candidates.goods_of(basket)
    first = states.beginning(goods.amounts)
    verdicts: list[Verdict | None] = [None] * len(compiled.rules)
    found = candidates.find(compiled, basket, goods, first, verdicts, about)
    chosen = best.find(found, first, nodes=nodes)
    applied, last = replay(chosen.sequence, first)
    for each in applied:
        verdicts[each.candidate.rule.index] = _applied(each, goods)
    reasons.beaten(found, {each.candidate: each.done.gain for each in applied}, first, verdicts, about)
    told = verdicts if about == EVERY else [verdicts[index] for index in eligible.bits(about & compiled.all)]
    return _quote(basket, goods, applied, last, chosen, tuple(told))


def replay(sequence: Sequence[Candidate], first: State) -> tuple[list[Applied], State]:
    """The offers in this order, each with what it does; those that do nothing are left out."""
    applied, state, stack = [], first, 0
    for candidate in sequence:
        if candidate.rule.stack != stack:
            stack, state = candidate.rule.stack, states.next_step(state)
        done = meaning.effect(candidate, state)
        if done is not None:
            begin = state.taken.get(candidate.rule.template, 0)
            end = begin + states.coupons_taken(candidate.rule, done.times)
            applied.append(Applied(candidate, done, candidate.coupons[begin:end]))
            state = states.apply(candidate, state, done)
    return applied, state


def _quote(
    basket: Basket, goods: Goods, applied: Sequence[Applied], last: State, chosen: best.Best, verdicts: tuple
) -> Quote:
    extras = [_extra(each, basket, goods) for each in applied if each.candidate.rule.kind is forms.Article]
    exchanges = tuple(extra for extra in extras if extra.price)
    total_list, total = sum(goods.amounts), sum(last.net)
    gain = sum(each.done.gain for each in applied)
    return Quote(
        lines=_lines(goods, applied, last),
        gifts=tuple(extra for extra in extras if not extra.price),
        exchanges=exchanges,
        rewards=tuple(_reward(each, goods) for each in applied if _is_reward(each)),
        uses=tuple(_use(each) for each in applied),
        total_list=total_list,
        discount=total_list - total,
        total=total + sum(extra.amount for extra in exchanges),
        gain=gain,
        bound=max(gain, chosen.bound),
        proven=gain >= chosen.bound,
        nodes=chosen.nodes,
        verdicts=verdicts,
    )


def _lines(goods: Goods, applied: Sequence[Applied], last: State) -> tuple[PricedLine, ...]:
    parts: list[list[Part]] = [[] for _number in goods.numbers]
    for each in applied:
        if each.done.discount:
            code = each.candidate.rule.code
            for place, share in zip(each.done.places, each.done.shares, strict=True):
                if share:
                    parts[place].append(Part(offer=code, amount=share))
    columns = (goods.numbers, goods.quantities, goods.amounts, last.net, parts)
    return tuple(
        PricedLine(number=number, quantity=quantity, list=amount, net=net, parts=tuple(of_line))
        for number, quantity, amount, net, of_line in zip(*columns, strict=True)
    )


def _use(each: Applied) -> Use:
    offer, done = each.candidate.rule.offer, each.done
    return Use(
        offer=offer.code,
        activity=offer.activity,
        version=offer.version,
        times=done.times,
        discount=done.discount,
        worth=done.gain - done.discount,
        coupons=each.coupons,
    )


def _applied(each: Applied, goods: Goods) -> Verdict:
    rule, done = each.candidate.rule, each.done
    threshold = rule.offer.trigger.threshold
    steps = Steps(
        stack=rule.stack,
        base=done.base,
        of=threshold.of if threshold else "amount",
        least=rule.least,
        times=done.times,
        effect=done.gain,
        shares=_shares(goods, done.places, done.shares) if done.discount else (),
    )
    return Verdict(offer=rule.code, state=APPLIED, steps=steps)


def _shares(goods: Goods, places: Sequence[int], amounts: Sequence[int]) -> tuple[Share, ...]:
    numbers = goods.numbers
    return tuple(
        Share(number=numbers[place], amount=amount)
        for place, amount in zip(places, amounts, strict=True)
        if amount
    )


def _is_reward(each: Applied) -> bool:
    return not each.done.discount and each.candidate.rule.kind is not forms.Article


def _extra(each: Applied, basket: Basket, goods: Goods) -> Extra:
    rule, done = each.candidate.rule, each.done
    quantity = rule.form.quantity * done.times
    return Extra(
        offer=rule.code,
        sku=basket.chosen.get(rule.code, rule.form.skus[0]),
        quantity=quantity,
        price=rule.form.price,
        amount=(rule.form.price * quantity + PIECE // 2) // PIECE,
        choices=rule.form.skus,
        shares=_divided(quantity, each, goods),
    )


def _reward(each: Applied, goods: Goods) -> Reward:
    rule, done = each.candidate.rule, each.done
    form, offer, times = rule.form, rule.offer, done.times
    amounts = {
        forms.Cash: lambda: ("", form.amount * times, 0),
        forms.Packet: lambda: ("", form.least * times, form.most * times),
        forms.GivenPoints: lambda: (form.book, form.amount * times, 0),
        forms.Multiplier: lambda: (form.book, form.times, 0),
        forms.Voucher: lambda: (form.template, form.count * times, 0),
    }
    what, amount, most = amounts[rule.kind]()
    base = sum(done.shares) if rule.kind is forms.Multiplier else 0
    return Reward(
        offer=rule.code,
        kind=forms.name(form),
        what=what,
        amount=amount,
        most=most,
        base=base,
        times=times,
        worth=done.gain,
        when=offer.after,
        days=offer.days,
        shares=_divided(base or most or amount, each, goods),
    )


def _divided(amount: int, each: Applied, goods: Goods) -> tuple[Share, ...]:
    """What is given hangs on the lines that brought it, in proportion to what they cost then (all for nothing: equally)."""
    weights = each.done.shares if any(each.done.shares) else [1] * len(each.done.places)
    return _shares(goods, each.done.places, apportion(amount, weights))
