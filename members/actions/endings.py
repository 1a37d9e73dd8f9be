"""How a hold ends in the ledger: what is committed is spent, the rest goes back into the very lots it came from."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from members import sets
from members.actions import expiring, points, postings, reversals, wallets
from members.actions.postings import Draft, Role, Verb
from members.ledger.drawing import Lot
from members.models import Book, Hold
from members.queries import books as kept
from members.queries.holds import Part

USES = """
SELECT u.posting_id, u.lot_id, u.amount, l.wallet_id FROM members_lotuse u JOIN members_lot l ON l.id = u.lot_id
WHERE u.posting_id = ANY(%s::bigint[])
"""


def write(
    *, parts: Sequence[Part], spent: Mapping[int, int], holds: Mapping[int, Hold], now: dt.datetime,
    by: int | None = None,
) -> None:  # fmt: skip
    """End the parts of locked, open holds (by id): ``spent`` has the steps of those that are committed, by posting.

    A lot that has expired meanwhile follows the book's days of grace, as when a spending is reversed.
    """
    books = kept.of_ids(part.book for part in parts)
    uses = _uses([part for part in parts if spent.get(part.posting, 0) < part.steps])
    into = {wallet for lots in uses.values() for _used, wallet in lots.values()}
    active = [part for part in parts if spent.get(part.posting) and _slides(books[part.book])]
    families = wallets.families(pairs={(part.book, part.account) for part in active})
    wallets.lock(wallets=into.union(*families.values()))
    expiring.take_out(dict.fromkeys(into), now=now)
    lots = _lots({lot for used in uses.values() for lot in used})
    drafts = [_draft(part, spent.get(part.posting, 0), holds[part.hold], books, now, by) for part in parts]
    for part, draft in zip(parts, drafts, strict=True):
        if used := {lot: steps for lot, (steps, _wallet) in uses.get(part.posting, {}).items()}:
            back = part.steps - spent.get(part.posting, 0)
            reversals.restore(draft, used, back, [lots[lot] for lot in used], now)
    written = postings.write(drafts=drafts, now=now)
    _require_all(drafts, written)
    for part in active:
        points.prolong(book=books[part.book], held=families[part.book, part.account], at=now, now=now)


def _slides(book) -> bool:
    return book.expiry == Book.Expiry.SLIDING


def _uses(parts) -> dict[int, dict[int, tuple[int, int]]]:
    """{posting: {lot: (steps, wallet)}}"""
    found: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    if not parts:
        return found
    for posting, lot, steps, wallet in sets.run(USES, [(part.posting,) for part in parts], 1):
        found[posting][lot] = steps, wallet
    return found


def _lots(ids: set[int]) -> dict[int, Lot]:
    return {row[0]: Lot(*row) for row in sets.run(reversals.LOTS, [(id,) for id in ids], 1)} if ids else {}


def _draft(part, spent, hold, books, now, by) -> Draft:
    verb = Verb.COMMIT if spent else Verb.RELEASE
    return Draft(
        book=books[part.book], account=part.account, verb=verb,
        key=f"{hold.key}:{_name(part, books)}:{verb}", role=Role.SPENT if spent else Role.HELD,
        occurred_at=now, content=postings.digest(str(verb), part.posting, spent), by=by, corrects=part.posting,
        hold=hold.pk, from_held=part.steps if spent else 0, says=-spent if spent else None,
    )  # fmt: skip


def _name(part, books) -> str:
    """Of a pot its posting: several may lie in one book."""
    return books[part.book].code if part.account is not None else f"pot:{part.posting}"


def _require_all(drafts, written) -> None:
    for draft in drafts:
        if draft.key not in written:
            raise postings.KeyReused(draft.key)
