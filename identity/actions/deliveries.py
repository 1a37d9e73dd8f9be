"""What one API key delivers: records of its own channel, about its own organization."""

import datetime as dt
from types import SimpleNamespace

from django.utils.translation import gettext as _

from identity.actions import intake
from identity.records import problems, verdicts
from members.models import Channel, ChannelKey, Organization
from members.queries import scopes
from members.queries.scopes import Reach


def deliver(*, records: list, by: ChannelKey, now: dt.datetime) -> list[verdicts.Verdict]:
    """A verdict for each record, in order.

    Records of other channels, or about organizations beyond the key's node, are rejected, naming them. What
    intake does not know at all (a store that is not entered yet) it keeps aside, so that nothing is lost.
    """
    beyond = Organization.objects.exclude(path__startswith=by.organization.path)
    elsewhere = set(beyond.values_list("code", flat=True))
    answers = [foreign(record, by=by, elsewhere=elsewhere) for record in records]
    own = [record for record, answer in zip(records, answers, strict=True) if answer is None]
    taken = iter(intake.accept(records=own, source=f"key {by.prefix}", now=now) if own else ())
    return [answer or next(taken) for answer in answers]


def foreign(record: object, *, by: ChannelKey, elsewhere: set[str]) -> verdicts.Verdict | None:
    """The rejection of a record that this sender may not send; None if intake may look at it.

    `by` has a channel; `elsewhere` are the codes of organizations beyond the sender's node.
    """
    if not isinstance(record, dict):
        return None
    channel = record.get("channel")
    if isinstance(channel, str) and channel != by.channel.code:
        message = _("Only records of the channel “%(own)s” may be sent here.") % {"own": by.channel.code}
        return _rejected(record, "channel.foreign", place="$.channel", value=channel, message=message)
    own = by.channel.organization.code
    if own in elsewhere and not _code(record.get("organization")):
        message = _("The record names no organization, and the channel's own is above the key's node.")
        return _rejected(record, "record.missing", place="$.organization", value="", message=message)
    for place, code in _organizations(record):
        if code in elsewhere:
            message = _("The organization “%(code)s” is not below the key's node.") % {"code": code}
            return _rejected(record, "organization.foreign", place=place, value=code, message=message)
    return None


def beyond(record: object, *, reach: Reach) -> verdicts.Verdict | None:
    """The rejection of a record that speaks of a channel or an organization beyond the reach of whoever wrote it."""
    if reach.everything or not isinstance(record, dict):
        return None
    near = scopes.at_organization(Channel.objects.select_related("organization"), reach=reach)
    told = record.get("channel")
    channel = near.filter(code=told).first() if isinstance(told, str) and "\x00" not in told else None
    if channel is None:
        message = _("This channel is beyond your organization.")
        return _rejected(record, "channel.foreign", place="$.channel", value=str(told), message=message)
    outside = Organization.objects.exclude(path__startswith=reach.node.path)
    return foreign(
        record, by=SimpleNamespace(channel=channel), elsewhere=set(outside.values_list("code", flat=True))
    )


def _organizations(record: dict) -> list[tuple[str, str]]:
    """(place, code) of every organization that the record speaks of."""
    memberships = record.get("membership")
    several = isinstance(memberships, list)
    found = [("$.organization", record.get("organization"))]
    for index, membership in enumerate(memberships if several else [memberships]):
        if isinstance(membership, dict):
            place = f"$.membership[{index}].organization" if several else "$.membership.organization"
            found.append((place, membership.get("organization")))
    return [(place, _code(given)) for place, given in found]


def _code(given: object) -> str:
    """A code as intake will read it: trimmed, numbers as text."""
    return str(given).strip() if isinstance(given, str | int) else ""


def _rejected(record: dict, code: str, *, place: str, value: str, message: str) -> verdicts.Verdict:
    problem = problems.of(code, place=place, value=value, effect=problems.REJECT, message=message)
    told = {name: record.get(name) for name in ("type", "channel", "external_id")}
    short = {name: problems.excerpt(text) for name, text in told.items() if isinstance(text, str)}
    return verdicts.Verdict(verdict=verdicts.REJECTED, problems=[problem], **short)
