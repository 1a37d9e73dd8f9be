"""What of a sale can come back: what its record says, and what came back of it before."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from msgspec import Struct

from campaigns.offers import reading, returning
from campaigns.offers.basket import Basket
from campaigns.offers.quote import Quote
from members import sets
from members.models import Channel

SOLD = """
SELECT s.id, s.store_id, o.code, s.state, s.currency, s.basket, s.quote, s.paid, s.payments, h.id, h.key, s.asked = 'erased'
FROM campaigns_tillorder s JOIN members_organization o ON o.id = s.store_id LEFT JOIN members_hold h ON h.id = s.hold_id
WHERE s.channel_id = %s AND s.number = %s
"""
BACK = "SELECT line, quantity FROM campaigns_tillreturnline WHERE sale_id = %s"
UNDONE = "SELECT line, quantity FROM campaigns_undoneline WHERE sale_id = %s"
PAID_BACK = "SELECT paid_back FROM campaigns_tillreturn WHERE sale_id = %s"
# Returns that another door took in: of a line by its number, or by the goods that stand on one line only.
ELSEWHERE = """
SELECT l.line, l.sku, l.quantity FROM members_order o JOIN members_return r ON r.order_id = o.id
JOIN members_returnline l ON l.returned_id = r.id
WHERE o.channel_id = %(channel)s AND o.external_id = %(number)s AND r.external_id <> %(own)s
  AND NOT EXISTS (SELECT FROM campaigns_tillreturn t WHERE t.channel_id = r.channel_id AND t.number = r.external_id)
"""
NAMED = """
SELECT t.number, s.number FROM campaigns_tillreturn t JOIN campaigns_tillorder s ON s.id = t.sale_id
WHERE t.channel_id = %(channel)s AND t.number = %(number)s
UNION ALL
SELECT r.external_id, r.order_key FROM members_return r WHERE r.channel_id = %(channel)s AND r.external_id = %(number)s
"""
COUPONS = """
SELECT c.code FROM campaigns_coupon c JOIN campaigns_coupontemplate t ON t.id = c.template_id
WHERE c.code = ANY(%(codes)s::text[]) AND c.state = 'redeemed' AND c.channel_id = %(channel)s AND c.order_key = %(number)s AND t.returnable
ORDER BY c.id
"""
GIFTS = """
SELECT r.offer, o.external_id FROM campaigns_reward r JOIN members_order o ON o.id = r.order_id WHERE r.sale_id = %s AND r.kind = 'goods'
"""
HANDED = """
SELECT offer, CASE WHEN given_at IS NULL THEN 0 ELSE given END FROM campaigns_reward
WHERE sale_id = %s AND kind = 'goods' AND (given_at IS NULL OR given < amount)
"""


class Payment(NamedTuple):
    """``minor`` units of the sale's currency were paid by ``method``; ``amount``: of a book, in its unit."""

    method: str
    minor: int
    book: str = ""
    amount: str = ""


class Sold(Struct, frozen=True):
    """A sale as it is recorded. ``basket``, ``quote``: JSON, "" while it is open. ``hold``: what it had reserved."""

    id: int
    store: int
    store_code: str
    state: str
    currency: str
    basket: str
    quote: str
    paid: str
    other: str
    hold: int | None
    hold_key: str | None
    erased: bool

    def asked(self) -> Basket:
        return reading.basket(self.basket)

    def quoted(self) -> Quote:
        return reading.quote(self.quote)

    def payments(self) -> list[Payment]:
        """In one order: the customer's books, then whatever else."""
        own = [Payment(f"book:{book}", minor, book, amount) for book, amount, minor in json.loads(self.paid)]
        return [*own, *(Payment(method, minor) for method, minor in json.loads(self.other))]


def sold(*, channel: Channel, number: str) -> Sold | None:
    rows = sets.prepared(SOLD, channel.pk, number)
    return Sold(*rows[0]) if rows else None


def paid_back(*, sale: int, payments: int) -> list[tuple[int, int]]:
    """(minor units, steps of the book) that came back on each of so many payments."""
    found = [(0, 0)] * payments
    for (told,) in sets.prepared(PAID_BACK, sale):
        parts = json.loads(told)
        found = [
            (minor + more, steps + also) for (minor, steps), (more, also) in zip(found, parts, strict=True)
        ]
    return found


def here(*, sale: int) -> Counter[int]:
    """Thousandths by line that came back to tills."""
    counted: Counter[int] = Counter()
    for line, quantity in sets.prepared(BACK, sale):
        counted[line] += quantity
    return counted


def elsewhere(*, channel: Channel, number: str, own: str, goods: Iterable[tuple[int, str]]) -> Counter[int]:
    """Thousandths by line that came back by another door, such as a nightly file, under other numbers than ``own``.
    ``goods``: line numbers and SKUs of the sale."""
    lines: dict[str, list[int]] = {}
    for line, sku in goods:
        lines.setdefault(sku, []).append(line)
    counted: Counter[int] = Counter()
    for line, sku, quantity in sets.named(ELSEWHERE, channel=channel.pk, number=number, own=own):
        if line is None and len(lines.get(sku, ())) == 1:
            [line] = lines[sku]
        if line is not None:
            counted[line] += int(quantity * 1000)
    return counted


def goods(*, sold: Sold, quote: Quote) -> dict[int, str]:
    """SKUs by line number."""
    own = {line.number: line.sku for line in sold.asked().lines}
    return own | {number: extra.sku for number, extra in returning.numbered(quote)}


def undone(*, sale: int) -> Counter[int]:
    """Thousandths by line for which what the offers gave was undone, with whichever return."""
    counted: Counter[int] = Counter()
    for line, quantity in sets.prepared(UNDONE, sale):
        counted[line] += quantity
    return counted


def named(*, channel: Channel, number: str) -> list[str]:
    """The sales that a return of this number is known of."""
    return [row[1] for row in sets.named(NAMED, channel=channel.pk, number=number)]


def coupons(*, channel: Channel, number: str, codes: Collection[str]) -> list[str]:
    """Those of ``codes`` that the sale used up and that may be used again once its goods are back."""
    if not codes:
        return []
    told = {"codes": sets.array(sorted(codes)), "channel": channel.pk, "number": number}
    return [code for (code,) in sets.named(COUPONS, **told)]


def handed(*, sale: int) -> dict[str, int]:
    """{offer: thousandths} of the goods that the sale promised, and that were not handed over, or fewer of them."""
    return dict(sets.prepared(HANDED, sale))


def gifts(*, sale: int) -> dict[str, str]:
    """{offer: number of the order that its goods came by}"""
    return dict(sets.prepared(GIFTS, sale))
