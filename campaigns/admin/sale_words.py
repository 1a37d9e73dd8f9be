"""A sale at a till in words: what it holds, what its till was answered, its lines, its offers with why."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.admin import verdict_words
from campaigns.admin.coupons import masked
from campaigns.admin.offer_choices import Offered
from campaigns.admin.units import WHOLE, money, pieces
from campaigns.models import Coupon, PriceProof, Reward, TillOperation, TillOrder
from campaigns.offers import reading
from campaigns.offers.quote import Extra
from campaigns.queries.till import story
from campaigns.queries.till.activity import Reserved
from campaigns.queries.trying import Tried
from members.admin.decimals import of_book, plain

STATES = {"open": "info", "held": "warning", "committed": "success", "cancelled": "danger"}
TONES = {"open": "", "held": "nf-wait", "committed": "nf-good", "cancelled": "nf-bad"}
VERBS = {
    "put": gettext_lazy("basket kept"), "hold": gettext_lazy("held"), "commit": gettext_lazy("sold"),
    "cancel": gettext_lazy("cancelled"), "return": gettext_lazy("taken back"), "allow": gettext_lazy("allowance given"),
    "upload": gettext_lazy("told later, without a line then"), "claim": gettext_lazy("coupon claimed"),
    "redeem": gettext_lazy("coupon used without a sale"), "right": gettext_lazy("right used"),
}  # fmt: skip
REWARD_TONES = {
    "given": "nf-good",
    "due": "nf-wait",
    "held": "nf-wait",
    "part": "nf-wait",
    "missed": "nf-bad",
}
COUPON_TONES = {"claimed": "nf-good", "held": "nf-wait", "withdrawn": "nf-bad"}


def amount(value: Decimal, currency: str) -> str:
    """1,234.50 CNY."""
    return f"{plain(value, least=2)} {currency}"


def clock(off: dt.timedelta) -> str:
    minutes = round(abs(off).total_seconds() / 60)
    fast = ngettext("at least %d minute fast", "at least %d minutes fast", minutes)
    slow = ngettext("at least %d minute slow", "at least %d minutes slow", minutes)
    return (fast if off > dt.timedelta() else slow) % minutes


def reserved(held: Reserved) -> list[str]:
    """One line a thing that a sale holds."""
    return [*_coupons(held.coupons), *_parts(held)]


def _coupons(coupons: Iterable[Coupon]) -> Iterator[str]:
    for coupon in coupons:
        yield _("coupon %(name)s (%(code)s)") % {"name": coupon.template.name, "code": masked(coupon.code)}


def _parts(held: Reserved) -> Iterator[str]:
    for part in held.parts:
        told = {"amount": of_book(part.posting.book, part.amount), "book": part.posting.book.name}
        if part.draw is None:
            yield _("the customer's %(amount)s (%(book)s)") % told
        else:
            told |= {"budget": part.draw.budget.name, "offer": part.draw.offer}
            yield _("%(amount)s of the budget “%(budget)s” for %(offer)s") % told


def answered(answer: dict) -> dict:
    """Of an answer to a till, what tells nothing of a person."""
    until, total = answer.get("held_until"), answer.get("refund") or answer.get("total") or ""
    told = {"store": str(answer.get("store", "")), "total": str(total)}
    return told | {"until": parse_datetime(until) if isinstance(until, str) else None}


def verb(operation: TillOperation) -> str:
    return str(VERBS.get(operation.verb, operation.verb))


def operations(sale: TillOrder) -> list[dict]:
    return [
        {"operation": each, "verb": verb(each), **answered(story.answered(each))}
        for each in story.operations_of(sale=sale)
    ]


def asked(sale: TillOrder) -> list[dict]:
    """The lines of a basket that is not priced yet, as its till sent them; none after an erasure."""
    try:
        lines = json.loads(sale.asked)["lines"]
    except (ValueError, KeyError, TypeError):
        return []
    return [
        {"sku": each["sku"], "pieces": each["quantity"], "list": f"{each['unit_price']} {sale.currency}"}
        for each in lines
    ]


def priced(sale: TillOrder, offered: Offered) -> dict:
    """What was quoted: each line, what comes along, and of each offer why. Empty for a basket that is only kept."""
    if not sale.quote or not sale.basket:
        return {}
    quote, basket = reading.quote(sale.quote), reading.basket(sale.basket)
    currency = sale.currency
    known = story.offers(codes={each.offer for each in quote.verdicts}, at=sale.held_at)
    tried = Tried(quote, frozenset(), (), known)
    names = {code: offer.name or code for code, offer in known.items()}
    sold = {line.number: line for line in basket.lines}
    return {
        "lines": [
            {
                "sku": sold[each.number].sku, "pieces": pieces(each.quantity),
                "list": money(each.list, currency), "net": money(each.net, currency),
                "parts": [(names.get(part.offer, part.offer), money(part.amount, currency)) for part in each.parts],
            }
            for each in quote.lines
        ],
        "extras": [_extra(each, names, currency) for each in (*quote.gifts, *quote.exchanges)],
        "total_list": money(quote.total_list, currency), "discount": money(quote.discount, currency),
        "proven": quote.proven, "gap": money(quote.bound - quote.gain, currency),
        "verdicts": verdict_words.rows(_known(tried), currency=currency, offered=offered),
    }  # fmt: skip


def _known(tried: Tried) -> Tried:
    """Without verdicts on offers of which nothing is known any more."""
    verdicts = tuple(each for each in tried.quote.verdicts if each.offer in tried.offers)
    return dataclasses.replace(tried, quote=msgspec.structs.replace(tried.quote, verdicts=verdicts))


def _extra(extra: Extra, names: dict[str, str], currency: str) -> dict:
    price = money(extra.amount, currency) if extra.amount else _("free")
    return {
        "sku": extra.sku,
        "pieces": pieces(extra.quantity),
        "offer": names.get(extra.offer, extra.offer),
        "price": price,
    }


def coupons(sale: TillOrder) -> list[dict]:
    return [
        {"coupon": each, "code": masked(each.code), "tone": COUPON_TONES.get(each.state, "")}
        for each in story.coupons_of(sale=sale)
    ]


def uses(sale: TillOrder) -> list[dict]:
    return [
        {"use": each, "discount": money(each.discount, sale.currency) if each.discount else ""}
        for each in sale.uses.order_by("id")
    ]


def rewards(sale: TillOrder) -> list[dict]:
    return [
        {
            "reward": each, "amount": _amount(each, each.amount, sale.currency), "tone": REWARD_TONES.get(each.state, ""),
            "back": _amount(each, each.back, sale.currency) if each.state == "part" and each.kind != "multiplier" else "",
            "short": each.short,
        }
        for each in sale.rewards.order_by("id")
    ]  # fmt: skip


def _amount(reward: Reward, steps: int, currency: str) -> str:
    if reward.kind in ("cash", "packet"):
        return money(steps, currency)
    if reward.kind == "goods":
        return pieces(steps)
    return f"× {plain(Decimal(steps) / WHOLE)}" if reward.kind == "multiplier" else plain(Decimal(steps))


def returns(sale: TillOrder) -> list[dict]:
    """What came back of it, line by line."""
    skus = _skus(sale)
    return [
        {
            "back": each, "total": money(each.total, sale.currency),
            "lines": [
                f"{pieces(line.quantity)} × {skus.get(line.line, line.line)}: {money(line.refund, sale.currency)}"
                for line in each.lines.all()
            ],
        }
        for each in sale.returns.select_related("store").prefetch_related("lines").order_by("at", "id")
    ]  # fmt: skip


def _skus(sale: TillOrder) -> dict[int, str]:
    if sale.order is None:
        return {}
    return dict(sale.order.lines.values_list("line", "sku"))


def proof(sale: TillOrder) -> PriceProof | None:
    """Where in the chain of its store and day its price is proved."""
    return PriceProof.objects.filter(sale=sale).only("day", "number").first()


def payments(sale: TillOrder) -> list[dict]:
    """Of a sale that is done what its order says; of a held one what its value will pay."""
    if sale.order is None:
        return [
            {"method": book, "amount": money(minor, sale.currency), "waits": True}
            for book, _amount, minor in json.loads(sale.paid)
        ]
    rows = sale.order.payments.order_by("position")
    return [
        {"method": each.method.removeprefix("book:"), "amount": amount(each.amount, sale.currency), "waits": False}
        for each in rows
    ]  # fmt: skip
