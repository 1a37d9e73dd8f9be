"""A verdict and its steps as sentences of the till's language: 18.00 more → 20.00 off."""

from collections.abc import Callable, Mapping
from datetime import datetime

from campaigns.offers import forms
from campaigns.offers.offer import Offer, Recurrence
from campaigns.offers.quote import APPLIED, BEATEN, NEAR, REFUSED, Steps, Value, Verdict
from campaigns.offers.wording import Named, Wording, codes

RIVALS = ("by", "better", "alone")
SHORT = ("missing", "least", "of")
RECURRENCE = ("weekdays", "days", "hours")

# By state and reason the params of a verdict. Those of a recurrence stand there if it names them.
REASONS: dict[tuple[str, str], tuple[str, ...]] = {
    (APPLIED, ""): (),
    (REFUSED, "not_begun"): ("at",),
    (REFUSED, "over"): ("at",),
    (REFUSED, "weekday"): RECURRENCE,
    (REFUSED, "day"): RECURRENCE,
    (REFUSED, "hours"): RECURRENCE,
    (REFUSED, "currency"): ("currency",),
    (REFUSED, "channel"): ("channels",),
    (REFUSED, "place"): ("organizations",),
    (REFUSED, "region"): ("regions",),
    (REFUSED, "guest"): (),
    (REFUSED, "tier"): ("tiers",),
    (REFUSED, "tag"): ("tags",),
    (REFUSED, "audience"): ("audiences",),
    (REFUSED, "birthday"): ("within",),
    (REFUSED, "new"): (),
    (REFUSED, "no_coupon"): ("template",),
    (REFUSED, "coupon_over"): ("template",),
    (REFUSED, "no_goods"): (),
    (REFUSED, "used_up_member"): ("most",),
    (REFUSED, "used_up_day"): ("most",),
    (REFUSED, "used_up_store"): ("most",),
    (REFUSED, "used_up_campaign"): ("most",),
    (REFUSED, "no_budget"): ("left", "needs"),
    (REFUSED, "not_offered"): ("sku", "skus"),
    (REFUSED, "no_gain"): (),
    (NEAR, "below"): SHORT,
    (NEAR, "fewer"): SHORT,
    (NEAR, "choose"): ("skus", "price"),
    (BEATEN, "alone"): RIVALS,
    (BEATEN, "excluded_by"): RIVALS,
    (BEATEN, "pool"): RIVALS,
    (BEATEN, "no_coupon"): RIVALS,
    (BEATEN, "beaten"): RIVALS,
}


def verdict(
    verdict: Verdict,
    offers: Mapping[str, Offer],
    *,
    currency: str,
    language: str = "en",
    named: Named = codes,
) -> str:
    """One sentence, without the offer's own name. ``offers``: by code, this one and those it names; ``currency``: of the basket;
    ``language``: a code like ``zh-Hans``. Raises KeyError for a verdict of an engine that knows more reasons.
    """
    words, offer = Wording(language, currency, named), offers[verdict.offer]
    if verdict.state == APPLIED:
        return words.sentence(_applied(words, offer, verdict.steps))
    if verdict.state == BEATEN:
        return words.sentence(_beaten(words, verdict, offers))
    fields = {name: PARAMS[name](words, value) for name, value in verdict.params.items() if name in PARAMS}
    fields |= {"goods": words.goods(offer.trigger.goods), "effect": words.effect(offer)}
    if "of" in verdict.params:
        fields["missing"] = words.measured(verdict.params["of"], verdict.params["missing"])
    return words.sentence(words.say(_key(verdict, fields["goods"]), **_whole(words, verdict, fields)))


def steps(
    verdict: Verdict,
    offers: Mapping[str, Offer],
    *,
    currency: str,
    language: str = "en",
    named: Named = codes,
) -> tuple[str, ...]:
    """How an offer was applied, a sentence a step: base, threshold, effect, and what falls on each line. Empty for other verdicts."""
    done = verdict.steps
    if done is None:
        return ()
    words, offer = Wording(language, currency, named), offers[verdict.offer]
    told = [words.say("step.base", stack=done.stack, base=words.measured(done.of, done.base))]
    if done.least:
        told.append(
            words.say("step.least", least=words.measured(done.of, done.least), times=words.times(done.times))
        )
    key = "step.off" if offer.execution == forms.REDUCE else "step.worth"
    told.append(words.say(key, amount=words.money(done.effect)))
    told += [
        words.say("step.line", number=share.number, amount=words.money(share.amount)) for share in done.shares
    ]
    return tuple(words.sentence(text) for text in told)


def _applied(words: Wording, offer: Offer, done: Steps) -> str:
    if offer.execution == forms.REDUCE:
        return words.say("applied", effect=words.say("cash.off", amount=words.money(done.effect)))
    return words.say("applied", effect=words.effect(offer, done.times))


def _beaten(words: Wording, verdict: Verdict, offers: Mapping[str, Offer]) -> str:
    by, better = verdict.params["by"], verdict.params["better"]
    if not by:
        return words.say("beaten.nothing")
    told = words.say(f"beaten.{verdict.reason}", by=words.called(by, offers))
    if better > 0:
        return told + words.say("saves", better=words.money(better))
    return told if better else told + words.say("saves.same")


def _key(verdict: Verdict, goods: str) -> str:
    key = f"{verdict.state}.{verdict.reason}"
    return f"{key}_of" if "of" in verdict.params and goods else key


def _whole(words: Wording, verdict: Verdict, fields: dict[str, str]) -> dict[str, str]:
    """What is told of several params at once, or of one otherwise than elsewhere."""
    params = verdict.params
    fields["goods"] = fields["goods"] or words.say("goods.any")
    if verdict.reason == "over":
        fields["at"] = words.end(datetime.fromisoformat(params["at"]))
    if verdict.reason in ("weekday", "day", "hours"):
        fields["recurrence"] = words.recurrence(_recurrence(params))
    return fields


def _recurrence(params: Mapping[str, Value]) -> Recurrence:
    weekdays, days = (frozenset(map(int, params.get(name, ()))) for name in ("weekdays", "days"))
    return Recurrence(weekdays=weekdays, days=days, hours=params.get("hours", ()))


def _named(kind: str) -> Callable[[Wording, Value], str]:
    return lambda words, value: words.names(kind, [value] if isinstance(value, str) else value)


PARAMS: dict[str, Callable[[Wording, Value], str]] = {
    "at": lambda words, value: words.begin(datetime.fromisoformat(value)),
    "currency": lambda words, value: value,
    "channels": _named("channel"),
    "organizations": _named("organization"),
    "regions": _named("region"),
    "tiers": _named("tier"),
    "tags": _named("tag"),
    "audiences": _named("audience"),
    "within": lambda words, value: words.say(f"for.birthday.{value}"),
    "template": _named("template"),
    "most": lambda words, value: words.times(value),
    "left": lambda words, value: words.money(value),
    "needs": lambda words, value: words.money(value),
    "sku": _named("sku"),
    "skus": lambda words, value: words.joined([words.named("sku", sku) for sku in value]),
    "price": lambda words, value: words.money(value),
}
