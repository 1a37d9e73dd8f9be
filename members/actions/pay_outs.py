"""Paying stored value out: up to the card's limit at once, above it when a second person agrees."""

import datetime as dt
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from members.actions import adjustments, purses
from members.actions.purses import Receipts
from members.ledger import amounts
from members.models import Account, Adjustment, Organization, Posting, Purse


class AboveLimit(ValueError):
    """A till has no second person."""

    def __init__(self, purse: Purse) -> None:
        told = {"card": purse.name, "most": f"{purse.pay_out_limit or 0:.{purse.principal.scale}f}"}
        super().__init__(
            _(
                "Of the card “%(card)s” a till pays out at most %(most)s at once. Ask for it at the desk, where a second"
                " person agrees."
            )
            % told
        )


def ask(
    *, account: Account, purse: Purse, amount: Decimal | int, reason: str, organization: Organization,
    by: AbstractBaseUser, key: str, now: dt.datetime,
) -> Receipts | Adjustment:  # fmt: skip
    """Pay out at once what is within the card's limit; above it ask for a second person's word.

    Raises points.NotEnough, Elsewhere, Unfit, KeyReused.
    """
    steps = amounts.positive(amount, scale=purse.principal.scale)
    if _alone(purse, amount, key):
        return purses.pay_out(
            account=account, purse=purse, amount=amount, key=key, organization=organization, by=by, reason=reason,
            now=now,
        )  # fmt: skip
    purses.check_place(purse=purse, organization=organization)
    return adjustments.wait(
        account=account, book=purse.principal, amount=-steps, reason=reason, by=by, now=now, purse=purse,
        organization=organization,
    )  # fmt: skip


def at_till(
    *,
    account: Account,
    purse: Purse,
    amount: Decimal | int,
    key: str,
    organization: Organization,
    now: dt.datetime,
) -> Receipts:
    """Within the card's limit, as `purses.pay_out`. Raises AboveLimit besides."""
    amounts.positive(amount, scale=purse.principal.scale)
    if not _alone(purse, amount, key):
        raise AboveLimit(purse)
    return purses.pay_out(
        account=account, purse=purse, amount=amount, key=key, organization=organization, now=now
    )


def _alone(purse: Purse, amount: Decimal | int, key: str) -> bool:
    """What the key did is told again, whatever the limit is now."""
    within = purse.pay_out_limit is not None and amount <= purse.pay_out_limit
    return within or Posting.objects.filter(key=f"{key}:principal").exists()
