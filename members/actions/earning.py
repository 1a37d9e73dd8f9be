"""What orders earn: kept equal to what the programmes' rules say of each order as it stands now.

An order earns on what was paid for goods (without shipping), less what was refunded, once it is paid; every change of it
posts the difference. So an order earns once however often it is told, and parts returned never add up to a rounding error.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db import connection, transaction
from django.db.models.fields.json import KT
from msgspec import Struct

from members import sets
from members.actions import points, postings, reversals, wallets
from members.actions.postings import Draft, Role, Verb
from members.ledger.drawing import Lot
from members.models import Book, EarningRule, Event, EventCursor

READER = "points"
BATCH = 5_000
ALONE = 7_765_020  # one at a time settles what orders earn
COLUMNS = ("tx", "id", "name", "channel_id", "account_id", KT("properties__order"))
OF_ACCOUNTS = {"account.joined", "account.withdrawn"}

# The nearest programme above the order that had a rule then. Orders of an unusual amount earn nothing.
DIFFERENCES = """
WITH keys AS MATERIALIZED (
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
), due AS (
    SELECT o.channel_id, o.external_id AS order_key, r.book_id, o.account_id, o.occurred_at,
           greatest(o.version_at, back.at) AS changed_at,
           (CASE r.rounding WHEN 'down' THEN floor(earned.amount) ELSE round(earned.amount) END)::bigint AS amount
    FROM keys k JOIN members_order o ON o.channel_id = k.channel_id AND o.external_id = k.order_key
    JOIN members_organization node ON node.id = o.organization_id
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS amount, max(occurred_at) AS at FROM members_return WHERE order_id = o.id
    ) back ON true
    CROSS JOIN LATERAL (
        SELECT p.id FROM members_programme p JOIN members_organization at ON at.id = p.organization_id
        WHERE node.path LIKE at.path || '%%' AND EXISTS (
            SELECT FROM members_earningrule r WHERE r.programme_id = p.id AND r.starts_at <= o.occurred_at)
        ORDER BY length(at.path) DESC LIMIT 1
    ) p
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (r.book_id) r.book_id, r.rate, r.rounding FROM members_earningrule r
        WHERE r.programme_id = p.id AND r.currency = o.currency AND r.starts_at <= o.occurred_at
        ORDER BY r.book_id, r.starts_at DESC
    ) r
    JOIN members_book b ON b.id = r.book_id
    CROSS JOIN LATERAL (
        SELECT least(greatest(o.amount - o.shipping - coalesce(back.amount, 0), 0) * r.rate * 10::numeric ^ b.scale, 1e15)
               AS amount
    ) earned
    WHERE o.account_id IS NOT NULL AND o.status IN ('paid', 'completed') AND o.amount < 1000000000
), standing AS (
    SELECT p.channel_id, p.order_key, p.book_id, p.account_id, sum(p.amount - p.short)::bigint AS amount,
           count(*) AS times, min(p.id) AS first_id
    FROM keys k JOIN members_posting p USING (channel_id, order_key) WHERE p.order_key <> ''
    GROUP BY 1, 2, 3, 4
)
SELECT channel_id, order_key, book_id, account_id, coalesce(d.amount, 0) - coalesce(s.amount, 0),
       coalesce(s.times, 0), s.first_id, d.occurred_at, d.changed_at
FROM due d FULL JOIN standing s USING (channel_id, order_key, book_id, account_id)
WHERE coalesce(d.amount, 0) <> coalesce(s.amount, 0)
ORDER BY 1, 2, 3, 4
"""

OF_ORDERS = """
SELECT p.channel_id, p.order_key, p.book_id, p.account_id, p.earned, p.back, l.id, l.expired
FROM (
    SELECT p.channel_id, p.order_key, p.book_id, p.account_id, array_agg(p.id) AS ids,
           (sum(p.amount) FILTER (WHERE p.verb = 'earn'))::bigint AS earned,
           coalesce(sum(p.short - p.amount) FILTER (WHERE p.verb = 'reverse'), 0)::bigint AS back
    FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
    JOIN members_posting p USING (channel_id, order_key) WHERE p.order_key <> '' GROUP BY 1, 2, 3, 4
) p
JOIN LATERAL (
    SELECT l.id, coalesce((SELECT sum(u.amount) FROM members_lotuse u JOIN members_posting x ON x.id = u.posting_id
                           WHERE u.lot_id = l.id AND x.verb = 'expire'), 0)::bigint AS expired
    FROM members_lot l WHERE l.posting_id = ANY(p.ids) AND l.amount > 0
) l ON true
"""

ORDERS_OF = """
SELECT channel_id, external_id FROM members_order WHERE account_id = ANY(%s::bigint[])
UNION
SELECT channel_id, order_key FROM members_posting WHERE account_id = ANY(%s::bigint[]) AND order_key <> ''
"""
EVERY_ORDER = """
SELECT id, channel_id, external_id FROM members_order WHERE id > %s ORDER BY id LIMIT %s
"""

Key = tuple[int, str]  # channel, order number


class Difference(Struct):
    """``steps`` to give (or, below zero, to take back) so that an account has what its order earns."""

    channel: int
    order_key: str
    book: int
    account: int
    steps: int
    times: int
    first: int | None
    occurred_at: dt.datetime | None
    changed_at: dt.datetime | None

    @property
    def pair(self) -> wallets.Pair:
        return self.book, self.account

    def key(self) -> str:
        return f"order:{self.channel}:{self.book}:{self.account}:{self.times}:{self.order_key}"


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it took in. Cursor and postings move in one transaction."""
    cursor, _made = EventCursor.objects.get_or_create(reader=READER)
    if not Event.objects.after(cursor).exists():
        return 0
    with transaction.atomic():
        cursor = EventCursor.objects.select_for_update().get(reader=READER)
        events = list(Event.objects.after(cursor).values_list(*COLUMNS)[:BATCH])
        if not events:
            return 0
        if EarningRule.objects.exists():
            settle(keys=_told(events), now=now)
        cursor.tx, cursor.event_id = events[-1][:2]
        cursor.moved_at = now
        cursor.save()
        return len(events)


def settle_everything(*, now: dt.datetime, after: int = 0) -> tuple[int, int] | None:
    """One batch of all orders, behind the order ``after``: the last of them and how many; None at the end."""
    rows = sets.run(EVERY_ORDER, [], 0, after, BATCH)
    if not rows:
        return None
    settle(keys={row[1:] for row in rows}, now=now)
    return rows[-1][0], len(rows)


@transaction.atomic
def settle(*, keys: Collection[Key], now: dt.datetime) -> int:
    """Post what these orders (channel id, order number) lack or have too much; how many postings that were."""
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ALONE])
    found = [Difference(*row) for row in sets.run(DIFFERENCES, sorted(keys), 2)]
    if not found:
        return 0
    given, taken = [each for each in found if each.steps > 0], [each for each in found if each.steps < 0]
    books = Book.objects.in_bulk({each.book for each in found})
    held = _hold(given, taken, books)
    return _give(given, held, books, now) + _take(taken, held, books, now)


def _told(events) -> set[Key]:
    keys = {
        (channel, order)
        for _tx, _id, name, channel, _account, order in events
        if order and name.startswith("order.")
    }
    accounts = sorted({row[4] for row in events if row[2] in OF_ACCOUNTS and row[4]})
    if accounts:
        keys |= set(sets.run(ORDERS_OF, [], 0, sets.array(accounts), sets.array(accounts)))
    return keys


def _hold(given, taken, books) -> wallets.Locked:
    """Lock all that is needed at once: the accounts' own wallets, and everybody's who may have to give back."""
    pairs = {each.pair for each in given}
    wallets.make(pairs=pairs)
    sliding = {pair for pair in pairs if books[pair[0]].expiry == Book.Expiry.SLIDING}
    wanted = wallets.own(pairs=pairs) | wallets.mates(pairs={each.pair for each in taken} | sliding)
    return wallets.lock(wallets=wanted)


def _draft(each: Difference, books, verb, at) -> Draft:
    return Draft(
        book=books[each.book], account=each.account, verb=verb, key=each.key(), role=Role.ISSUED, occurred_at=at,
        content=postings.digest(each.key(), each.steps), order=(each.channel, each.order_key),
    )  # fmt: skip


def _give(given, held, books, now) -> int:
    wallet_of = {pair: wallet for wallet, pair in held.items()}
    owing = {wallet_of[each.pair] for each in given if books[each.book].below_zero}
    owed = defaultdict(list)
    for lot in wallets.lots(wallets=owing) if owing else ():
        owed[lot.wallet].append(lot)
    drafts = []
    for each in given:
        book, wallet = books[each.book], wallet_of[each.pair]
        draft = _draft(each, books, Verb.EARN, each.occurred_at)
        ends, ready = book.ends(each.occurred_at), book.ready(each.occurred_at)
        points.bring(draft, wallet, each.steps, owed[wallet], ends=ends, ready=ready)
        drafts.append(draft)
    written = postings.write(drafts=drafts, now=now)
    _prolong(given, books, now)
    return len(written)


def _prolong(given, books, now) -> None:
    sliding = [each for each in given if books[each.book].expiry == Book.Expiry.SLIDING]
    families = wallets.families(pairs={each.pair for each in sliding})
    ends: dict[int, dt.datetime] = {}
    for each in sliding:
        until = books[each.book].ends(each.occurred_at)
        for wallet in families[each.pair]:
            ends[wallet] = max(until, ends.get(wallet, until))
    wallets.prolong(ends=ends, now=now)


def _take(taken, held, books, now) -> int:
    if not taken:
        return 0
    wallet_of = {pair: wallet for wallet, pair in held.items()}
    families = wallets.families(pairs={each.pair for each in taken})
    lots_of = defaultdict(list)
    for lot in wallets.lots(wallets=set().union(*families.values()) & held.keys()):
        lots_of[lot.wallet].append(lot)
    stories = _stories(taken)
    drafts = []
    for each in taken:
        story = stories[each.channel, each.order_key, each.book, each.account]
        lots = [lot for wallet in sorted(families[each.pair]) for lot in lots_of[wallet]]
        drafts.append(_taken_back(each, story, lots, wallet_of[each.pair], books, now))
    return len(postings.write(drafts=drafts, now=now))


class _Story(Struct):
    """What became of an order's earning: given, taken back so far, its lots, and what of them expired."""

    earned: int = 0
    back: int = 0
    expired: int = 0
    lots: list[int] = []


def _stories(taken) -> dict[tuple, _Story]:
    keys = sorted({(each.channel, each.order_key) for each in taken})
    stories: dict[tuple, _Story] = {}
    for *key, earned, back, lot, expired in sets.run(OF_ORDERS, keys, 2):
        story = stories.setdefault(tuple(key), _Story(earned, back, 0, []))
        story.lots.append(lot)
        story.expired += expired
    return stories


def _taken_back(each, story, lots: list[Lot], wallet, books, now) -> Draft:
    own = [lot for lot in lots if lot.id in story.lots]
    others = [lot for lot in lots if lot.id not in story.lots and not lot.is_over(now)]
    spent = story.earned - story.back - story.expired - sum(lot.remaining for lot in own)
    draft = _draft(each, books, Verb.REVERSE, each.changed_at or now)
    draft.corrects = each.first
    reversals.take_back(draft, -each.steps, own=own, others=others, spent=spent, wallet=wallet)
    for lot in lots:
        lot.remaining -= draft.uses.get(lot.id, 0)
    return draft
