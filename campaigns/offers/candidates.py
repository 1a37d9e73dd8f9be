"""From a basket to the offers that would do something to it: their lines, how often, and the verdict of all others."""

from collections.abc import Sequence

from campaigns.offers import eligible, forms, meaning
from campaigns.offers.basket import Basket, Held, Uses
from campaigns.offers.compiling import AMOUNT, Compiled, Rule
from campaigns.offers.effects import GROUPED
from campaigns.offers.quote import NEAR, REFUSED, Value, Verdict
from campaigns.offers.scales import PIECE
from campaigns.offers.states import Candidate, Effect, Goods, State

UNUSED = Uses()


def goods_of(basket: Basket) -> Goods:
    lines = sorted(basket.lines, key=lambda line: line.number)
    return Goods(
        numbers=[line.number for line in lines],
        skus=[line.sku for line in lines],
        quantities=[line.quantity for line in lines],
        amounts=[(line.unit_price * line.quantity + PIECE // 2) // PIECE for line in lines],
    )


def find(
    compiled: Compiled, basket: Basket, goods: Goods, first: State, verdicts: list[Verdict | None],
    about: int = eligible.EVERY,
) -> list[tuple[Candidate, Effect]]:  # fmt: skip
    """In the order of the rules, each with what it would do alone. Every other offer gets its verdict, if it is ``about`` it."""
    left = eligible.offers(compiled, basket, verdicts, about)
    found = []
    for index, places in _places(compiled, basket, left, verdicts, about):
        rule = compiled.rules[index]
        coupons = _usable(rule, basket) if rule.template else ()
        times, reason, params = _most_times(rule, basket, coupons, capped=compiled.capped >> index & 1)
        if not reason and compiled.articles >> index & 1:
            reason, params = _not_chosen(rule, basket)
        if reason and reason != "choose":
            verdicts[index] = Verdict(offer=rule.code, state=REFUSED, reason=reason, params=params)
            continue
        candidate = Candidate(rule, goods, places=places, most_times=times, coupons=coupons)
        done = meaning.effect(candidate, first)
        if done is None:
            verdicts[index] = _nothing(candidate, first)
        elif reason:
            verdicts[index] = Verdict(offer=rule.code, state=NEAR, reason=reason, params=params)
        elif done.gain > basket.left.get(rule.code, done.gain):
            params = {"left": basket.left[rule.code], "needs": done.gain}
            verdicts[index] = Verdict(offer=rule.code, state=REFUSED, reason="no_budget", params=params)
        else:
            found.append((candidate, done))
    return found


def _places(
    compiled: Compiled, basket: Basket, left: int, verdicts: list[Verdict | None], about: int
) -> list[tuple[int, tuple[int, ...]]]:
    """Of each offer that is left its lines, as places in the order of their numbers."""
    places: dict[int, list[int]] = {}
    known: dict[tuple, list[int]] = {}
    for place, line in enumerate(sorted(basket.lines, key=lambda line: line.number)):
        if line.excluded:
            continue
        key = (line.sku, line.category, line.brand, line.sets)
        found = known.get(key)
        if found is None:
            found = known[key] = list(eligible.bits(compiled.goods.of(*key) & left))
        for index in found:
            if index in places:
                places[index].append(place)
            else:
                places[index] = [place]
    without = [index for index in eligible.bits(left & about) if index not in places]
    compiled.refuse("no_goods", without, verdicts)
    return [(index, tuple(places[index])) for index in sorted(places)]


def _usable(rule: Rule, basket: Basket) -> tuple[str, ...]:
    """Codes of the coupons of its template that are usable now; the one that ends first is taken first."""
    at = basket.at.replace(tzinfo=None)
    held = [
        coupon for coupon in basket.coupons if coupon.template == rule.template and _is_usable(coupon, at)
    ]
    held.sort(key=lambda coupon: (coupon.usable_until is None, coupon.usable_until or at, coupon.code))
    return tuple(coupon.code for coupon in held)


def _is_usable(coupon: Held, at) -> bool:
    begun = coupon.usable_from is None or coupon.usable_from <= at
    return begun and (coupon.usable_until is None or at < coupon.usable_until)


def _most_times(
    rule: Rule, basket: Basket, coupons: Sequence[str], *, capped: bool
) -> tuple[int, str, dict[str, Value]]:
    """How often at most, and if never the reason."""
    times = rule.most_times
    if rule.template:
        if not coupons:
            return 0, "coupon_over", {"template": rule.template}
        times = min(times, len(coupons)) if rule.every else times
    if capped:
        limits, used = rule.offer.limits, basket.used.get(rule.code, UNUSED)
        for scope in ("member", "day", "store", "campaign"):
            most = getattr(limits, f"per_{scope}")
            if most is not None:
                if getattr(used, scope) >= most:
                    return 0, f"used_up_{scope}", {"most": most}
                times = min(times, most - getattr(used, scope))
    if rule.unit and rule.code in basket.left:
        drawn = rule.kind is forms.Packet and not rule.form.count
        each = rule.form.most if drawn else rule.unit
        affordable = basket.left[rule.code] // each
        if not affordable:
            return 0, "no_budget", {"left": basket.left[rule.code], "needs": each}
        times = min(times, affordable)
    return times, "", {}


def _not_chosen(rule: Rule, basket: Basket) -> tuple[str, dict[str, Value]]:
    chosen = basket.chosen.get(rule.code)
    if chosen is None:
        exchanged = rule.offer.execution == forms.EXCHANGE
        return ("choose", {"skus": rule.form.skus, "price": rule.form.price}) if exchanged else ("", {})
    return ("", {}) if chosen in rule.form.skus else ("not_offered", {"sku": chosen, "skus": rule.form.skus})


def _nothing(candidate: Candidate, first: State) -> Verdict:
    """Near, if more goods would help; refused, if there is nothing to take off."""
    rule, goods = candidate.rule, candidate.goods
    prices = goods.amounts if rule.list_base else first.start
    base = meaning.measure(rule, goods, candidate.places, [prices[place] for place in candidate.places], None)
    if base < rule.least:
        reason = "below" if rule.of == AMOUNT else "fewer"
        params = {"missing": rule.least - base, "least": rule.least, "of": rule.offer.trigger.threshold.of}
        return Verdict(offer=rule.code, state=NEAR, reason=reason, params=params)
    if rule.kind in GROUPED:
        size = rule.form.buy if rule.kind is forms.Pieces else rule.form.pieces
        count = sum(goods.quantities[place] // PIECE for place in candidate.places)
        if count < size:
            params = {"missing": (size - count) * PIECE, "least": size * PIECE, "of": "quantity"}
            return Verdict(offer=rule.code, state=NEAR, reason="fewer", params=params)
    return Verdict(offer=rule.code, state=REFUSED, reason="no_gain")
