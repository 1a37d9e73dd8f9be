"""An edit, through a key or at the desk, is a statement of a channel's account: it goes the way of every other record."""

import datetime as dt
from collections.abc import Callable
from functools import partial

from identity.actions import intake
from identity.records import verdicts
from identity.records.problems import Problem
from members.actions import access, lookups
from members.models import Account, ChannelKey, Member
from members.queries import histories, people
from members.queries.scopes import Reach

FIELDS = ("name", "nickname", "gender", "birth_date", "province", "city")


class NoAccount(LookupError):
    """The key's channel does not know the member, so it has nothing to state about him."""


class Refused(ValueError):
    """Cleaning did not take a value; nothing was changed. ``problems`` name the place and the remedy."""

    def __init__(self, problems: list[Problem]):
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def profile(*, member: Member, fields: dict[str, str], by: ChannelKey, now: dt.datetime) -> None:
    """State new traits of the member as the key's channel, now. Raises NoAccount, Refused."""
    account = _own_account(member=member, by=by)
    named = ",".join(sorted(fields))
    noted = partial(lookups.record, action="edit", by=by, now=now, member=member, field=named)
    _state(account=account, fields=fields, source=f"key {by.prefix}", now=now, noted=noted)


def correct(*, account: Account, fields: dict[str, str], reason: str, by, now: dt.datetime) -> None:
    """State traits as a member of staff heard them from the person, for one of his accounts. Raises Refused."""
    noted = partial(access.corrected, member=account.member, fields=fields, reason=reason, by=by, now=now)
    _state(account=account, fields=fields, source=f"staff {by.pk}", now=now, noted=noted)


def correctable(*, member: Member, reach: Reach) -> Account | None:
    """The account that a correction is stated for: of those that a channel names, the one seen last."""
    seen = histories.accounts(member=member, reach=reach).active().filter(is_contact=False)
    return seen.order_by("-last_seen_at", "id").first()


def _state(
    *, account: Account, fields: dict[str, str], source: str, now, noted: Callable[[], object]
) -> None:
    record = {
        "type": "account",
        "channel": account.channel.code,
        "external_id": account.external_id,
        "occurred_at": now.isoformat(),
        "profile": fields,
    }

    def note(given: list[verdicts.Verdict]) -> None:
        if given[0].problems:
            raise Refused(given[0].problems)
        noted()

    intake.accept(records=[record], source=source, now=now, also=note)


def _own_account(*, member: Member, by: ChannelKey) -> Account:
    accounts = people.accounts_of(member=member, node=by.organization).active()
    found = accounts.filter(channel=by.channel, is_contact=False).order_by("-last_seen_at", "id").first()
    if found is None:
        raise NoAccount
    return found
