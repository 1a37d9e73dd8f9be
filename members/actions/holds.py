"""Holds: what a till reserves before it is sure of the sale. The value leaves its lots at once, in one or several books,
and one further posting a book ends it. So nobody else can spend it meanwhile, and expiry cannot take it."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members import rows, sets
from members.actions import endings, points, postings, wallets
from members.actions.postings import KeyReused, Receipt, Role, Verb
from members.ledger import amounts
from members.models import Account, Book, Hold, Organization
from members.queries import books as kept
from members.queries import holds as read

State = Hold.State
PLACE = """
INSERT INTO members_hold (key, content, account_id, organization_id, state, until, made_at, by_id)
VALUES (%s, %s, %s, %s, 'open', %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING id
"""
FIND = f"SELECT {rows.columns(Hold, 'h')} FROM members_hold h WHERE h.key = %s"  # noqa: S608
LOCK = f"{FIND} FOR UPDATE"
END = "UPDATE members_hold SET state = %s, ended_at = %s WHERE id = %s"
BATCH = 500


class HoldUnknown(LookupError):
    """No hold has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(_("There is no hold with the key %(key)r.") % {"key": key})


class HoldEnded(ValueError):
    """It ended otherwise, or with another amount."""

    def __init__(self, hold: Hold) -> None:
        told = {"key": hold.key, "state": hold.get_state_display(), "at": hold.ended_at.isoformat()}
        super().__init__(_("The hold %(key)r has ended already: %(state)s at %(at)s.") % told)


class HoldOver(ValueError):
    """Its time is up: nothing of it can be committed, whether or not it was given back already."""

    def __init__(self, hold: Hold) -> None:
        told = {"key": hold.key, "until": hold.until.isoformat()}
        super().__init__(
            _("The hold %(key)r was good until %(until)s: nothing was spent, spend anew.") % told
        )


class Part(NamedTuple):
    book: Book
    amount: Decimal | int


class Pot(NamedTuple):
    """So many steps of what lies in these wallets of the house; ``label`` names it within the hold."""

    book: Book
    wallets: tuple[int, ...]
    steps: int
    label: str


class PotEmpty(points.NotEnough):
    """Less lies in the wallets of the pot ``label``."""

    def __init__(self, pot: Pot, less: points.NotEnough) -> None:
        super().__init__(book=pot.book, available=less.available, asked=less.asked)
        self.label = pot.label


@dataclass(frozen=True)
class Held:
    """A hold as it stands: one receipt a book, in the order of the books' ids. While it is open they say what was
    taken (below zero); once it ended, what was spent (below zero) or what was given back."""

    key: str
    state: str
    until: dt.datetime
    receipts: tuple[Receipt, ...]


def place(
    *, account: Account | None, parts: Sequence[Part], key: str, until: dt.datetime, now: dt.datetime,
    organization: Organization | None = None, by: AbstractBaseUser | None = None, pots: Sequence[Pot] = (),
    beside: Collection[int] = (),
) -> Held:  # fmt: skip
    """Reserve value of the person whose ``account`` it is, oldest expiry first, and of ``pots`` of the house, in all of
    them or in none. A guest (no account) has no value of his own. ``beside``: wallets that the caller writes later, which
    are locked with the others.

    Asked again it answers with the hold as it stands by then. Raises NotEnough, PotEmpty, Unfit, KeyReused.
    """
    told = {"account": account, "parts": parts, "key": key, "until": until, "now": now}
    with transaction.atomic():
        return reserve(**told, organization=organization, by=by, pots=pots, beside=beside)


def reserve(
    *, account: Account | None, parts: Sequence[Part], key: str, until: dt.datetime, now: dt.datetime,
    organization: Organization | None = None, by: AbstractBaseUser | None = None, pots: Sequence[Pot] = (),
    beside: Collection[int] = (),
) -> Held:  # fmt: skip
    """`place` in the caller's transaction, which is lost with what it raises."""
    asked = _asked(parts) if parts or not pots else {}
    if asked and account is None:
        raise amounts.Unfit(_("A guest has no value that could be held: find the customer first."))
    if until <= now:
        raise amounts.Unfit(_("A hold ends later than it begins: %(until)s is over.") % {"until": until})
    told = [(book.pk, steps) for book, steps in asked.items()]
    told += [(pot.label, pot.steps) for pot in pots]
    content = postings.digest("hold", account and account.pk, told, until, organization and organization.pk)
    held = _lock([(book.pk, account.pk) for book in asked], pots, beside)
    if found := _earlier(key, content):
        return found
    drafts = [*_drafts(account, asked, held, key, now, by), *_drafts_of_pots(pots, key, now, by)]
    whose = account and account.pk, organization and organization.pk
    made = sets.prepared(PLACE, key, content, *whose, until, now, by and by.pk)
    if not made:
        return _earlier(key, content)
    for draft in drafts:
        draft.hold = made[0][0]
    written = postings.write(drafts=drafts, now=now)
    if len(written) < len(drafts):
        raise KeyReused(key)
    return Held(key, State.OPEN, until, tuple(_receipt(draft, written) for draft in drafts))


def commit(
    *, key: str, now: dt.datetime, amounts: Mapping[str, Decimal | int] | None = None,
    by: AbstractBaseUser | None = None,
) -> Held:  # fmt: skip
    """Spend what is held, all of it or ``amounts`` ({book code: how much}, every book of the customer's named); the rest
    goes back into the lots it came from, the last to expire first. What pots gave is spent wholly. Asked again for the
    same, it gives the same answer.

    Raises HoldUnknown, HoldOver, HoldEnded, Unfit.
    """
    with transaction.atomic():
        return _told_of(spend(key=key, now=now, amounts=amounts, by=by))


def spend(
    *, key: str, now: dt.datetime, amounts: Mapping[str, Decimal | int] | None = None,
    by: AbstractBaseUser | None = None,
) -> Hold:  # fmt: skip
    """`commit` without its receipts, for whoever is in a transaction and does not show them. Raises what it does."""
    hold, parts = _locked(key)
    spent = _spent(parts, amounts)
    if hold.state == State.LAPSED or (hold.state == State.OPEN and now >= hold.until):
        raise HoldOver(hold)
    if hold.state == State.OPEN:
        _end(hold, parts, spent, State.COMMITTED, now, by)
    elif {part.posting: part.spent for part in parts} != spent:
        raise HoldEnded(hold)
    return hold


def cancel(*, key: str, now: dt.datetime, by: AbstractBaseUser | None = None) -> Held:
    """Give all of it back. Asked again, it gives the same answer. Raises HoldUnknown, HoldEnded."""
    with transaction.atomic():
        hold, parts = _locked(key)
        if hold.state == State.OPEN:
            _end(hold, parts, {}, State.CANCELLED, now, by)
            return _told_of(hold)
        if hold.state != State.CANCELLED:
            raise HoldEnded(hold)
        return _held(hold, parts)


@transaction.atomic
def lapse(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Give back one batch of what was held for longer than it might be; how many holds it was."""
    over = Hold.objects.filter(state=State.OPEN, until__lte=now).order_by("id")
    found = {hold.pk: hold for hold in over.select_for_update(skip_locked=True)[:batch]}
    if found:
        endings.write(parts=read.parts(holds=found), spent={}, holds=found, now=now)
        Hold.objects.filter(pk__in=found).update(state=State.LAPSED, ended_at=now)
    return len(found)


def find(*, key: str) -> Held:
    """Raises HoldUnknown."""
    hold = Hold.objects.filter(key=key).first()
    if hold is None:
        raise HoldUnknown(key)
    return _told_of(hold)


def _asked(parts) -> dict[Book, int]:
    found = {book: amounts.positive(amount, scale=book.scale) for book, amount in parts}
    if not found or len(found) < len(parts):
        raise amounts.Unfit(_("Say for each book once how much is to be held."))
    return dict(sorted(found.items(), key=lambda each: each[0].pk))


def _drafts(account, asked, held, key, now, by) -> list[postings.Draft]:
    lots = wallets.lots(wallets=held) if asked and held else []
    drafts = []
    for book, steps in asked.items():
        content = postings.digest("hold", key, steps)
        of_book = f"{key}:{book.code}"
        draft = points.drafted(book, account, Verb.HOLD, of_book, Role.HELD, now, content, by, "")
        of_it = [lot for lot in lots if held[lot.wallet][0] == book.pk]
        points.take(draft=draft, lots=of_it, steps=steps, now=now)
        drafts.append(draft)
    return drafts


def _lock(pairs, pots, beside) -> wallets.Locked:
    """Of what is ``beside`` the hold itself takes nothing."""
    if not pots and not beside:
        return wallets.lock_mates(pairs=pairs)
    mates, of_house = wallets.mates(pairs=pairs), {wallet for pot in pots for wallet in pot.wallets}
    held = wallets.lock(wallets=of_house | mates | set(beside))
    return {wallet: pair for wallet, pair in held.items() if wallet in of_house or wallet in mates}


def _drafts_of_pots(pots, key, now, by) -> list[postings.Draft]:
    lots = wallets.lots(wallets={wallet for pot in pots for wallet in pot.wallets}) if pots else []
    drafts = []
    for pot in pots:
        content = postings.digest("hold", key, pot.label, pot.steps)
        of_pot = f"{key}:{pot.label}"
        draft = points.drafted(pot.book, None, Verb.HOLD, of_pot, Role.HELD, now, content, by, "")
        of_it = [lot for lot in lots if lot.wallet in pot.wallets]
        try:
            draws = points.take(draft=draft, lots=of_it, steps=pot.steps, now=now)
        except points.NotEnough as less:
            raise PotEmpty(pot, less) from None
        for lot in of_it:
            lot.remaining -= draws.get(lot.id, 0)
        drafts.append(draft)
    return drafts


def _receipt(draft, written) -> Receipt:
    shown = draft.book.shown
    return Receipt(
        written[draft.key], str(draft.verb), draft.book.code, shown(draft.amount), shown(draft.short)
    )


def _earlier(key: str, content: uuid.UUID) -> Held | None:
    found = rows.prepared(Hold, FIND, key)
    if not found:
        return None
    hold = found[0]
    if hold.content != content:
        raise KeyReused(key)
    return _told_of(hold)


def _locked(key) -> tuple[Hold, list[read.Part]]:
    found = rows.prepared(Hold, LOCK, key)
    if not found:
        raise HoldUnknown(key)
    return found[0], read.parts(holds=[found[0].pk])


def _spent(parts, wanted) -> dict[int, int]:
    """{posting: steps}"""
    if wanted is None:
        return {part.posting: part.steps for part in parts}
    own = [part for part in parts if part.account is not None]
    books = kept.of_ids(part.book for part in own)
    codes = sorted(book.code for book in books.values())
    if sorted(wanted) != codes:
        raise amounts.Unfit(_("Say how much of each book is spent: %(books)s.") % {"books": ", ".join(codes)})
    theirs = {part.posting: part.steps for part in parts if part.account is None}
    return theirs | {
        part.posting: _part(part, books[part.book], wanted[books[part.book].code]) for part in own
    }


def _part(part, book, amount) -> int:
    steps = book.steps(amount)
    if not 0 <= steps <= part.steps:
        raise amounts.Unfit(
            _("Of %(held)s %(unit)s held, %(amount)s cannot be spent.")
            % {"held": book.shown(part.steps), "unit": book.unit, "amount": amount}
        )
    return steps


def _end(hold, parts, spent, state, now, by) -> None:
    if not any(spent.values()):
        state = State.CANCELLED
    endings.write(parts=parts, spent=spent, holds={hold.pk: hold}, now=now, by=by and by.pk)
    hold.state, hold.ended_at = state, now
    sets.prepared(END, state, now, hold.pk)


def _told_of(hold) -> Held:
    return _held(hold, read.parts(holds=[hold.pk]))


def _held(hold, parts) -> Held:
    books = kept.of_ids(part.book for part in parts)
    return Held(hold.key, str(hold.state), hold.until, tuple(_told(part, books[part.book]) for part in parts))


def _told(part, book) -> Receipt:
    if part.ending is None:
        return Receipt(part.posting, str(Verb.HOLD), book.code, book.shown(-part.steps), book.shown(0))
    steps = -part.spent if part.verb == Verb.COMMIT else part.back
    return Receipt(part.ending, part.verb, book.code, book.shown(steps), book.shown(0))
