"""What one API key delivers: records of its own channel, about its own organization."""

import datetime as dt

from django.utils.translation import gettext as _

from identity.actions import intake
from identity.records import problems, verdicts
from members.models import ChannelKey, Organization


def deliver(*, records: list, by: ChannelKey, now: dt.datetime) -> list[verdicts.Verdict]:
    """A verdict for each record, in order. Records of other channels and other nodes are refused, naming them."""
    nodes = set(Organization.objects.under(by.organization).values_list("code", flat=True))
    answers = [_foreign(record, by=by, nodes=nodes) for record in records]
    own = [record for record, answer in zip(records, answers, strict=True) if answer is None]
    taken = iter(intake.accept(records=own, source=f"key {by.prefix}", now=now) if own else ())
    return [answer or next(taken) for answer in answers]


def _foreign(record: object, *, by: ChannelKey, nodes: set[str]) -> verdicts.Verdict | None:
    """The rejection of a record that this key may not send; None if intake may look at it."""
    if not isinstance(record, dict):
        return None
    channel = record.get("channel")
    if isinstance(channel, str) and channel != by.channel.code:
        message = _("This key sends for the channel “%(own)s” only.") % {"own": by.channel.code}
        return _rejected(record, "channel.foreign", place="$.channel", value=channel, message=message)
    for place, code in _organizations(record):
        if code not in nodes:
            message = _("This organization is not below the key's node, or is not known.")
            return _rejected(record, "organization.unknown", place=place, value=code, message=message)
    return None


def _organizations(record: dict) -> list[tuple[str, str]]:
    memberships = record.get("membership")
    several = isinstance(memberships, list)
    named = [("$.organization", record.get("organization"))]
    for index, membership in enumerate(memberships if several else [memberships]):
        if isinstance(membership, dict):
            place = f"$.membership[{index}].organization" if several else "$.membership.organization"
            named.append((place, membership.get("organization")))
    return [(place, code) for place, code in named if isinstance(code, str) and code]


def _rejected(record, code, *, place, value, message):
    problem = problems.of(code, place=place, value=value, effect=problems.REJECT, message=message)
    told = {
        name: record[name] for name in ("type", "channel", "external_id") if isinstance(record.get(name), str)
    }
    short = {name: problems.excerpt(text) for name, text in told.items()}
    return verdicts.Verdict(verdict=verdicts.REJECTED, problems=[problem], **short)
