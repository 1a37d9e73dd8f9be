"""A quote as the cashier reads it, the same whether the house or the till itself has priced."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from campaigns.offers import quote as quotes
from campaigns.offers import words
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote, Reward
from campaigns.till import figures


class Line(Struct):
    line: int
    list: str
    net: str


class Said(Struct):
    """Of one offer or coupon, in words. ``state``: applied, near, beaten, refused."""

    name: str
    state: str
    says: str


class Told(Struct):
    """``alone``: priced by the till itself; ``ruled``: by rules. ``proven``: no allowed combination is better."""

    lines: list[Line]
    total_list: str
    discount: str
    total: str
    said: list[Said]
    gifts: list[str]
    rewards: list[str]
    choices: list[str]
    proven: bool
    digest: str
    alone: bool
    ruled: bool = True


def online(answer: dict) -> Told:
    """What POST pos/quotes answers."""
    lines = [Line(each["line"], each["list"], each["net"]) for each in answer["lines"]]
    said = [Said(each["name"], each["state"], each["says"]) for each in answer["offers"]]
    said += [Said(each["code"], each["state"], each["says"]) for each in answer["coupons"] if each["says"]]
    return Told(
        lines=lines, total_list=answer["total_list"], discount=answer["discount"], total=answer["total"], said=said,
        gifts=[f"{each['quantity']} × {each['sku']}" for each in (*answer["gifts"], *answer["exchanges"])],
        rewards=[_reward(each["kind"], each["amount"], each["what"], each["when"]) for each in answer["rewards"]],
        choices=[f"{each['offer']}: {', '.join(each['skus'])} for {each['price']}" for each in answer["choices"]],
        proven=answer["proven"], digest=answer["digest"], alone=False,
    )  # fmt: skip


def offline(
    quote: Quote,
    offers: Mapping[str, Offer],
    *,
    currency: str,
    language: str,
    explain: bool,
    digest: str,
    ruled: bool = True,
) -> Told:
    """What the engine says."""

    def money(minor: int) -> str:
        return figures.money(minor, currency)

    return Told(
        lines=[Line(each.number, money(each.list), money(each.net)) for each in quote.lines],
        total_list=money(quote.total_list),
        discount=money(quote.discount),
        total=money(quote.total),
        said=list(_said(quote, offers, currency, language, explain=explain)),
        gifts=[f"{figures.pieces(each.quantity)} × {each.sku}" for each in (*quote.gifts, *quote.exchanges)],
        rewards=[
            _reward(each.kind, _amount(each, offers[each.offer], currency), each.what, each.when or "now")
            for each in quote.rewards
        ],
        choices=[
            f"{each.offer}: {', '.join(each.params['skus'])} for {money(each.params['price'])}"
            for each in quote.verdicts
            if each.reason == "choose"
        ],
        proven=quote.proven,
        digest=digest,
        alone=True,
        ruled=ruled,
    )


def _said(
    quote: Quote, offers: Mapping[str, Offer], currency: str, language: str, *, explain: bool
) -> Iterator[Said]:
    for verdict in quote.verdicts:
        if verdict.state != quotes.REFUSED or explain:
            says = words.verdict(verdict, offers, currency=currency, language=language)
            yield Said(offers[verdict.offer].name, verdict.state, says)


def _amount(reward: Reward, offer: Offer, currency: str) -> str:
    if reward.kind in ("cash", "packet"):
        return figures.money(reward.amount, currency)
    if reward.kind == "multiplier":
        return figures.plain(reward.amount, 4)
    return figures.plain(reward.amount, getattr(offer.form, "digits", 0))


def _reward(kind: str, amount: str, what: str, when: str) -> str:
    return f"{kind} {amount} {what}".strip() + ("" if when == "now" else f", once {when}")
