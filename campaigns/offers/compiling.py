"""A rule set made ready once, so that a basket meets only the offers that can be about it.

Offers stand in the order (step, code); bit i of a mask is offer i.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime

from campaigns.offers import forms
from campaigns.offers.offer import Goods, Offer, Recurrence
from campaigns.offers.quote import REFUSED, Verdict

NO_BOUND = 10**12
NOTHING, AMOUNT, QUANTITY, KINDS = range(4)
COUNTED = {"amount": AMOUNT, "quantity": QUANTITY, "kinds": KINDS}
UNITS = {forms.Cash: "amount", forms.GivenPoints: "worth", forms.Article: "worth"}


class Rule:
    """What the search needs of an offer, as plain attributes."""

    __slots__ = (
        "alone", "code", "every", "first_group", "form", "groups", "index", "kind", "least", "list_base", "most_amount",
        "most_times", "of", "offer", "pool", "reduces", "stack", "template", "unit",
    )  # fmt: skip

    def __init__(self, index: int, offer: Offer) -> None:
        limits, threshold = offer.limits, offer.trigger.threshold
        self.index, self.offer, self.code, self.form, self.kind = (
            index,
            offer,
            offer.code,
            offer.form,
            type(offer.form),
        )
        self.stack, self.pool, self.groups, self.alone = (
            limits.stack,
            limits.pool,
            limits.groups,
            limits.alone,
        )
        self.every, self.list_base, self.template = limits.every, limits.base == "list", offer.trigger.coupon
        self.most_times = limits.most_times or NO_BOUND
        self.of = COUNTED[threshold.of] if threshold else NOTHING
        self.least = threshold.least if threshold else 0
        self.reduces = offer.execution == forms.REDUCE
        caps = (limits.most_amount, getattr(offer.form, "cap", None))
        self.most_amount = min((cap for cap in caps if cap), default=NO_BOUND)
        self.first_group = min(limits.groups, default=None)
        self.unit = _unit(offer.form)


class Compiled:
    """``rules`` in order, and for each condition which offers have it."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        ordered = sorted(offers, key=lambda offer: (offer.limits.stack, offer.code))
        self.rules = tuple(Rule(index, offer) for index, offer in enumerate(ordered))
        self.all = (1 << len(ordered)) - 1
        self._refused: dict[str, dict[int, Verdict]] = defaultdict(dict)
        self.starts = Moments([offer.trigger.starts for offer in ordered])
        self.ends = Moments([offer.trigger.ends for offer in ordered])
        self.recurrences = _recurrences(ordered)
        self.currency = Condition(ordered, lambda offer: (offer.currency,) if offer.currency else ())
        self.channel = Condition(ordered, lambda offer: offer.trigger.channels)
        self.place = Condition(ordered, lambda offer: offer.trigger.organizations)
        self.region = Condition(ordered, lambda offer: offer.trigger.regions)
        self.tier = Condition(ordered, lambda offer: offer.trigger.tiers)
        self.tag = Condition(ordered, lambda offer: offer.trigger.tags)
        self.audience = Condition(ordered, lambda offer: offer.trigger.audiences)
        self.coupon = Condition(
            ordered, lambda offer: (offer.trigger.coupon,) if offer.trigger.coupon else ()
        )
        self.members = _mask(ordered, _needs_member)
        self.new = _mask(ordered, lambda offer: offer.trigger.new)
        self.birthdays = {
            kind: _mask(ordered, lambda offer, kind=kind: offer.trigger.birthday == kind)
            for kind in ("day", "week", "month")
        }
        self.capped = _mask(ordered, _is_capped)
        self.articles = _mask(ordered, lambda offer: isinstance(offer.form, forms.Article))
        self.goods = GoodsIndex(ordered)

    def mask(self, codes: Container[str]) -> int:
        """Of the rules with these codes."""
        return sum(1 << rule.index for rule in self.rules if rule.code in codes)

    def refuse(
        self, reason: str, indexes: Iterable[int], verdicts: list[Verdict | None],
        params: Callable[[Offer], dict] | None = None,
    ) -> None:  # fmt: skip
        """Write the verdict of each, which is the same for every basket; made once."""
        known = self._refused[reason]
        for index in indexes:
            found = known.get(index)
            if found is None:
                offer = self.rules[index].offer
                told = params(offer) if params else {}
                found = known[index] = Verdict(offer=offer.code, state=REFUSED, reason=reason, params=told)
            verdicts[index] = found


class Condition:
    """Offers that ask for one of some words."""

    __slots__ = ("anywhere", "by_word")

    def __init__(self, offers: Sequence[Offer], words: Callable[[Offer], Iterable[str]]) -> None:
        self.anywhere = 0
        by_word: dict[str, int] = defaultdict(int)
        for index, offer in enumerate(offers):
            asked = words(offer)
            if not asked:
                self.anywhere |= 1 << index
            for word in asked:
                by_word[word] |= 1 << index
        self.by_word = dict(by_word)

    def met(self, words: Iterable[str]) -> int:
        """Mask of the offers that ask for none, or for one of these."""
        found = self.anywhere
        by_word = self.by_word
        for word in words:
            found |= by_word.get(word, 0)
        return found


class Moments:
    """Offers by a moment; ``passed(at)``: those whose moment has come."""

    __slots__ = ("masks", "moments", "never")

    def __init__(self, moments: Sequence[datetime | None]) -> None:
        self.never = sum(1 << index for index, moment in enumerate(moments) if moment is None)
        known = sorted((moment, index) for index, moment in enumerate(moments) if moment)
        self.moments, self.masks = [moment for moment, _index in known], [0]
        for _moment, index in known:
            self.masks.append(self.masks[-1] | 1 << index)

    def passed(self, at: datetime) -> int:
        return self.masks[bisect_right(self.moments, at)]


class GoodsIndex:
    """Which offers a line belongs to, by offer.Goods."""

    __slots__ = (
        "all",
        "any_brand",
        "brand",
        "category",
        "except_brand",
        "except_category",
        "except_sku",
        "set",
        "sku",
    )

    def __init__(self, offers: Sequence[Offer]) -> None:
        goods = [offer.trigger.goods for offer in offers]
        self.all = sum(
            1 << index for index, each in enumerate(goods) if not (each.skus or each.categories or each.sets)
        )
        self.any_brand = sum(1 << index for index, each in enumerate(goods) if not each.brands)
        self.sku, self.category, self.set = (_words(goods, name) for name in ("skus", "categories", "sets"))
        self.brand = _words(goods, "brands")
        self.except_sku, self.except_category, self.except_brand = (
            _words(goods, f"except_{name}") for name in ("skus", "categories", "brands")
        )

    def of(self, sku: str, category: str, brand: str, sets: Iterable[str]) -> int:
        """Mask of the offers whose goods such a line is."""
        found = self.all | self.sku.get(sku, 0) | self.category.get(category, 0)
        for code in sets:
            found |= self.set.get(code, 0)
        found &= self.any_brand | self.brand.get(brand, 0)
        excepted = self.except_sku.get(sku, 0) | self.except_category.get(category, 0)
        return found & ~(excepted | self.except_brand.get(brand, 0))


def compile(offers: Iterable[Offer]) -> Compiled:
    """Raises ValueError if a code stands twice."""
    offers = tuple(offers)
    codes = [offer.code for offer in offers]
    if len(set(codes)) < len(codes):
        twice = next(code for code in codes if codes.count(code) > 1)
        raise ValueError(f"offer {twice} stands twice: give each offer its own code")
    return Compiled(offers)


def _unit(form: forms.Form) -> int:
    """What one time is worth, in minor units; 0 where it depends on the goods."""
    if isinstance(form, forms.Packet):
        return form.total // form.count if form.count else (form.least + form.most) // 2
    if isinstance(form, forms.Voucher):
        return form.worth * form.count
    return getattr(form, UNITS.get(type(form), "_"), 0)


def _needs_member(offer: Offer) -> bool:
    kept = offer.execution != forms.REDUCE and isinstance(offer.form, forms.TO_MEMBERS)
    red_packet = offer.execution != forms.REDUCE and isinstance(offer.form, forms.Cash)
    return bool(offer.trigger.asks_member() or offer.limits.per_member or kept or red_packet)


def _is_capped(offer: Offer) -> bool:
    limits = offer.limits
    return bool(limits.per_member or limits.per_day or limits.per_store or limits.per_campaign)


def _mask(offers: Sequence[Offer], true: Callable[[Offer], object]) -> int:
    return sum(1 << index for index, offer in enumerate(offers) if true(offer))


def _words(goods: Sequence[Goods], name: str) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for index, each in enumerate(goods):
        for word in getattr(each, name):
            found[word] |= 1 << index
    return dict(found)


def _recurrences(offers: Sequence[Offer]) -> list[tuple[Recurrence, int]]:
    masks: dict[Recurrence, int] = defaultdict(int)
    for index, offer in enumerate(offers):
        if offer.trigger.recurrence:
            masks[offer.trigger.recurrence] |= 1 << index
    return list(masks.items())
