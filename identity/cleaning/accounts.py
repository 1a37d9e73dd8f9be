"""What only account records carry: memberships and consents."""

from identity.cleaning import amounts, texts, times
from identity.records.shapes import Membership

EVERYWHERE = "*"


def clean(record, *, now, faults):
    given = record.membership
    listed = given if isinstance(given, list) else [given] if given else []
    several = isinstance(given, list)
    record.membership = [
        _membership(each, f"$.membership[{i}]" if several else "$.membership", now, faults)
        for i, each in enumerate(listed)
    ]
    for index, consent in enumerate(record.consents or ()):
        _consent(consent, record, f"$.consents[{index}]", now, faults)


def _membership(given, place, now, faults):
    return Membership(
        organization=texts.key(
            given.organization, place=f"{place}.organization", faults=faults, required=True
        ),
        number=texts.trait(given.number, limit=64, place=f"{place}.number", faults=faults),
        tier=texts.trait(given.tier, limit=64, place=f"{place}.tier", faults=faults),
        points=amounts.points(given.points, place=f"{place}.points", faults=faults),
        joined_at=times.parse(given.joined_at, place=f"{place}.joined_at", now=now, faults=faults),
    )


def _consent(consent, record, place, now, faults):
    """A consent is never dropped: losing a withdrawal would be worse than keeping the record aside."""
    consent.at = times.check(consent.at, place=f"{place}.at", now=now, faults=faults) or record.occurred_at
    consent.purpose = texts.key(consent.purpose, place=f"{place}.purpose", faults=faults, required=True)[:32]
    consent.channel = texts.key(consent.channel, place=f"{place}.channel", faults=faults)[:32] or EVERYWHERE
    consent.text_version = texts.key(consent.text_version, place=f"{place}.text_version", faults=faults)[:64]
