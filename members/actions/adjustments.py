"""Corrections by hand: up to the book's limit at once, above it when a second person agrees; so are pay-outs (`pay_outs`)."""

import datetime as dt
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from members.actions import points, postings, purses
from members.actions.postings import Receipt
from members.ledger import amounts
from members.models import Account, Adjustment, Book, Organization, Purse

State = Adjustment.State


class AloneRefused(ValueError):
    """Whoever asked for it cannot agree to it."""

    def __init__(self) -> None:
        super().__init__(_("You asked for this yourself: somebody else decides about it."))


class Decided(ValueError):
    """It was decided otherwise already."""

    def __init__(self, adjustment: Adjustment) -> None:
        told = {"state": adjustment.get_state_display(), "by": adjustment.decided_by}
        super().__init__(_("This was decided already: %(state)s, by %(by)s.") % told)


def ask(
    *, account: Account, book: Book, amount: Decimal | int, reason: str, by: AbstractBaseUser, key: str,
    now: dt.datetime,
) -> Receipt | Adjustment:  # fmt: skip
    """Adjust at once what is within the book's limit; above it ask for a second person's word. The same that waits
    already is not asked for twice. Raises NotEnough (unless the book may be owed), Unfit, KeyReused."""
    steps = book.steps(amount)
    if not alone(book=book, amount=amount):
        return wait(account=account, book=book, amount=steps, reason=reason, by=by, now=now)
    return points.adjust(account=account, book=book, amount=amount, key=key, reason=reason, by=by, now=now)


def alone(*, book: Book, amount: Decimal | int) -> bool:
    """Whether so much can be adjusted without a second person."""
    return book.adjust_limit is None or abs(amount) <= book.adjust_limit


def agree(*, adjustment: Adjustment, by: AbstractBaseUser, now: dt.datetime) -> Receipt:
    """Post it in the name of whoever asked; of a pay-out the receipt tells of the principal. Asked again, the same receipt.

    Raises AloneRefused, Decided, NotEnough.
    """
    with transaction.atomic():
        found = _locked(adjustment)
        if found.state == State.REFUSED:
            raise Decided(found)
        if found.state == State.ASKED:
            _require_another(found, by)
        receipt = _post(found, now)
        if found.state == State.ASKED:
            _decide(found, State.DONE, by, now, posting=receipt.posting)
        return receipt


def refuse(*, adjustment: Adjustment, by: AbstractBaseUser, now: dt.datetime) -> None:
    """Nothing moves. Asked again, nothing more happens. Raises AloneRefused, Decided."""
    with transaction.atomic():
        found = _locked(adjustment)
        if found.state == State.DONE:
            raise Decided(found)
        if found.state == State.ASKED:
            _require_another(found, by)
            _decide(found, State.REFUSED, by, now)


def wait(
    *, account: Account, book: Book, amount: int, reason: str, by: AbstractBaseUser, now: dt.datetime,
    purse: Purse | None = None, organization: Organization | None = None,
) -> Adjustment:  # fmt: skip
    """Leave ``amount`` steps to a second person. The same that waits already is not asked for twice. Raises Unfit."""
    reason = reason.strip()[:300]
    if not reason:
        raise amounts.Unfit(_("Say by how much, and why: the reason is kept with your name."))
    same = {"account": account, "book": book, "amount": amount, "reason": reason, "asked_by": by,
            "purse": purse, "organization": organization}  # fmt: skip
    told = [account.pk, book.pk, amount, reason, by.pk, *(each and each.pk for each in (purse, organization))]
    one_at_a_time = postings.digest("adjustment", *told).int % 2**63
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [one_at_a_time])
        waiting = Adjustment.objects.filter(**same, state=State.ASKED).first()
        return waiting or Adjustment.objects.create(**same, asked_at=now)


def _post(found: Adjustment, now) -> Receipt:
    asked = {"account": found.account, "key": f"adjustment:{found.pk}", "reason": found.reason, "by": found.asked_by,
             "now": now}  # fmt: skip
    if found.purse is None:
        return points.adjust(**asked, book=found.book, amount=found.book.shown(found.amount))
    paid = found.book.shown(-found.amount)
    done = purses.pay_out(**asked, purse=found.purse, amount=paid, organization=found.organization)
    return done.principal


def _locked(adjustment) -> Adjustment:
    found = Adjustment.objects.select_for_update(of=("self",)).select_related(
        "account",
        "book",
        "asked_by",
        "organization",
        "purse__organization",
        "purse__principal",
        "purse__bonus",
    )
    return found.get(pk=adjustment.pk)


def _require_another(adjustment, by) -> None:
    if by.pk == adjustment.asked_by_id:
        raise AloneRefused


def _decide(adjustment, state, by, now, *, posting=None) -> None:
    adjustment.state, adjustment.decided_by, adjustment.decided_at = state, by, now
    adjustment.posting_id = posting
    adjustment.save(update_fields=["state", "decided_by", "decided_at", "posting"])
