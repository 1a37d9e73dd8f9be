"""What only account records carry: memberships, consents and the channel's own tags."""

import ipaddress
import re

from identity.cleaning import amounts, texts, times
from identity.records.shapes import Membership

EVERYWHERE = "*"
TAGS, TAG_LENGTH = 500, 100
_cell = re.compile("[,，;；、|\n]")
SHA256 = re.compile("[0-9a-fA-F]{64}")


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
    record.tags = _tags(record.tags, faults)


def _membership(given, place, now, faults):
    return Membership(
        organization=texts.key(
            given.organization, place=f"{place}.organization", faults=faults, required=True
        ),
        number=texts.trait(given.number, limit=64, place=f"{place}.number", faults=faults),
        tier=texts.trait(given.tier, limit=64, place=f"{place}.tier", faults=faults),
        points=amounts.points(given.points, place=f"{place}.points", faults=faults),
        growth=amounts.points(given.growth, place=f"{place}.growth", faults=faults),
        joined_at=times.parse(given.joined_at, place=f"{place}.joined_at", now=now, faults=faults),
    )


def _tags(given, faults) -> list[str] | None:
    """All that the channel calls the customer, sorted; None if the record says nothing of it. A file has them in one cell."""
    if given is None:
        return None
    if isinstance(given, str):
        given = [part for part in _cell.split(given) if part.strip()]
    if not isinstance(given, list):
        faults.add("tags.malformed", "$.tags", given)
        return None
    if len(given) > TAGS:
        faults.add("tags.many", f"$.tags[{TAGS}]", len(given))
    words = (
        texts.trait(each, limit=TAG_LENGTH, place=f"$.tags[{i}]", faults=faults)
        for i, each in enumerate(given[:TAGS])
    )
    return sorted({word for word in words if word})


def _consent(consent, record, place, now, faults):
    """A consent is never dropped: losing a withdrawal would be worse than keeping the record aside."""
    consent.at = times.check(consent.at, place=f"{place}.at", now=now, faults=faults) or record.occurred_at
    consent.purpose = texts.key(consent.purpose, place=f"{place}.purpose", faults=faults, required=True)[:32]
    consent.channel = texts.key(consent.channel, place=f"{place}.channel", faults=faults)[:32] or EVERYWHERE
    consent.text_version = texts.key(consent.text_version, place=f"{place}.text_version", faults=faults)[:64]
    consent.language = texts.key(consent.language, place=f"{place}.language", faults=faults)[:16].lower()
    consent.device = texts.trait(consent.device, limit=200, place=f"{place}.device", faults=faults)
    consent.shown = _proof(consent.shown, SHA256.fullmatch, f"{place}.shown", faults).lower()
    consent.ip = _proof(consent.ip, _address, f"{place}.ip", faults) or None


def _proof(value, reads, place, faults):
    """A proof that cannot be read is left out and listed: the consent itself holds without it."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not reads(value.strip()):
        faults.add("consent.proof", place, value)
        return ""
    return value.strip()


def _address(text):
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
