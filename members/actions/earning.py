"""What orders earn: kept equal to what the programmes' plans say of each order as it stands now.

An order earns on what was paid for goods (without shipping), less what was refunded, once it is paid; every change of it
posts the difference. So an order earns once however often it is told, and parts returned never add up to a rounding error.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from functools import partial

from django.db import connection, transaction
from django.db.models.fields.json import KT

from members import sets
from members.actions import events, points, postings, reversals, wallets
from members.actions.postings import Draft, Role, Verb
from members.ledger.drawing import Lot
from members.models import Book, Event, Plan
from members.queries import earnings
from members.queries.earnings import Difference, Key

READER = "points"
BATCH = 5_000
ALONE = 7_765_020  # one at a time settles what orders earn
COLUMNS = ("tx", "name", "channel_id", "account_id")
RELEASE = """
UPDATE members_lot l SET available_from = n.ready FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, ready)
WHERE l.id = n.id
"""
OF_ACCOUNTS = {"account.joined", "account.withdrawn"}


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it took in."""
    log = Event.objects.only(*COLUMNS).annotate(order_key=KT("properties__order"))
    return events.follow(reader=READER, log=log, take_in=partial(_settle_told, now), batch=BATCH, now=now)


def _settle_told(now: dt.datetime, told: list[Event]) -> None:
    if Plan.objects.public().exists():
        settle(keys=orders_told(told), now=now)


def settle_everything(*, now: dt.datetime, after: int = 0) -> tuple[int, int] | None:
    """One batch of all orders, behind the order ``after``: the last of them and how many; None at the end."""
    rows = earnings.behind(after=after, limit=BATCH)
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
    found, waiting = earnings.differences(keys=keys), earnings.waiting(keys=keys)
    if not found and not waiting:
        return 0
    given, taken = [each for each in found if each.steps > 0], [each for each in found if each.steps < 0]
    books = Book.objects.in_bulk({each.book for each in found})
    held = _hold(given, taken, books, {wallet for _lot, wallet, _ready in waiting})
    if waiting:
        sets.run(RELEASE, [(lot, ready) for lot, _wallet, ready in waiting], 2)
    return _give(given, held, books, now) + _take(taken, held, books, now)


def orders_told(told: list[Event]) -> set[Key]:
    """The orders that events speak of, and those of accounts that came or went."""
    keys = {
        (event.channel_id, event.order_key)
        for event in told
        if event.order_key and event.name.startswith("order.")
    }
    accounts = sorted({event.account_id for event in told if event.name in OF_ACCOUNTS and event.account_id})
    return keys | earnings.orders_of(accounts=accounts)


def _hold(given, taken, books, waiting: set[int]) -> wallets.Locked:
    """Lock all that is needed at once: the accounts' own wallets, and everybody's who may have to give back."""
    pairs = {each.pair for each in given}
    wallets.make(pairs=pairs)
    sliding = {pair for pair in pairs if books[pair[0]].expiry == Book.Expiry.SLIDING}
    wanted = wallets.own(pairs=pairs) | wallets.mates(pairs={each.pair for each in taken} | sliding)
    return wallets.lock(wallets=wanted | waiting)


def _draft(each: Difference, books, verb, at) -> Draft:
    return Draft(
        book=books[each.book], account=each.account, verb=verb, key=each.key(), role=Role.ISSUED, occurred_at=at,
        content=postings.digest(each.key(), each.steps), order=(each.channel, each.order_key), plan=each.plan,
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
        ends, ready = book.ends(each.occurred_at), book.ready_of_order(each.occurred_at, each.completed_at)
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
    stories = earnings.stories(keys={(each.channel, each.order_key) for each in taken})
    drafts = []
    for each in taken:
        story = stories[each.channel, each.order_key, each.book, each.account, each.plan]
        lots = [lot for wallet in sorted(families[each.pair]) for lot in lots_of[wallet]]
        drafts.append(_taken_back(each, story, lots, wallet_of[each.pair], books, now))
    return len(postings.write(drafts=drafts, now=now))


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
