"""Child IDs of a super ID: revoked and restored, and who is one person after that."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from identity.actions import oneid
from members.actions import accounts, profiles
from members.models import Account


@transaction.atomic
def revoke(*, account: Account, reason: str, by: AbstractBaseUser | None, now: dt.datetime) -> set[int]:
    """Put a child ID aside: it leaves the view, reach and linking, its orders and events stay the member's.

    The members that changed; none if it was revoked already. Raises ``accounts.ReasonMissing``.
    """
    changed = accounts.revoke(account=account, reason=reason, by=by, now=now)
    return _recompute(account, now) if changed else set()


@transaction.atomic
def restore(*, account: Account, reason: str, by: AbstractBaseUser | None, now: dt.datetime) -> set[int]:
    """Take a child ID back in, as if it had never been revoked. As ``revoke``."""
    changed = accounts.restore(account=account, reason=reason, by=by, now=now)
    return _recompute(account, now) if changed else set()


def _recompute(account: Account, now: dt.datetime) -> set[int]:
    """Who gained or lost accounts, and the account's own member: his profile says something else."""
    before = {account.member_id}
    members = oneid.resolve(accounts=[account.pk], now=now) | before
    profiles.refresh(members=members, now=now)
    account.refresh_from_db()
    return members | {account.member_id}
