"""A sale at a till in words: what it holds, what its till was answered, its lines, its offers with why."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation

import msgspec
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.admin import verdict_words
from campaigns.admin.coupons import masked
from campaigns.admin.offer_choices import Offered
from campaigns.admin.units import WHOLE, money, pieces
from campaigns.models import Coupon, CouponTemplate, PriceProof, Reward, TillOperation, TillOrder
from campaigns.offers import reading
from campaigns.offers.currencies import digits
from campaigns.offers.quote import Extra, Quote
from campaigns.queries import offer_names
from campaigns.queries.till import priced_again, story
from campaigns.queries.till.activity import Reserved
from campaigns.queries.till.priced_again import RuleSets
from campaigns.queries.trying import Tried
from members.admin.decimals import of_book, plain
from members.models import Book

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
METHODS = {"cash": gettext_lazy("cash")}
BOOK, UNCOVERED = "book:", "uncovered:"
COUPON_TONES = {"claimed": "nf-good", "held": "nf-wait", "withdrawn": "nf-bad"}


def amount(value: Decimal, currency: str) -> str:
    """1,234.50 CNY, 1,234 JPY."""
    return f"{plain(value, least=digits(currency))} {currency}".strip()


def told_amount(text: str, currency: str) -> str:
    """Of an amount as a till was told it, or sent it; what is none stays as it is."""
    found = _decimal(text)
    return text if found is None else amount(found, currency)


def _told_pieces(text: str) -> str:
    found = _decimal(text)
    return text if found is None else plain(found)


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def clock(off: dt.timedelta) -> str:
    minutes = round(abs(off).total_seconds() / 60)
    fast = ngettext("at least %d minute fast", "at least %d minutes fast", minutes)
    slow = ngettext("at least %d minute slow", "at least %d minutes slow", minutes)
    return (fast if off > dt.timedelta() else slow) % minutes


def offers_in(held: Iterable[Reserved]) -> set[str]:
    """The codes of the offers that pay out of what is held."""
    return {part.draw.offer for each in held for part in each.parts if part.draw is not None}


def reserved(held: Reserved, *, names: Mapping[str, str]) -> list[str]:
    """One line a thing that a sale holds. ``names``: of offers by code."""
    return [*_coupons(held.coupons), *_parts(held, names)]


def _coupons(coupons: Iterable[Coupon]) -> Iterator[str]:
    for coupon in coupons:
        yield _("coupon %(name)s (%(code)s)") % {"name": coupon.template.name, "code": masked(coupon.code)}


def _parts(held: Reserved, names: Mapping[str, str]) -> Iterator[str]:
    for part in held.parts:
        told = {"amount": of_book(part.posting.book, part.amount), "book": part.posting.book.name}
        if part.draw is None:
            yield _("the customer's %(amount)s (%(book)s)") % told
        else:
            told |= {"budget": part.draw.budget.name, "offer": names.get(part.draw.offer, part.draw.offer)}
            yield _("%(amount)s of the budget “%(budget)s” for “%(offer)s”") % told


def answered(answer: dict) -> dict:
    """Of an answer to a till, what tells nothing of a person."""
    until, total = answer.get("held_until"), answer.get("refund") or answer.get("total") or ""
    told = {"store": str(answer.get("store", "")), "total": str(total)}
    return told | {"until": parse_datetime(until) if isinstance(until, str) else None}


def verb(operation: TillOperation) -> str:
    return str(VERBS.get(operation.verb, operation.verb))


def operations(sale: TillOrder) -> list[dict]:
    found = [
        {"operation": each, "verb": verb(each), **answered(story.answered(each))}
        for each in story.operations_of(sale=sale)
    ]
    return [
        row | {"total": told_amount(row["total"], sale.currency) if row["total"] else ""} for row in found
    ]


def asked(sale: TillOrder) -> list[dict]:
    """The lines of a basket that is not priced yet, as its till sent them; none after an erasure."""
    try:
        lines = json.loads(sale.asked)["lines"]
    except (ValueError, KeyError, TypeError):
        return []
    return [
        {
            "sku": each["sku"],
            "pieces": _told_pieces(str(each["quantity"])),
            "list": told_amount(str(each["unit_price"]), sale.currency),
        }
        for each in lines
    ]


def priced(sale: TillOrder, offered: Offered) -> dict:
    """What was quoted: each line, what comes along, and of each offer why. Empty for a basket that is only kept."""
    if not sale.quote or not sale.basket:
        return {}
    quote, basket = _whole(sale), reading.basket(sale.basket)
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
                "less": money(each.list - each.net, currency) if each.list != each.net else "",
                "parts": [(names.get(part.offer, part.offer), money(part.amount, currency)) for part in each.parts],
            }
            for each in quote.lines
        ],
        "extras": [_extra(each, names, currency) for each in (*quote.gifts, *quote.exchanges)],
        "total_list": money(quote.total_list, currency), "discount": money(quote.discount, currency),
        "proven": quote.proven, "gap": money(quote.bound - quote.gain, currency),
        "verdicts": verdict_words.rows(_known(tried), currency=currency, offered=offered),
    }  # fmt: skip


def _whole(sale: TillOrder) -> Quote:
    if sale.rule_set_id is None:
        return reading.quote(sale.quote)
    rules = RuleSets().of(sale.rule_set_id)
    return priced_again.whole(basket=sale.basket, quote=sale.quote, rules=rules)


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


def names(sale: TillOrder, held: Reserved) -> dict[str, str]:
    """{code of an offer: what people call it} of all that this sale tells of."""
    codes = {*sale.uses.values_list("offer", flat=True), *sale.rewards.values_list("offer", flat=True)}
    return offer_names.of(codes | offers_in([held]))


def uses(sale: TillOrder, *, names: Mapping[str, str]) -> list[dict]:
    return [
        {
            "use": each, "name": names.get(each.offer, each.offer),
            "discount": money(each.discount, sale.currency) if each.discount else "",
        }
        for each in sale.uses.order_by("id")
    ]  # fmt: skip


def rewards(sale: TillOrder, *, names: Mapping[str, str]) -> list[dict]:
    rows = list(sale.rewards.order_by("id"))
    books = _books({each.what for each in rows})
    templates = {each.what for each in rows if each.kind == Reward.Kind.VOUCHER}
    called = dict(CouponTemplate.objects.filter(code__in=templates).values_list("code", "name"))
    called |= {code: book.name for code, book in books.items()}
    return [
        {
            "reward": each, "amount": _amount(each, each.amount, sale.currency, books),
            "what": called.get(each.what, each.what), "offer": names.get(each.offer, each.offer),
            "tone": REWARD_TONES.get(each.state, ""), "short": each.short,
            "back": _back(each, sale.currency, books),
        }
        for each in rows
    ]  # fmt: skip


def _books(codes: set[str]) -> dict[str, Book]:
    return {book.code: book for book in Book.objects.filter(code__in=codes - {""})}


def _back(reward: Reward, currency: str, books: Mapping[str, Book]) -> str:
    if reward.state != Reward.State.PART or reward.kind == Reward.Kind.MULTIPLIER:
        return ""
    return _amount(reward, reward.back, currency, books)


def _amount(reward: Reward, steps: int, currency: str, books: Mapping[str, Book]) -> str:
    if reward.kind in ("cash", "packet"):
        return money(steps, currency)
    if reward.kind == "goods":
        return pieces(steps)
    if reward.kind == "multiplier":
        return f"× {plain(Decimal(steps) / WHOLE)}"
    book = books.get(reward.what) if reward.kind == "points" else None
    return plain(book.shown(steps), least=book.scale) if book else plain(Decimal(steps))


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
        paid = [(BOOK + book, money(minor, sale.currency)) for book, _amount, minor in json.loads(sale.paid)]
    else:
        rows = sale.order.payments.order_by("position")
        paid = [(each.method, amount(each.amount, sale.currency)) for each in rows]
    books = _books({method.rpartition(":")[2] for method, _amount in paid})
    return [
        {"method": _method(method, books), "amount": told, "waits": sale.order is None}
        for method, told in paid
    ]


def _method(method: str, books: Mapping[str, Book]) -> str:
    """As people call it: of value the name of its book; what tills name themselves stays as they name it."""
    kind, colon, code = method.rpartition(":")
    if not colon:
        return str(METHODS.get(method, method))
    name = books[code].name if code in books else code
    return _("%s, beyond what was allowed") % name if f"{kind}:" == UNCOVERED else name
