"""A whole offer as one sentence: when, where and for whom; what it gives for what; how far it goes.

From 8 to 10 June 2026, in stores of Qingdao: 50.00 off for every 300.00 of washing machines; at most 100.00 in a basket
"""

from collections.abc import Iterator

from msgspec import structs

from campaigns.offers import forms
from campaigns.offers.offer import Offer, Trigger
from campaigns.offers.wording import Named, Wording, codes

PLACES = {"regions": "region", "organizations": "organization", "channels": "channel"}
PEOPLE = {"tiers": "tier", "tags": "tag", "audiences": "audience"}


def offer(offer: Offer, *, language: str = "en", named: Named = codes) -> str:
    """All that the offer says but its code, name, activity and version: two offers that mean different things are told differently."""
    words = Wording(language, offer.currency, named)
    parts = [*_when_and_where(words, offer.trigger), *_for_whom(words, offer.trigger)]
    told = _within(words, parts) + _core(words, offer)
    return words.sentence(words.table.WORDS["semicolon"].join([told, *_limits(words, offer)]))


def to_customers(offer: Offer, *, language: str = "en", named: Named = codes) -> str:
    """What a customer has to know of it: not which of the house's lists he is in, nor how the house reckons."""
    words, limits = Wording(language, offer.currency, named), offer.limits
    trigger = structs.replace(offer.trigger, tags=frozenset(), audiences=frozenset(), coupon="")
    parts = [*_when_and_where(words, trigger), *_for_whom(words, trigger)]
    told = [_within(words, parts) + _core(words, offer), *_caps(words, offer)]
    told += [words.say("limit.alone")] if limits.alone else []
    told += [*_later(words, offer)]
    told += [words.say("limit.currency", currency=offer.currency)] if offer.currency else []
    return words.sentence(words.table.WORDS["semicolon"].join(told))


def _within(words: Wording, parts: list[str]) -> str:
    context = words.table.WORDS["comma"].join(parts)
    return context + words.table.WORDS["colon"] if context else ""


def _when_and_where(words: Wording, trigger: Trigger) -> Iterator[str]:
    if window := words.window(trigger.starts, trigger.ends):
        yield window
    if trigger.recurrence and (recurrence := words.recurrence(trigger.recurrence)):
        yield recurrence
    for field, kind in PLACES.items():
        if asked := getattr(trigger, field):
            yield words.say(f"in.{field}", words=words.names(kind, asked))


def _for_whom(words: Wording, trigger: Trigger) -> Iterator[str]:
    if trigger.members:
        yield words.say("for.members")
    for field, kind in PEOPLE.items():
        if asked := getattr(trigger, field):
            yield words.say(f"for.{field}", words=words.names(kind, asked))
    if trigger.birthday:
        yield words.say(f"for.birthday.{trigger.birthday}")
    if trigger.new:
        yield words.say("for.new")
    if trigger.coupon:
        yield words.say("for.coupon", template=words.named("template", trigger.coupon))


def _core(words: Wording, offer: Offer) -> str:
    effect, goods, threshold = words.effect(offer), words.goods(offer.trigger.goods), offer.trigger.threshold
    if threshold is None:
        key = "told.on" if offer.execution == forms.REDUCE else "told.with"
        return words.say(key, effect=effect, goods=goods) if goods else effect
    key = "told.every" if offer.limits.every else "told.from"
    least = words.measured(threshold.of, threshold.least)
    return words.say(f"{key}_of" if goods else key, effect=effect, least=least, goods=goods)


def _caps(words: Wording, offer: Offer) -> Iterator[str]:
    limits = offer.limits
    if limits.every and not offer.trigger.threshold:
        yield words.say("limit.each_coupon")
    if limits.most_times:
        yield words.say("limit.most_times", times=words.times(limits.most_times))
    caps = [cap for cap in (limits.most_amount, getattr(offer.form, "cap", None)) if cap]
    if caps:
        yield words.say("limit.most_amount", amount=words.money(min(caps)))
    for cap in ("per_member", "per_day", "per_store", "per_campaign"):
        if most := getattr(limits, cap):
            yield words.say(f"limit.{cap}", times=words.times(most))


def _limits(words: Wording, offer: Offer) -> Iterator[str]:
    limits = offer.limits
    yield from _caps(words, offer)
    if limits.groups:
        yield words.say("limit.groups", words=words.names("group", limits.groups, "and"))
    if limits.alone:
        yield words.say("limit.alone")
    if limits.pool:
        yield words.say("limit.pool", pool=words.named("pool", limits.pool))
    yield from _reckoning(words, offer)


def _reckoning(words: Wording, offer: Offer) -> Iterator[str]:
    limits, form = offer.limits, offer.form
    if limits.base == "list":
        yield words.say("limit.list")
    if limits.stack > 1:
        yield words.say("limit.stack", stack=limits.stack)
    yield from _later(words, offer)
    if isinstance(form, forms.Multiplier):
        yield words.say("worth.share", share=words.share(form.worth))
    elif worth := getattr(form, "worth", 0):
        yield words.say("worth", amount=words.money(worth))
    if offer.currency:
        yield words.say("limit.currency", currency=offer.currency)


def _later(words: Wording, offer: Offer) -> Iterator[str]:
    if offer.after:
        days = words.counted("days", words.number(offer.days, 0))
        yield words.say(f"given.{offer.after}.days" if offer.days else f"given.{offer.after}", days=days)
