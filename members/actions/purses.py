"""Stored-value cards: money paid in with a bonus on top, spent, given back for returned goods, and paid out again.

A purse is two books; what an account holds in them is its card, and all accounts of a person pay together, as with
points. Each verb is one transaction: it locks the wallets of both books at once, then reads, then writes by one
statement. ``key`` makes it happen once, under the keys ``{key}:principal`` and ``{key}:bonus``.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import expiring, points, postings, reversals, wallets
from members.actions.postings import Draft, Receipt, Role, Verb
from members.ledger import amounts, drawing
from members.models import Account, Book, LotUse, Organization, Posting, Purse

Steps = dict[Book, int]


class Elsewhere(ValueError):
    """The card cannot be used at this place."""


class UnknownSpend(LookupError):
    """No spending of this card has that key."""


@dataclass(frozen=True)
class Receipts:
    """What happened in each of the two books (None: nothing), and what the customer can spend of the card now."""

    principal: Receipt | None
    bonus: Receipt | None
    balance: Decimal


def top_up(
    *, account: Account, purse: Purse, principal: Decimal | int, bonus: Decimal | int = 0, key: str,
    organization: Organization, now: dt.datetime, by: AbstractBaseUser | None = None,
) -> Receipts:  # fmt: skip
    """Money paid in, and what is given on top of it. Raises Elsewhere, Unfit, KeyReused, points.Closed."""
    steps = {
        purse.principal: amounts.positive(principal, scale=purse.principal.scale),
        **_bonus(purse, bonus),
    }
    content = _content("top up", purse, account, organization, [steps.get(book, 0) for book in _books(purse)])
    check_place(purse=purse, organization=organization)
    with transaction.atomic():
        wallets.make(pairs=[(book.pk, account.pk) for book in steps])
        held = _lock(purse, account)
        if found := _earlier(purse, key, content, held, now):
            return found
        drafts = [_draft(purse, book, account, Verb.EARN, key, now, content, by) for book in steps]
        for draft in drafts:
            points.check_open(book=draft.book, now=now)
            wallet = next(id for id, pair in held.items() if pair == (draft.book.pk, account.pk))
            owed = wallets.lots(wallets=[wallet]) if draft.book.below_zero else []
            ends, ready = draft.book.ends(now), draft.book.ready(now)
            points.bring(draft, wallet, steps[draft.book], owed, ends=ends, ready=ready)
        return _write(purse, drafts, held, now)


def spend(
    *, account: Account, purse: Purse, amount: Decimal | int, key: str, organization: Organization,
    now: dt.datetime, by: AbstractBaseUser | None = None,
) -> Receipts:  # fmt: skip
    """Pay with the card: from one book first, as the purse says, then from the other; in each, oldest expiry first.

    Raises points.NotEnough, Elsewhere, Unfit, KeyReused.
    """
    steps = amounts.positive(amount, scale=purse.principal.scale)
    content = _content("spend", purse, account, organization, steps)
    check_place(purse=purse, organization=organization)
    with transaction.atomic():
        held = _lock(purse, account)
        if found := _earlier(purse, key, content, held, now):
            return found
        drafts, left = [], steps
        for book, lots in _lots(purse, held).items():
            if taken := min(left, drawing.available(lots, now=now)):
                draft = _draft(purse, book, account, Verb.SPEND, key, now, content, by)
                points.take(draft=draft, lots=lots, steps=taken, now=now)
                drafts.append(draft)
                left -= taken
        if left:
            shown = purse.principal.shown
            raise points.NotEnough(book=purse.principal, available=shown(steps - left), asked=shown(steps))
        return _write(purse, drafts, held, now)


def refund(
    *, purse: Purse, key_of_spend: str, amount: Decimal | int | None = None, key: str, now: dt.datetime,
    by: AbstractBaseUser | None = None,
) -> Receipts:  # fmt: skip
    """Goods came back: all that was paid with the card, or ``amount`` of it, goes back into the lots it came from, the
    book that paid last first. Raises UnknownSpend, reversals.NotReversible, Unfit, KeyReused."""
    asked = None if amount is None else amounts.positive(amount, scale=purse.principal.scale)
    content = postings.digest("refund purse", purse.pk, key_of_spend, asked)
    with transaction.atomic():
        spent = _spent(purse, key_of_spend)
        account = spent[0].account
        own = wallets.mates(pairs=_pairs(purse, account))
        locked = wallets.lock(wallets=_touched(spent) | own)
        held = {wallet: pair for wallet, pair in locked.items() if wallet in own}
        if found := _earlier(purse, key, content, held, now):
            return found
        expiring.take_out(locked, now=now)
        drafts = []
        for posting, steps in _shares(spent, asked):
            draft = _draft(purse, posting.book, account, Verb.REVERSE, key, now, content, by)
            draft.corrects = posting.pk
            reversals.give_back(draft, posting, steps, now)
            drafts.append(draft)
        return _write(purse, drafts, held, now)


def pay_out(
    *, account: Account, purse: Purse, amount: Decimal | int, key: str, organization: Organization,
    now: dt.datetime, by: AbstractBaseUser | None = None, reason: str = "",
) -> Receipts:  # fmt: skip
    """The customer wants his money: ``amount`` of what was paid in leaves the card, oldest expiry first, and with it the
    same share of the bonus, which nobody is paid (rounded down, so in his favour). Not reversible: top up again.

    Raises points.NotEnough, Elsewhere, Unfit, KeyReused.
    """
    steps = amounts.positive(amount, scale=purse.principal.scale)
    content = _content("pay out", purse, account, organization, (steps, reason))
    check_place(purse=purse, organization=organization)
    with transaction.atomic():
        held = _lock(purse, account)
        if found := _earlier(purse, key, content, held, now):
            return found
        lots = _lots(purse, held)
        draft = _draft(purse, purse.principal, account, Verb.PAY_OUT, key, now, content, by, reason)
        draft.role = Role.PAID_OUT
        forfeited = _same_share(purse, lots, steps, now)
        points.take(draft=draft, lots=lots[purse.principal], steps=steps, now=now)
        drafts = [draft]
        if forfeited:
            drafts.append(
                _forfeit(purse, account, lots[purse.bonus], forfeited, key, now, content, by, reason)
            )
        return _write(purse, drafts, held, now)


def _same_share(purse, lots, steps, now) -> int:
    """Of the bonus, what waits included, as much as ``steps`` are of the principal."""
    if purse.bonus is None:
        return 0
    principal, bonus = (_left(lots[book], now) for book in (purse.principal, purse.bonus))
    return max(0, bonus) * min(steps, principal) // principal if principal > 0 else 0


def _left(lots, now) -> int:
    return sum(lot.remaining for lot in lots if not lot.is_over(now))


def _forfeit(purse, account, lots, steps, key, now, content, by, reason) -> Draft:
    draft = _draft(purse, purse.bonus, account, Verb.PAY_OUT, key, now, content, by, reason)
    draft.role, draft.event = Role.ADJUSTED, f"{purse.bonus.kind}.forfeited"
    draws = drawing.take([lot for lot in lots if not lot.is_over(now)], steps)
    draft.draw(draws, {lot.id: lot.wallet for lot in lots})
    return draft


def check_place(*, purse: Purse, organization: Organization) -> None:
    """Raises Elsewhere, and Unfit for a card whose books do not go together."""
    if not organization.path.startswith(purse.organization.path):
        raise Elsewhere(
            _("The card “%(card)s” is for %(own)s, not for %(place)s.")
            % {"card": purse.name, "own": purse.organization.name, "place": organization.name}
        )
    for book in _books(purse):
        if (book.unit, book.scale) != (purse.principal.unit, purse.principal.scale):
            raise amounts.Unfit(
                _("The two books of the card “%(card)s” count differently.") % {"card": purse.name}
            )


def _bonus(purse, bonus) -> Steps:
    if not bonus:
        return {}
    if purse.bonus is None:
        raise amounts.Unfit(_("The card “%(card)s” has no bonus.") % {"card": purse.name})
    return {purse.bonus: amounts.positive(bonus, scale=purse.bonus.scale)}


def _books(purse) -> list[Book]:
    """In the order in which they pay."""
    both = [book for book in (purse.principal, purse.bonus) if book]
    return both if purse.spends == Purse.Spends.PRINCIPAL else both[::-1]


def _pairs(purse, account):
    return [(book.pk, account.pk) for book in _books(purse)]


def _lock(purse, account):
    return wallets.lock_mates(pairs=_pairs(purse, account))


def _lots(purse, held) -> dict[Book, list[drawing.Lot]]:
    lots = wallets.lots(wallets=held)
    return {book: [lot for lot in lots if held[lot.wallet][0] == book.pk] for book in _books(purse)}


def _content(verb, purse, account, organization, steps) -> uuid.UUID:
    return postings.digest(f"{verb} purse", purse.pk, account.pk, organization.pk, steps)


def _key(purse, book, key):
    return f"{key}:{'principal' if book == purse.principal else 'bonus'}"


def _draft(purse, book, account, verb, key, now, content, by, reason="") -> Draft:
    role = Role.ISSUED if verb == Verb.EARN else Role.SPENT
    return points.drafted(book, account, verb, _key(purse, book, key), role, now, content, by, reason)


def _spent(purse, key) -> list[Posting]:
    """In the order in which they paid."""
    wanted = [_key(purse, book, key) for book in _books(purse)]
    found = (
        Posting.objects.filter(key__in=wanted, book__in=_books(purse), verb=Verb.SPEND)
        .select_related("book", "account")
        .order_by("pk")
    )
    if not found:
        raise UnknownSpend(_("Nothing was paid with the key %(key)r.") % {"key": key})
    return list(found)


def _touched(spent) -> set[int]:
    uses = LotUse.objects.filter(posting__in=spent)
    return set(uses.values_list("lot__wallet_id", flat=True))


def _shares(spent, asked) -> list[tuple[Posting, int]]:
    """What of each spending comes back: the last to have paid comes first."""
    open_ = {
        posting: -posting.amount - sum(each.amount for each in posting.corrections.all()) for posting in spent
    }
    left = sum(open_.values())
    if left <= 0 or (asked or 0) > left:
        shown = spent[0].book.shown(max(0, left))
        raise reversals.NotReversible(_("Of it, %(left)s can still be given back.") % {"left": shown})
    wanted, shares = left if asked is None else asked, []
    for posting in reversed(spent):
        if steps := min(wanted, open_[posting]):
            shares.append((posting, steps))
            wanted -= steps
    return shares


def _earlier(purse, key, content, held, now) -> Receipts | None:
    """The answer of this key, if it was used. One book may not have taken part, and then has no posting. Raises KeyReused."""
    found = {
        book: receipt
        for book in _books(purse)
        if (receipt := postings.earlier(book=book, key=_key(purse, book, key), content=content))
    }
    return _receipts(purse, found, held, now) if found else None


def _write(purse, drafts, held, now) -> Receipts:
    written = postings.write(drafts=drafts, now=now)
    if len(written) < len(drafts):
        raise postings.KeyReused(drafts[0].key)
    for draft in drafts:
        of_book = [wallet for wallet, pair in held.items() if pair[0] == draft.book.pk]
        if draft.verb in (Verb.EARN, Verb.SPEND):
            points.prolong(book=draft.book, held=of_book, at=now, now=now)
    receipts = {
        draft.book: Receipt(
            written[draft.key],
            str(draft.verb),
            draft.book.code,
            draft.book.shown(draft.amount),
            draft.book.shown(0),
        )
        for draft in drafts
    }
    return _receipts(purse, receipts, held, now)


def _receipts(purse, found, held, now) -> Receipts:
    ready = sum(drawing.available(lots, now=now) for lots in _lots(purse, held).values())
    return Receipts(found.get(purse.principal), found.get(purse.bonus), purse.principal.shown(ready))
