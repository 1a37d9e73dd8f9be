"""The portrait of one person: what is known of him and how far it is trusted, over the time that he has been met."""

import datetime as dt

from identity.queries import sources
from members.lifecycle import portrait
from members.lifecycle.portrait import Portrait
from members.models import Member
from members.queries import histories, relation
from members.queries.scopes import Reach

CONTACTS = ("phone", "email")


def of(*, member: Member, reach: Reach, now: dt.datetime) -> Portrait:
    """As far as the reader reaches; the day of the first contact counts as one."""
    seen = list(histories.accounts(member=member, reach=reach).values_list("pk", flat=True))
    return drawn(
        fields=sources.fields(member=member, seen=seen),
        contacts=sources.contacts(accounts=seen),
        told=relation.of(member=member, reach=reach, now=now),
    )


def drawn(
    *, fields: list[sources.Field], contacts: list[sources.Contact], told: relation.Relation | None
) -> Portrait:
    """The same from what has been read already."""
    known = {each.name: each.confidence for each in fields}
    known["contact"] = max((each.confidence for each in contacts if each.kind in CONTACTS), default=0.0)
    return portrait.of(
        known=known, signals=told.signals if told else 0, days=max(told.days, 1) if told else 0
    )
