"""Offers and baskets in few words; amounts in fen, quantities in pieces."""

from campaigns.offers import compiling, pricing, reading
from campaigns.offers.basket import Basket
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote, Verdict

AT = "2026-06-08T12:00:00+08:00"
POINTS = {"kind": "points", "book": "points", "amount": 50, "worth": 50}
GIFT = {"kind": "goods", "skus": ["GIFT"], "worth": 1900}


def offer(
    code: str, form: dict, *, execution: str = "reduce", limits: dict | None = None, **trigger: object
) -> Offer:
    more = {"after": "received", "days": 7} if execution == "return" else {}
    text = {"code": code, "currency": "CNY", "execution": execution, "form": form, "trigger": trigger}
    return reading.from_builtins({**text, "limits": limits or {}, **more}, Offer)


def cash(code: str, amount: int, least: int = 0, **more: object) -> Offer:
    threshold = {"threshold": {"of": "amount", "least": least}} if least else {}
    return offer(code, {"kind": "cash", "amount": amount}, **threshold, **more)


def percentage(code: str, off: int, **more: object) -> Offer:
    return offer(code, {"kind": "percentage", "off": off}, **more)


def basket(*lines: dict | int, **more: object) -> Basket:
    """A number is a line of one piece at that price."""
    texts = [line if isinstance(line, dict) else {"unit_price": line} for line in lines]
    made = [
        {"number": number, "sku": f"SKU-{number}", **text, "quantity": round(text.get("quantity", 1) * 1000)}
        for number, text in enumerate(texts, 1)
    ]
    return reading.from_builtins({"currency": "CNY", "at": AT, "lines": made, **more}, Basket)


def quote(of: Basket, *offers: Offer, **more: int) -> Quote:
    return pricing.quote(of, compiling.compile(offers), **more)


def verdict(answer: Quote, code: str) -> Verdict:
    return next(each for each in answer.verdicts if each.offer == code)


def reason(of: Basket, subject: Offer, *others: Offer) -> tuple[str, str]:
    found = verdict(quote(of, subject, *others), subject.code)
    return found.state, found.reason
