"""What happens to points, and to every other value kept in books: earned, spent, reversed, expired, adjusted, given.

Each verb is one transaction. It locks the wallets of the customer (all accounts of the same person, in the order of
their ids), then reads, then writes by one statement; most earnings and spendings are a single call that does all of it.
``key`` makes it happen once: asked again with the same key it gives the same receipt, asked for something else it raises
KeyReused. Amounts are in the book's unit.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import expiring, postings, releases, reversals, wallets
from members.actions.postings import Draft, Receipt, Role, Verb
from members.ledger import amounts, drawing
from members.models import Account, Book, Posting


class NotEnough(ValueError):
    """Less can be spent than was asked for."""

    def __init__(self, *, book: Book, available: Decimal, asked: Decimal | int) -> None:
        super().__init__(
            _("%(asked)s %(unit)s were asked for, and %(available)s can be spent.")
            % {"asked": asked, "available": available, "unit": book.unit}
        )
        self.book, self.available, self.asked = book, available, asked


class Closed(ValueError):
    """The book is closed: nothing comes into it any more."""

    def __init__(self, *, book: Book) -> None:
        super().__init__(
            _("%(book)s was closed on %(day)s: nothing comes in any more. What is there can still be spent.")
            % {"book": book.name, "day": timezone.localtime(book.closed_at).date()}
        )


def earn(
    *, account: Account, book: Book, amount: Decimal | int, key: str, now: dt.datetime,
    occurred_at: dt.datetime | None = None, by: AbstractBaseUser | None = None, reason: str = "",
) -> Receipt:  # fmt: skip
    """Bring value to an account. It can be spent after the book's waiting days, and lasts as the book says, both
    counted from ``occurred_at``. What is owed is paid first. Raises Unfit, Closed, KeyReused."""
    steps = amounts.positive(amount, scale=book.scale)
    content = postings.digest("earn", book.pk, account.pk, steps, occurred_at, reason)
    at = occurred_at or now
    draft = drafted(book, account, Verb.EARN, key, Role.ISSUED, at, content, by, reason)
    if book.below_zero or book.expiry == Book.Expiry.SLIDING:
        return _earn_locked(draft, account, steps, now)
    draft.bring(postings.OWN, steps, ready=book.ready(at), ends=book.ends(at))
    return _earn_alone(draft, account, now)


def _earn_alone(draft: Draft, account: Account, now: dt.datetime) -> Receipt:
    """Nothing else of the person matters: one statement, which locks the wallet, finds the key used or the wallet
    missing, or does all of it."""
    book = draft.book
    if is_closed(book=book, now=now):
        return _earlier_or_closed(draft)
    if receipt := postings.post(draft=draft, now=now):
        return receipt
    wallets.make(pairs=[(book.pk, account.pk)])
    return postings.post(draft=draft, now=now)


def _earlier_or_closed(draft) -> Receipt:
    if found := postings.earlier(book=draft.book, key=draft.key, content=draft.content):
        return found
    raise Closed(book=draft.book)


def _earn_locked(draft: Draft, account: Account, steps: int, now: dt.datetime) -> Receipt:
    book, at = draft.book, draft.occurred_at
    with transaction.atomic():
        held = _hold_to_give(book, account)
        if found := postings.earlier(book=book, key=draft.key, content=draft.content):
            return found
        check_open(book=book, now=now)
        owed = _owed(book, held, account)
        bring(draft, _own(held, account), steps, owed, ends=book.ends(at), ready=book.ready(at))
        receipt = postings.post(draft=draft, now=now)
        prolong(book=book, held=held, at=at, now=now)
        return receipt


def spend(
    *, account: Account, book: Book, amount: Decimal | int, key: str, now: dt.datetime,
    occurred_at: dt.datetime | None = None, by: AbstractBaseUser | None = None, reason: str = "",
) -> Receipt:  # fmt: skip
    """Take value from all accounts of the person whose ``account`` it is, oldest expiry first.

    Raises NotEnough, Unfit, KeyReused.
    """
    steps = amounts.positive(amount, scale=book.scale)
    content = postings.digest("spend", book.pk, account.pk, steps, occurred_at, reason)
    at = occurred_at or now
    draft = drafted(book, account, Verb.SPEND, key, Role.SPENT, at, content, by, reason)
    if book.below_zero or book.expiry == Book.Expiry.SLIDING:
        return _spend_locked(draft, account, steps, now)
    draft.draw_first(steps)
    try:
        return postings.post(draft=draft, now=now, waits=False)
    except postings.Stale:
        draft.draw_nothing()
        return _spend_locked(draft, account, steps, now)


def _spend_locked(draft: Draft, account: Account, steps: int, now: dt.datetime) -> Receipt:
    book, key = draft.book, draft.key
    with transaction.atomic():
        read = wallets.lock_and_read(pair=(book.pk, account.pk), key=key, now=now)
        if read.earlier:
            return postings.answered(book=book, key=key, content=draft.content, row=read.earlier)
        take(draft=draft, lots=_enough(read, book, steps), steps=steps, now=now)
        receipt = postings.post(draft=draft, now=now)
        prolong(book=book, held=read.held, at=draft.occurred_at, now=now)
        return receipt


def give(
    *, account: Account, to: Account, book: Book, amount: Decimal | int, key: str, now: dt.datetime,
    by: AbstractBaseUser | None = None, reason: str = "",
) -> Receipt:  # fmt: skip
    """Give value on to another account, with the expiry it has. Raises NotEnough, Unfit, KeyReused."""
    steps = amounts.positive(amount, scale=book.scale)
    content = postings.digest("give", book.pk, account.pk, to.pk, steps, reason)
    draft = drafted(book, account, Verb.TRANSFER, key, "", now, content, by, reason)
    with transaction.atomic():
        wallets.make(pairs=[(book.pk, to.pk)])
        pairs = [(book.pk, account.pk)]
        target = wallets.own(pairs=[(book.pk, to.pk)])
        held = wallets.lock(wallets=wallets.mates(pairs=pairs) | target)
        if found := postings.earlier(book=book, key=key, content=content):
            return found
        giving = wallets.mates(pairs=pairs) & held.keys()
        if giving & target:
            raise amounts.Unfit(_("Both accounts are of the same person, who can spend all of it already."))
        lots = {lot.id: lot for lot in wallets.lots(wallets=giving)}
        draws = take(draft=draft, lots=lots.values(), steps=steps, now=now)
        for id, drawn in draws.items():
            draft.bring(*target, drawn, ready=lots[id].available_from, ends=lots[id].expires_at)
        return postings.post(draft=draft, now=now)


def adjust(
    *, account: Account, book: Book, amount: Decimal | int, key: str, reason: str, by: AbstractBaseUser,
    now: dt.datetime,
) -> Receipt:  # fmt: skip
    """Put a balance right by hand, up or (below zero) down, for a reason. What is put in can be spent at once.

    Raises NotEnough (unless the book may be owed), Unfit, KeyReused.
    """
    steps = book.steps(amount)
    if not steps or not reason.strip():
        raise amounts.Unfit(_("Say by how much, and why: the reason is kept with your name."))
    content = postings.digest("adjust", book.pk, account.pk, steps, reason)
    draft = drafted(book, account, Verb.ADJUST, key, Role.ADJUSTED, now, content, by, reason.strip()[:300])
    with transaction.atomic():
        held = _hold_to_give(book, account, mates=True)
        if found := postings.earlier(book=book, key=key, content=content):
            return found
        if steps > 0:
            owed = _owed(book, held, account)
            bring(draft, _own(held, account), steps, owed, ends=book.ends(now), ready=now)
        else:
            _take_down(draft, wallets.lots(wallets=held), -steps, _own(held, account), now)
        return postings.post(draft=draft, now=now)


def release(
    *, posting: Posting, now: dt.datetime, by: AbstractBaseUser | None = None, reason: str = ""
) -> bool:  # fmt: skip
    """Let what was earned be spent from now on, before its waiting days are over. Whether there was anything."""
    return releases.early(posting=posting, now=now, by=by, reason=reason)


def reverse(
    *, posting: Posting, key: str, now: dt.datetime, amount: Decimal | int | None = None,
    by: AbstractBaseUser | None = None, reason: str = "",
) -> Receipt:  # fmt: skip
    """Undo something earned or spent (at once, or by the commit of a hold), all that is left of it or ``amount`` of it.

    What was spent goes back into the very lots it came from, the last to expire first; a lot that has expired
    meanwhile follows the book's days of grace. What was earned is taken back from its own lots, then from the
    person's others as far as it was spent; the rest is owed if the book allows it, else it is the receipt's ``short``.
    Raises NotReversible, Unfit, KeyReused.
    """
    reversals.check(posting)
    book = posting.book
    asked = None if amount is None else amounts.positive(amount, scale=book.scale)
    content = postings.digest("reverse", posting.pk, asked, reason)
    role = Role.ISSUED if posting.verb == Verb.EARN else Role.SPENT
    draft = drafted(book, posting.account, Verb.REVERSE, key, role, now, content, by, reason)
    draft.corrects = posting.pk
    with transaction.atomic():
        held = reversals.hold(posting)
        if found := postings.earlier(book=book, key=key, content=content):
            return found
        steps = reversals.still_open(posting, asked)
        if posting.verb == Verb.EARN:
            reversals.take_back_earned(draft, posting, steps, held, now)
        else:
            expiring.take_out(held, now=now)
            reversals.give_back(draft, posting, steps, now)
        return postings.post(draft=draft, now=now)


def expire(*, now: dt.datetime, batch: int = expiring.BATCH) -> int:
    """Take out one batch of what has expired; how many lots it was, 0 when there is nothing left. Each batch is a
    transaction: killed, it goes on where it was."""
    return expiring.some(now=now, batch=batch)


def check_open(*, book: Book, now: dt.datetime) -> None:
    """Raises Closed."""
    if is_closed(book=book, now=now):
        raise Closed(book=book)


def is_closed(*, book: Book, now: dt.datetime) -> bool:
    return book.closed_at is not None and book.closed_at <= now


def bring(draft: Draft, wallet: int, steps: int, owed: list[drawing.Lot], *, ends, ready) -> None:
    """A new lot in a wallet, less what pays for the debts among ``owed``, which are less then."""
    paid = drawing.settle(owed, steps)
    draft.bring(wallet, steps, ready=ready, ends=ends, remaining=steps + sum(paid.values()))
    draft.uses |= paid
    for lot in owed:
        lot.remaining -= paid.get(lot.id, 0)


def drafted(book, account, verb, key, role, at, content, by, reason) -> Draft:
    return Draft(
        book=book, account=account and account.pk, verb=verb, key=key, role=role, occurred_at=at, content=content,
        by=by and by.pk, reason=reason,
    )  # fmt: skip


def _hold_to_give(book, account, *, mates=False) -> wallets.Locked:
    """The account's own wallet; in a sliding book all of the person's, which last as long as it does."""
    pairs = [(book.pk, account.pk)]
    everyone = mates or book.expiry == Book.Expiry.SLIDING
    lock = wallets.lock_mates if everyone else wallets.lock_own
    held = lock(pairs=pairs)
    if pairs[0] in held.values():
        return held
    wallets.make(pairs=pairs)
    return lock(pairs=pairs)


def prolong(*, book: Book, held: Iterable[int], at: dt.datetime, now: dt.datetime) -> None:
    """In a sliding book all that the person has lasts as long as what he earned or spent last."""
    if book.expiry == Book.Expiry.SLIDING:
        wallets.prolong(ends=dict.fromkeys(held, book.ends(at)), now=now)


def _enough(read: wallets.Read, book: Book, steps: int) -> list[drawing.Lot]:
    """The lots that were read, unless others, or debts, count as well."""
    if not book.below_zero and (read.whole or sum(lot.remaining for lot in read.lots) >= steps):
        return read.lots
    return wallets.lots(wallets=read.held) if read.held else []


def _own(held, account) -> int:
    return next(wallet for wallet, (_book, owner) in held.items() if owner == account.pk)


def _owed(book, held, account) -> list[drawing.Lot]:
    return wallets.lots(wallets=[_own(held, account)]) if book.below_zero else []


def take(*, draft: Draft, lots: Iterable[drawing.Lot], steps: int, now: dt.datetime) -> drawing.Draws:
    """Into the draft: so many steps out of lots, oldest expiry first. Raises NotEnough."""
    lots = list(lots)
    try:
        draws = drawing.spend(lots, steps, now=now)
    except drawing.NotEnough as less:
        shown = draft.book.shown
        raise NotEnough(book=draft.book, available=shown(less.available), asked=shown(less.asked)) from None
    draft.draw(draws, {lot.id: lot.wallet for lot in lots})
    return draws


def _take_down(draft, lots, steps, wallet, now) -> None:
    there = drawing.available(lots, now=now)
    if draft.book.below_zero and there < steps:
        if there:
            take(draft=draft, lots=lots, steps=there, now=now)
        draft.bring(wallet, there - steps, ready=now, ends=None)
    else:
        take(draft=draft, lots=lots, steps=steps, now=now)
