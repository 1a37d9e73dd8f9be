"""Postings: one statement writes any number of them, with entries, lots, uses, balances and events.

Whoever writes several holds the wallets' locks (``wallets``). A posting whose key is taken is not written, nor anything
of it. A single one is written by a function of the database (migration 0006), which needs less time to begin.
"""

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from members import sets
from members.actions import settling, wallets
from members.models import Book, Posting, Wallet

Verb, Role = Posting.Verb, Wallet.Role
PAST = {
    Verb.EARN: "earned",
    Verb.SPEND: "spent",
    Verb.REVERSE: "reversed",
    Verb.EXPIRE: "expired",
    Verb.ADJUST: "adjusted",
    Verb.TRANSFER: "given",
    Verb.HOLD: "held",
    Verb.COMMIT: "spent",
    Verb.RELEASE: "released",
    Verb.CONVERT: "converted",
    Verb.OPEN: "opened",
    Verb.PAY_OUT: "paid_out",
}

TILL = "till:"  # how the keys of tills begin
FEW = 20  # so many postings are written by a statement that is planned once a connection
OWN = 0  # in a draft, the wallet of its own account: the statement finds and locks it itself
FIRST = 0  # as a lot, those of the person that are spent first: a single posting finds and locks them itself

# The entries of the house are what the entries of the accounts lack to zero: its role's, and what is held no longer.
# A posting that moves its OWN wallet is not written while there is none.
WRITE = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::bigint[],
                         %s::bigint[], %s::timestamptz[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[],
                         %s::text[], %s::text[], %s::text[], %s::jsonb[], %s::bigint[], %s::bigint[], %s::bigint[])
         AS g (place, book_id, account_id, verb, key, content, amount, short, occurred_at, by_id, reason, corrects_id,
               channel_id, order_key, role, event, properties, plan_id, hold_id, from_held)
), moved AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS m (place, wallet_id, amount)
), own AS MATERIALIZED (
    SELECT g.place, w.id FROM given g JOIN members_wallet w ON w.book_id = g.book_id AND w.account_id = g.account_id
    WHERE g.place IN (SELECT place FROM moved WHERE wallet_id = 0)
    ORDER BY w.id FOR NO KEY UPDATE OF w
), posted AS (
    INSERT INTO members_posting (book_id, account_id, verb, key, content, amount, short, occurred_at, recorded_at,
                                 by_id, reason, corrects_id, channel_id, order_key, plan_id, hold_id)
    SELECT book_id, account_id, verb, key, content, amount, short, occurred_at, %s, by_id, reason, corrects_id,
           channel_id, order_key, plan_id, hold_id
    FROM given WHERE place IN (SELECT place FROM own) OR place NOT IN (SELECT place FROM moved WHERE wallet_id = 0)
    ORDER BY place
    ON CONFLICT (key) DO NOTHING RETURNING id, key
), numbered AS MATERIALIZED (
    SELECT p.id, o.id AS own_id, g.* FROM given g JOIN posted p USING (key) LEFT JOIN own o USING (place)
), moves AS MATERIALIZED (
    SELECT n.id AS posting_id, coalesce(nullif(m.wallet_id, 0), n.own_id) AS wallet_id, m.amount
    FROM moved m JOIN numbered n USING (place)
), entered AS (
    INSERT INTO members_entry (posting_id, wallet_id, amount)
    SELECT posting_id, wallet_id, amount FROM moves
    UNION ALL
    SELECT n.id, w.id, n.from_held - n.amount
    FROM numbered n JOIN members_wallet w ON w.book_id = n.book_id AND w.role = n.role AND w.role <> ''
    WHERE n.from_held <> n.amount
    UNION ALL
    SELECT n.id, w.id, -n.from_held
    FROM numbered n JOIN members_wallet w ON w.book_id = n.book_id AND w.role = 'held' WHERE n.from_held <> 0
), kept AS (
    UPDATE members_wallet w SET balance = w.balance + s.amount
    FROM (SELECT wallet_id, sum(amount)::bigint AS amount FROM moves GROUP BY wallet_id) s WHERE w.id = s.wallet_id
), brought AS (
    INSERT INTO members_lot (wallet_id, posting_id, amount, remaining, available_from, expires_at)
    SELECT coalesce(nullif(l.wallet_id, 0), n.own_id), n.id, l.amount, l.remaining, l.available_from, l.expires_at
    FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
         AS l (place, wallet_id, amount, remaining, available_from, expires_at) JOIN numbered n USING (place)
    RETURNING id, posting_id, amount, remaining
), uses AS MATERIALIZED (
    SELECT n.id AS posting_id, u.lot_id, u.amount
    FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS u (place, lot_id, amount) JOIN numbered n USING (place)
), drawn AS (
    UPDATE members_lot l SET remaining = l.remaining - s.amount
    FROM (SELECT lot_id, sum(amount)::bigint AS amount FROM uses GROUP BY lot_id) s WHERE l.id = s.lot_id
), used AS (
    INSERT INTO members_lotuse (posting_id, lot_id, amount)
    SELECT posting_id, lot_id, amount FROM uses
    UNION ALL
    SELECT posting_id, id, amount - remaining FROM brought WHERE amount <> remaining
), told AS (
    INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
    SELECT a.id, a.channel_id, b.organization_id, n.event, n.occurred_at, n.properties
    FROM numbered n JOIN members_account a ON a.id = n.account_id JOIN members_book b ON b.id = n.book_id
    ORDER BY n.place
)
SELECT key, id FROM numbered
"""
POST = f"SELECT members_post({', '.join(['%s'] * 30)})"
STALE = 0
EARLIER = "SELECT id, verb, amount, short, content FROM members_posting WHERE key = %s"


class KeyReused(ValueError):
    """The key was used for something else before."""

    def __init__(self, key: str) -> None:
        super().__init__(
            _("The key %(key)r was used for another movement before. Use a new key for a new one.")
            % {"key": key}
        )


class Stale(RuntimeError):
    """Of what was chosen without a lock, somebody else has taken something meanwhile. Nothing was written."""


@dataclass(frozen=True)
class Receipt:
    """What a movement did. Asked again with the same key, the same receipt comes. ``amount`` is what the customer
    gained (spent: below zero), ``short`` what should have been taken back and could not."""

    posting: int
    verb: str
    book: str
    amount: Decimal
    short: Decimal


@dataclass
class Draft:
    """A posting to be. ``moves``: {wallet: steps}; ``lots``: (wallet, amount, remaining, available from, expires at);
    ``uses``: {lot: steps taken}; ``role`` is the wallet of the house on the other side, ``from_held`` what leaves the
    house's held value with it. ``says`` are the steps that the event tells, where they are not ``amount``;
    ``event`` its name, where it is not made of the book's kind and the verb."""

    book: Book
    account: int | None
    verb: str
    key: str
    role: str
    occurred_at: dt.datetime
    content: uuid.UUID
    short: int = 0
    by: int | None = None
    reason: str = ""
    corrects: int | None = None
    order: tuple[int, str] | None = None
    plan: int | None = None
    hold: int | None = None
    from_held: int = 0
    says: int | None = None
    event: str = ""
    moves: dict[int, int] = field(default_factory=dict)
    lots: list[tuple] = field(default_factory=list)
    uses: dict[int, int] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        return sum(self.moves.values())

    def move(self, wallet: int, steps: int) -> None:
        if total := self.moves.get(wallet, 0) + steps:
            self.moves[wallet] = total
        else:
            self.moves.pop(wallet, None)

    def bring(self, wallet: int, steps: int, *, ready, ends, remaining: int | None = None) -> None:
        """A new lot; ``remaining`` is less than ``steps`` where a debt was paid with the rest."""
        self.move(wallet, steps)
        self.lots.append((wallet, steps, steps if remaining is None else remaining, ready, ends))

    def draw(self, draws: dict[int, int], wallets: dict[int, int]) -> None:
        """Take from lots what ``draws`` says; ``wallets`` has the wallet of each."""
        for lot, steps in draws.items():
            self.uses[lot] = self.uses.get(lot, 0) + steps
            self.move(wallets[lot], -steps)

    def draw_first(self, steps: int) -> None:
        """Take it from the lots that are spent first, whichever these are."""
        self.moves, self.uses = {OWN: -steps}, {FIRST: steps}

    def draw_nothing(self) -> None:
        self.moves, self.uses = {}, {}

    def row(self) -> tuple:
        channel, order_key = self.order or (None, "")
        return (
            self.book.pk, self.account, str(self.verb), self.key, self.content, self.amount, self.short,
            self.occurred_at, self.by, self.reason, self.corrects, channel, order_key, str(self.role),
            self.event or f"{self.book.kind}.{PAST[self.verb]}", json.dumps(self._told()), self.plan, self.hold, self.from_held,
        )  # fmt: skip

    def _told(self) -> dict:
        order = {"order": self.order[1]} if self.order else {}
        told = self.amount if self.says is None else self.says
        return {"book": self.book.code, "amount": str(self.book.shown(told)), **order, **_till(self.key)}


def key_of_till(*, channel: str, key: str) -> str:
    """A key of the channel's own: no other channel, nor the house itself, can have used it."""
    return f"{TILL}{channel}:{key}"


def _till(key: str) -> dict[str, str]:
    """The channel whose till made a movement, as its event tells it."""
    return {"till": key.split(":", 2)[1]} if key.startswith(TILL) else {}


def digest(*said: object) -> uuid.UUID:
    """What was asked, so that the same key with something else is noticed."""
    told = [each.astimezone(dt.UTC).isoformat() if isinstance(each, dt.datetime) else each for each in said]
    return uuid.UUID(bytes=hashlib.blake2b(repr(told).encode(), digest_size=16).digest())


def write(*, drafts: list[Draft], now: dt.datetime) -> dict[str, int]:
    """{key: posting} of those drafts whose key was free."""
    if len(drafts) == 1:
        made = _one(drafts[0], now)
        return {drafts[0].key: made} if made else {}
    return _several(drafts, now) if drafts else {}


def _several(drafts, now) -> dict[str, int]:
    moves = [(place, *move) for place, each in enumerate(drafts) for move in each.moves.items()]
    lots = [(place, *lot) for place, each in enumerate(drafts) for lot in each.lots]
    uses = [(place, *use) for place, each in enumerate(drafts) for use in each.uses.items() if use[1]]
    rows = [(place, *each.row()) for place, each in enumerate(drafts)]
    columns = [
        *sets.columns(rows, 20),
        *sets.columns(moves, 3),
        now,
        *sets.columns(lots, 6),
        *sets.columns(uses, 3),
    ]
    return dict(sets.prepared(WRITE, *columns) if len(drafts) <= FEW else _run(columns))


def _run(columns):
    """Others of its transaction are planned by index from then on, too."""
    settling.by_index()
    return sets.run(WRITE, [], 0, *columns)


def _one(draft, now, *, waits=True) -> int | None:
    """``waits``: for whoever else is at the wallets. Raises Stale."""
    made = _call(draft, now)
    if made == STALE and waits:
        wallets.lock(wallets=draft.moves)
        made = _call(draft, now)
    if made == STALE:
        raise Stale
    return made


def _call(draft, now) -> int | None:
    uses = [use for use in draft.uses.items() if use[1]]
    [[made]] = sets.prepared(
        POST,
        *sets.texts((*draft.row(), draft.book.organization_id, now)),
        *sets.columns(list(draft.moves.items()), 2),
        *sets.columns(draft.lots, 5),
        *sets.columns(uses, 2),
    )
    return made


def post(*, draft: Draft, now: dt.datetime, waits: bool = True) -> Receipt | None:
    """Write one posting, or give the answer that its key has had already. None: its OWN wallet is not there.
    Without ``waits`` it is Stale too where somebody else is at the wallets.

    Raises KeyReused, Stale."""
    made = _one(draft, now, waits=waits)
    if made is None:
        return earlier(book=draft.book, key=draft.key, content=draft.content)
    shown = draft.book.shown
    return Receipt(made, str(draft.verb), draft.book.code, shown(draft.amount), shown(draft.short))


def earlier(*, book: Book, key: str, content: uuid.UUID) -> Receipt | None:
    """The answer of this key, if it was used. Raises KeyReused if it was for something else."""
    found = sets.prepared(EARLIER, key)
    return answered(book=book, key=key, content=content, row=found[0]) if found else None


def answered(*, book: Book, key: str, content: uuid.UUID, row: tuple) -> Receipt:
    """The receipt of a posting (id, verb, amount, short, content). Raises KeyReused."""
    id, verb, amount, short, made_of = row
    if made_of != content:
        raise KeyReused(key)
    return Receipt(id, verb, book.code, book.shown(amount), book.shown(short))
