"""Opening balances: what channels stated of points and growth, kept in the books as long as a rule follows it.

Each account's difference between what is stated and what has been taken over is posted. So a record that is told twice, a
corrected one, a file that is read again or taken back each post what is missing, and nothing is ever given twice.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q

from members import sets
from members.actions import events, points, postings, reversals, settling, wallets
from members.actions.postings import Draft, Role, Verb
from members.ledger.drawing import Lot
from members.models import Book, Event
from members.queries import openings
from members.queries.openings import Difference

READER = "openings"
BATCH = 5_000
ALONE = 7_765_024  # one at a time takes over what channels state
COLUMNS = ("tx", "name", "account_id")
OF_PEOPLE = {
    "account.withdrawn", "identity.merged", "identity.split", "programme.settled", "programme.unsettled",
}  # fmt: skip
STATES = ExpressionWrapper(Q(properties__has_key="membership"), output_field=BooleanField())
EXPLAIN = """
INSERT INTO members_conversion (posting_id, opening_id, asked, rate, lost)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[])
"""


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it took in."""
    log = Event.objects.only(*COLUMNS).annotate(states=STATES)
    return events.follow(reader=READER, log=log, take_in=partial(_settle_told, now), batch=BATCH, now=now)


def _settle_told(now: dt.datetime, told: list[Event]) -> None:
    names = OF_PEOPLE if openings.settles() else {"account.withdrawn"}
    concerned = {
        event.account_id
        for event in told
        if event.name in names or (event.name == "account.recorded" and event.states)
    }
    settle(accounts=concerned - {None}, now=now)


@transaction.atomic
def settle(*, accounts: Collection[int], now: dt.datetime) -> int:
    """Post what these accounts lack or have too much of what was stated of them; how many postings that were."""
    if not accounts or not openings.begun():
        return 0
    alone()
    found = openings.differences(accounts=accounts, rules=openings.running())
    if not found:
        return 0
    given, taken = [each for each in found if each.steps > 0], [each for each in found if each.steps < 0]
    books = Book.objects.in_bulk({each.book for each in found})
    held = _hold(given, taken, books)
    done = _post(_given(given, held, books, now), now)
    _prolong(given, books, now)
    return done + _post(_taken(taken, held, books, now), now)


def _post(drafts: list[tuple[Draft, Difference]], now) -> int:
    if not drafts:
        return 0
    written = postings.write(drafts=[draft for draft, _each in drafts], now=now)
    rows = [(written[draft.key], each.rule, each.asked, each.rate, each.lost) for draft, each in drafts]
    sets.run(EXPLAIN, rows, 5)
    return len(rows)


def alone() -> None:
    """Wait until nobody else takes anything over; held to the end of the transaction."""
    settling.alone(lock=ALONE)


def _hold(given, taken, books) -> wallets.Locked:
    """Lock all that is needed at once: the accounts' own wallets, and everybody's who may have to give back."""
    pairs = {each.pair for each in given}
    wallets.make(pairs=pairs)
    sliding = {pair for pair in pairs if books[pair[0]].expiry == Book.Expiry.SLIDING}
    wanted = wallets.own(pairs=pairs) | wallets.mates(pairs={each.pair for each in taken} | sliding)
    return wallets.lock(wallets=wanted)


def _draft(each: Difference, books, verb, at) -> Draft:
    return Draft(
        book=books[each.book], account=each.account, verb=verb, key=each.key(), role=Role.OPENED, occurred_at=at,
        content=postings.digest(each.key(), each.steps),
    )  # fmt: skip


def _given(given, held, books, now) -> list[tuple[Draft, Difference]]:
    """It can be spent at once, and lasts as if it had been earned when it was stated."""
    wallet_of = {pair: wallet for wallet, pair in held.items()}
    owing = {wallet_of[each.pair] for each in given if books[each.book].below_zero}
    owed = defaultdict(list)
    for lot in wallets.lots(wallets=owing) if owing else ():
        owed[lot.wallet].append(lot)
    drafts = []
    for each in given:
        wallet, at = wallet_of[each.pair], min(each.at, now)
        draft = _draft(each, books, Verb.OPEN, at)
        points.bring(draft, wallet, each.steps, owed[wallet], ends=books[each.book].ends(at), ready=at)
        drafts.append((draft, each))
    return drafts


def _prolong(given, books, now) -> None:
    sliding = [each for each in given if books[each.book].expiry == Book.Expiry.SLIDING]
    families = wallets.families(pairs={each.pair for each in sliding})
    ends: dict[int, dt.datetime] = {}
    for each in sliding:
        until = books[each.book].ends(min(each.at, now))
        for wallet in families[each.pair]:
            ends[wallet] = max(until, ends.get(wallet, until))
    wallets.prolong(ends=ends, now=now)


def _taken(taken, held, books, now) -> list[tuple[Draft, Difference]]:
    if not taken:
        return []
    wallet_of = {pair: wallet for wallet, pair in held.items()}
    families = wallets.families(pairs={each.pair for each in taken})
    lots_of = defaultdict(list)
    for lot in wallets.lots(wallets=set().union(*families.values()) & held.keys()):
        lots_of[lot.wallet].append(lot)
    stories = openings.stories(accounts={each.account for each in taken})
    drafts = []
    for each in taken:
        lots = [lot for wallet in sorted(families[each.pair]) for lot in lots_of[wallet]]
        drafts.append((_taken_back(each, stories[each.share], lots, wallet_of[each.pair], books, now), each))
    return drafts


def _taken_back(each, story, lots: list[Lot], wallet, books, now) -> Draft:
    own = [lot for lot in lots if lot.id in story.lots]
    others = [lot for lot in lots if lot.id not in story.lots and not lot.is_over(now)]
    spent = story.opened - story.back - story.expired - sum(lot.remaining for lot in own)
    corrected = each.at is not None and each.at > each.last_at
    draft = _draft(each, books, Verb.REVERSE, min(each.at, now) if corrected else now)
    draft.corrects = each.first
    reversals.take_back(draft, -each.steps, own=own, others=others, spent=spent, wallet=wallet)
    for lot in lots:
        lot.remaining -= draft.uses.get(lot.id, 0)
    return draft
