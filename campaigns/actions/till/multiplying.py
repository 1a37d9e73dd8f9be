"""Multiples of points: what an order really earned by its plan, so many times more, kept equal to it.

The plan's points are posted by the follower of orders, and posted anew whenever the order changes. Whenever that happens, a
multiplier's own points are brought to

    E × (times − 1) × L ÷ A, rounded down,

with E what the order has earned in the book by now, L what its lines that the offer is for cost less what was refunded on
them, A the same of all its lines. So a multiple is given once, and a return takes back exactly what it brought.
"""

import datetime as dt
import json
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import NamedTuple

from campaigns.offers import currencies, reading
from campaigns.offers.scales import WHOLE
from members import sets
from members.actions import points, reversals, wallets
from members.models import Account, Book, Posting
from members.queries import books as kept

KIND = "multiplier"
READ = """
SELECT r.id, r.what, r.account_id, r.activity, r.amount, r.given, r.short, r.told, r.state, s.quote, s.currency, s.channel_id, s.number,
    coalesce(s.committed_at, s.changed_at), coalesce(p.earned, 0), coalesce(b.total, 0), coalesce(b.lines, '[]')
FROM campaigns_reward r JOIN campaigns_tillorder s ON s.id = r.sale_id
LEFT JOIN LATERAL (
    SELECT sum(p.amount - p.short)::bigint AS earned FROM members_posting p JOIN members_book k ON k.id = p.book_id
    WHERE p.channel_id = s.channel_id AND p.order_key = s.number AND p.order_key <> '' AND p.account_id = r.account_id AND k.code = r.what
) p ON true
LEFT JOIN LATERAL (
    SELECT sum(t.amount) AS total, json_agg(l.lines) FILTER (WHERE l.lines IS NOT NULL)::text AS lines
    FROM members_return t LEFT JOIN LATERAL (
        SELECT json_agg(json_build_array(l.line, l.refund::text)) AS lines FROM members_returnline l WHERE l.returned_id = t.id
    ) l ON true WHERE t.order_id = s.order_id
) b ON true
WHERE r.id = ANY(%s::bigint[]) AND r.kind = 'multiplier' ORDER BY r.id
"""
LOCK = """
SELECT id FROM campaigns_reward WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE
"""
PAIRS = """
SELECT b.id, r.account_id FROM campaigns_reward r JOIN members_book b ON b.code = r.what WHERE r.id = ANY(%s::bigint[])
"""
KEYS = "SELECT key, id FROM members_posting WHERE key = ANY(%s::text[])"
SETTLED = """
UPDATE campaigns_reward SET given = %s, short = %s, posting_id = coalesce(%s, posting_id), state = CASE state WHEN 'due' THEN 'given' ELSE state END,
    given_at = coalesce(given_at, %s) WHERE id = %s
"""
MOST = 1000  # changes of what one order earned


class Multiple(NamedTuple):
    id: int
    book: str
    account: int
    activity: str
    times: int
    given: int
    short: int
    told: str
    state: str
    quote: str
    currency: str
    channel: int
    number: str
    committed_at: dt.datetime
    earned: int
    refunded: Decimal
    returned: str

    @property
    def wanted(self) -> int:
        own, every = self._costs()
        return max(0, self.earned) * (self.times - WHOLE) * own // (every * WHOLE) if every > 0 else 0

    def _costs(self) -> tuple[int, int]:
        """Minor units of the lines that it is for and of all, less what was refunded."""
        quote, scale = reading.quote(self.quote), currencies.digits(self.currency)
        for_it = {share["number"] for share in json.loads(self.told)["shares"]}
        back = sum(
            (
                Decimal(refund)
                for lines in json.loads(self.returned)
                for line, refund in lines
                if line in for_it
            ),
            Decimal(),
        )
        own = sum(line.net for line in quote.lines if line.number in for_it) - int(back.scaleb(scale))
        every = quote.total - int(self.refunded.scaleb(scale))
        return max(0, min(own, every)), every


def wallets_of(*, rewards: Iterable[int]) -> set[int]:
    """Those that `settle` writes, to be locked in one order with others."""
    pairs = set(sets.prepared(PAIRS, sets.array(sorted(rewards))))
    return wallets.mates(pairs=pairs)


def settle(*, rewards: Iterable[int], now: dt.datetime) -> int:
    """Bring these multiples to what their orders earned by now; how many changed. In the caller's transaction."""
    ids = sets.array(sorted(rewards))
    sets.prepared(LOCK, ids)
    found = [Multiple(*row) for row in sets.prepared(READ, ids)]
    books = kept.of_codes(each.book for each in found)
    changed = [each for each in found if each.wanted != each.given or each.state == "due"]
    wallets.lock(wallets=wallets.mates(pairs={(books[each.book].pk, each.account) for each in changed}))
    for each in changed:
        _bring(each, books[each.book], now)
    return len(changed)


def _bring(each: Multiple, book: Book, now: dt.datetime) -> None:
    """Of a closed book nothing is earned any more, and what was earned is still taken back."""
    more, posting, short = each.wanted - each.given, None, 0
    made = dict(sets.prepared(KEYS, sets.array([_key(each, number) for number in range(MOST)])))
    if more > 0 and not points.is_closed(book=book, now=now):
        posting = _earn(each, book, more, _key(each, len(made)), now)
    elif more < 0:
        short = _take(each, book, -more, made, now)
    given = each.given if more > 0 and posting is None else each.wanted
    sets.prepared(SETTLED, given, each.short + short, posting, now, each.id)


def _key(each: Multiple, number: int) -> str:
    return f"reward:{each.id}:{number}"


def _earn(each: Multiple, book: Book, steps: int, key: str, now: dt.datetime) -> int:
    receipt = points.earn(
        account=Account(pk=each.account), book=book, amount=book.shown(steps), key=key, now=now,
        occurred_at=each.committed_at, reason=each.activity,
    )  # fmt: skip
    return receipt.posting


def _take(each: Multiple, book: Book, steps: int, made: dict[str, int], now: dt.datetime) -> int:
    """Take back what it brought, the last first; the steps that were spent meanwhile and could not be taken."""
    short, number = 0, len(made)
    for posting in Posting.objects.filter(pk__in=made.values(), verb=Posting.Verb.EARN).order_by("-pk"):
        if part := min(steps, _room(posting)):
            receipt = points.reverse(
                posting=posting,
                key=_key(each, number),
                amount=book.shown(part),
                now=now,
                reason=each.activity,
            )
            steps, short, number = steps - part, short + book.steps(receipt.short), number + 1
    return short


def _room(posting: Posting) -> int:
    """What of it was not taken back yet."""
    with suppress(reversals.NotReversible):
        return reversals.still_open(posting, None)
    return 0
