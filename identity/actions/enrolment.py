"""Joining a programme: its conditions, and a member number of one's own, told by the same way in as every record.

People who join a programme do so one after another (a lock on its row): so numbers have no gaps, and who joins by a
second channel is known already and keeps his number.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.actions import intake, races
from identity.records import verdicts
from identity.records.problems import Problem
from members.actions import lookups
from members.models import Account, ChannelKey, Plan, Programme
from members.privacy.purposes import IDENTIFICATION
from members.queries import memberships, plans

ENVELOPE = ("type", "channel", "external_id", "occurred_at", "organization")
LET_IN = {verdicts.ACCEPTED, verdicts.UPDATED, verdicts.DUPLICATE}
WORDS = {
    "consent": gettext_lazy("Consent to be recognised as a member is needed."),
    "phone": gettext_lazy("A telephone number is needed."),
    "email": gettext_lazy("An e-mail address is needed."),
    "name": gettext_lazy("A name is needed."),
    "birth_date": gettext_lazy("A date of birth is needed."),
    "gender": gettext_lazy("The gender is needed."),
    "city": gettext_lazy("The city is needed."),
}
REMEDIES = {
    "consent": gettext_lazy("Show the promise and send a granted consent with the purpose “identification”."),
    "phone": gettext_lazy("Ask for it, and send it among the identifiers."),
    "email": gettext_lazy("Ask for it, and send it among the identifiers."),
}
ASK = gettext_lazy("Ask for it, and send it in the profile or among the identifiers.")


@dataclass(frozen=True)
class Reason:
    """``need``: what the plan asks for, such as phone."""

    need: str
    message: str
    remedy: str


class NotJoined(ValueError):
    """The conditions of the programme are not met. ``reasons``: everything that is missing, at once."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__(" ".join(each.message for each in reasons))
        self.reasons = reasons


class Closed(ValueError):
    """The programme takes nobody in any more."""


class Refused(ValueError):
    """The record of the customer was not let in. ``problems`` name the place and the remedy."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            " ".join(each.message for each in problems) or _("This customer cannot be taken in.")
        )
        self.problems = problems


@dataclass(frozen=True)
class Joined:
    """``new``: whether the number was given just now."""

    oneid: str
    number: str
    new: bool


def join(
    *, programme: Programme, external_id: str, identifiers: list[dict], profile: dict, consents: list[dict],
    by: ChannelKey, now: dt.datetime,
) -> Joined:  # fmt: skip
    """Take in a customer of the key's channel as a member of the programme. Whoever has joined before, by whatever
    channel, keeps his number. Raises NotJoined, Closed, Refused, races.Raced."""
    record = {
        "type": "account", "channel": by.channel.code, "external_id": external_id, "occurred_at": now.isoformat(),
        "organization": by.organization.code, "identifiers": identifiers, "profile": profile, "consents": consents,
    }  # fmt: skip
    return races.again(partial(_join, programme.pk, record, by, now))


@transaction.atomic
def _join(programme, record, by, now):
    locked = Programme.objects.select_for_update(no_key=True).get(pk=programme)
    if locked.closed_at and locked.closed_at <= now:
        raise Closed(_("The programme “%(name)s” takes nobody in any more.") % {"name": locked.name})
    plan = plans.in_force(programme=locked, at=now)
    customer = _check(record, plan.join_needs if plan else [], now)
    home = locked.organization.code
    _tell(record, by, now)
    account = Account.objects.select_related("member").get(channel=by.channel, external_id=customer)
    known = memberships.number(member=account.member, node=locked.organization)
    number = known or _next(locked, plan)
    membership = {"organization": home, "number": number, "joined_at": now.isoformat()}
    _tell({name: record[name] for name in ENVELOPE} | {"membership": membership}, by, now)
    lookups.record(action="join", by=by, now=now, member=account.member, field="membership")
    return Joined(account.member.oneid, number, new=not known)


def _check(record, needs, now):
    """What was given is read as intake will read it: a telephone that is none is missing. The account's key."""
    [entry] = intake.prepare(records=[record], known=intake.known(now=now), now=now)
    cleaned = entry.cleaned
    if cleaned.stops:
        raise Refused(cleaned.problems)
    given = {each.kind for each in cleaned.identifiers} | {
        name for name, text in cleaned.traits.items() if text
    }
    agreed = {each.purpose for each in cleaned.record.consents or () if each.granted}
    given |= {"consent"} if IDENTIFICATION in agreed else set()
    if missing := [_reason(need) for need in needs if need not in given]:
        raise NotJoined(missing)
    return cleaned.customer


def _reason(need):
    message = WORDS.get(need) or _("“%(need)s” is needed.") % {"need": need}
    return Reason(need, str(message), str(REMEDIES.get(need, ASK)))


def _tell(record, by, now):
    [verdict] = intake.accept(records=[record], source=f"key {by.prefix}", now=now)
    if verdict.verdict not in LET_IN:
        raise Refused(verdict.problems)


def _next(programme, plan):
    count = programme.next_number
    programme.next_number = count + 1
    programme.save(update_fields=["next_number"])
    digits = str(count).zfill(plan.number_digits if plan else Plan._meta.get_field("number_digits").default)
    return f"{plan.number_prefix if plan else ''}{digits}{check_digit(digits)}"


def check_digit(digits: str) -> str:
    """The Luhn digit (ISO/IEC 7812-1, annex B) of a number, so that one wrong digit is noticed."""
    doubled = [int(each) * (2 - place % 2) for place, each in enumerate(reversed(digits))]
    return str(-sum(sum(divmod(each, 10)) for each in doubled) % 10)
