"""An edit through a key is a statement of its channel: it goes the way of every other record."""

import datetime as dt

from identity.actions import intake
from identity.records import verdicts
from identity.records.problems import Problem
from members.actions import lookups
from members.models import Account, ChannelKey, Member
from members.queries import people

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
    record = {
        "type": "account",
        "channel": by.channel.code,
        "external_id": _own_account(member=member, by=by).external_id,
        "occurred_at": now.isoformat(),
        "profile": fields,
    }

    def note(given: list[verdicts.Verdict]) -> None:
        if given[0].problems:
            raise Refused(given[0].problems)
        lookups.record(action="edit", by=by, now=now, member=member, field=",".join(sorted(fields)))

    intake.accept(records=[record], source=f"key {by.prefix}", now=now, also=note)


def _own_account(*, member: Member, by: ChannelKey) -> Account:
    accounts = people.accounts_of(member=member, node=by.organization).active()
    found = accounts.filter(channel=by.channel, is_contact=False).order_by("-last_seen_at", "id").first()
    if found is None:
        raise NoAccount
    return found
