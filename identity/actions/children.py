"""Child IDs of a super ID: revoked and restored, and who is one person after that."""

import datetime as dt
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from identity.actions import oneid, races, verdicts
from members.actions import accounts, profiles
from members.models import Account


def revoke(*, account: Account, reason: str, by: AbstractBaseUser | None, now: dt.datetime) -> set[int]:
    """Put a child ID aside: it leaves the view, reach and linking, its orders and events stay the member's.

    The members that changed; none if it was revoked already. Raises ``accounts.ReasonMissing``.
    """
    return _turn(accounts.revoke, account, reason, by, now)


def restore(*, account: Account, reason: str, by: AbstractBaseUser | None, now: dt.datetime) -> set[int]:
    """Take a child ID back in, as if it had never been revoked. As ``revoke``."""
    return _turn(accounts.restore, account, reason, by, now)


def _turn(verb, account, reason, by, now) -> set[int]:
    return races.again(partial(_turned, verb, account, reason, by, now))


@transaction.atomic
def _turned(verb, account, reason, by, now) -> set[int]:
    verdicts.hold(accounts=[account.pk])
    changed = verb(account=account, reason=reason, by=by, now=now)
    return _recompute(account, now) if changed else set()


def _recompute(account: Account, now: dt.datetime) -> set[int]:
    """Who gained or lost accounts, and the account's own member: his profile says something else."""
    before = {account.member_id}
    members = oneid.resolve(accounts=[account.pk], now=now) | before
    profiles.refresh(members=members, now=now)
    account.refresh_from_db()
    return members | {account.member_id}
