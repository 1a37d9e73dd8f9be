"""Value of one book becomes value of another one, account by account.

Each account's own lots become its own lot in the other book, so an undo of a merge afterwards still leaves everybody what
was theirs. The rate is what both books say one unit is worth; what rounding down leaves over is kept with the posting.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import points, postings, wallets
from members.actions.postings import KeyReused, Receipt, Role, Verb
from members.ledger import amounts, drawing
from members.models import Account, Book, Conversion, Member, Posting, Wallet
from members.queries import acting


class NoRate(ValueError):
    """One of the books does not say what it is worth."""

    def __init__(self, book: Book) -> None:
        super().__init__(
            _("%(book)s cannot be converted: it does not say what one %(unit)s is worth.")
            % {"book": book.name, "unit": book.unit}
        )


@dataclass(frozen=True)
class Converted:
    """``out`` of one book, ``into`` another one. ``lost`` is in the unit of the second: what rounding down left over."""

    out: Receipt
    into: Receipt
    rate: Decimal
    lost: Decimal


def convert(
    *, account: Account, book: Book, into: Book, amount: Decimal | int | None, key: str, now: dt.datetime,
    by: AbstractBaseUser | None = None,
) -> Converted:  # fmt: skip
    """``amount`` of what this account itself holds, or (None) all that it can spend: amount × worth ÷ worth, rounded
    down. What comes in can be spent at once and expires as the other book says, counted from ``now``.

    Raises NoRate, NotEnough, Unfit, Closed, KeyReused.
    """
    steps = None if amount is None else amounts.positive(amount, scale=book.scale)
    if book == into:
        raise amounts.Unfit(_("A book cannot be converted into itself."))
    content = postings.digest("convert", account.pk, book.pk, into.pk, steps)
    with transaction.atomic():
        held = _lock(account, book, into)
        if found := _earlier(_key(key, "out", account, book), book, into, content):
            return found
        points.check_open(book=into, now=now)
        rate = _rate(book, into)
        out, coming = (
            points.drafted(each, account, Verb.CONVERT, _key(key, way, account, each), Role.CONVERTED, now, content, by, "")
            for way, each in (("out", book), ("in", into))
        )  # fmt: skip
        steps = _draw(out, account, held, steps, now)
        exact = Fraction(book.shown(steps)) * rate
        _bring(coming, account, into, held, exact, now)
        return _write(out, coming, steps, rate, exact, held, now)


def unite(
    *, member: Member, into: Book, key: str, now: dt.datetime, by: AbstractBaseUser | None = None
) -> list[Converted]:
    """All that can be spent in other points books around the node of ``into`` and has a rate, of every account.

    Waiting points and what would round to nothing stay where they are. Asked again, the same answer.
    """
    books = acting.books(node=into.organization).filter(kind=Book.Kind.POINTS).exclude(worth=None)
    books = {book.pk: book for book in books.exclude(pk=into.pk)}
    with transaction.atomic():
        of_member = Wallet.objects.filter(account__member=member, book__in=books).select_related("account")
        found = list(of_member.order_by("account_id", "book_id"))
        _hold_all(member, found, into)
        keys = {_key(key, "out", each.account, books[each.book_id]) for each in found}
        done = set(Posting.objects.filter(key__in=keys).values_list("key", flat=True))
        wanted = [
            each for each in found if not done or _key(key, "out", each.account, books[each.book_id]) in done
        ]
        tried = (_try(each.account, books[each.book_id], into, key, now, by) for each in wanted)
        return [each for each in tried if each]


def _try(account, book, into, key, now, by) -> Converted | None:
    try:
        with transaction.atomic():
            return convert(account=account, book=book, into=into, amount=None, key=key, now=now, by=by)
    except amounts.Unfit:
        return None


def _hold_all(member, found, into) -> None:
    """Every wallet of it at once, so that the single conversions wait for nobody."""
    wallets.make(pairs={(into.pk, each.account_id) for each in found})
    theirs = {(book, each) for each in member.accounts.values_list("pk", flat=True)
              for book in {into.pk, *(wallet.book_id for wallet in found)}}  # fmt: skip
    wallets.lock(wallets=wallets.own(pairs=theirs))


def _key(key, way, account, book) -> str:
    return f"{key}:{way}:{account.pk}:{book.code}"


def _lock(account, book, into) -> wallets.Locked:
    """The account's own two wallets, and in both books those of the person's others, who may owe or last as long."""
    wallets.make(pairs=[(into.pk, account.pk)])
    pairs = [(book.pk, account.pk), (into.pk, account.pk)]
    return wallets.lock(wallets=wallets.own(pairs=pairs) | wallets.mates(pairs=pairs))


def _rate(book, into) -> Fraction:
    for each in (book, into):
        if each.worth is None:
            raise NoRate(each)
    return Fraction(book.worth) / Fraction(into.worth)


def _draw(draft, account, held, asked, now) -> int:
    """How many steps leave the account's own lots: never what the person owes elsewhere in the book."""
    of_book = [wallet for wallet, pair in held.items() if pair[0] == draft.book.pk]
    lots = wallets.lots(wallets=of_book) if of_book else []
    own = [lot for lot in lots if held[lot.wallet][1] == account.pk]
    there = min(drawing.available(lots, now=now), drawing.available(own, now=now))
    if asked is None and not there:
        raise amounts.Unfit(_("This account has nothing in %(book)s to convert.") % {"book": draft.book.name})
    steps = there if asked is None else asked
    if steps > there:
        shown = draft.book.shown
        raise points.NotEnough(book=draft.book, available=shown(there), asked=shown(steps))
    points.take(draft=draft, lots=own, steps=steps, now=now)
    return steps


def _bring(draft, account, into, held, exact, now) -> None:
    steps = int(exact * 10**into.scale)
    if not steps:
        raise amounts.Unfit(
            _("It is worth less than %(least)s %(unit)s: nothing would be left after rounding.")
            % {"least": amounts.unit(scale=into.scale), "unit": into.unit}
        )
    if steps > amounts.MOST:
        raise amounts.Unfit(_("That is more than one posting may move."))
    own = next(wallet for wallet, pair in held.items() if pair == (into.pk, account.pk))
    owed = wallets.lots(wallets=[own]) if into.below_zero else []
    points.bring(draft, own, steps, owed, ends=into.ends(now), ready=now)


def _write(out, coming, steps, rate, exact, held, now) -> Converted:
    written = postings.write(drafts=[out, coming], now=now)
    if len(written) < 2:
        raise KeyReused(out.key)
    left, came = (_receipt(draft, written) for draft in (out, coming))
    lost = exact - Fraction(came.amount)
    Conversion.objects.create(
        posting_id=came.posting, source_id=left.posting, asked=out.book.shown(steps),
        rate=_decimal(rate, 12), lost=_decimal(lost, 8),
    )  # fmt: skip
    of_target = [wallet for wallet, pair in held.items() if pair[0] == coming.book.pk]
    points.prolong(book=coming.book, held=of_target, at=now, now=now)
    return Converted(left, came, _decimal(rate, 12), _decimal(lost, 8))


def _receipt(draft, written) -> Receipt:
    return Receipt(
        written[draft.key],
        str(draft.verb),
        draft.book.code,
        draft.book.shown(draft.amount),
        draft.book.shown(0),
    )


def _decimal(exact: Fraction, places: int) -> Decimal:
    return amounts.shown(round(exact * 10**places), scale=places)


def _earlier(key, book, into, content) -> Converted | None:
    out = postings.earlier(book=book, key=key, content=content)
    if out is None:
        return None
    row = Conversion.objects.select_related("posting").get(source=out.posting)
    came = Receipt(
        row.posting_id, str(Verb.CONVERT), into.code, into.shown(row.posting.amount), into.shown(0)
    )
    return Converted(out, came, row.rate, row.lost)
