"""What identity knows of a member, for the 360 document: who said what of him, and how far it is trusted."""

from identity.queries import portraits, sources
from members import masking
from members.api import blocks
from members.api.blocks import Asked, Block


def _profile(asked: Asked) -> dict:
    """Fields whole, contacts masked; who said it, if the node may know."""
    fields, contacts = _said(asked)
    return {
        "fields": {each.name: _field(each) for each in fields if each.name not in ("address", "postcode")},
        "contacts": [_contact(each) for each in contacts if each.kind in portraits.CONTACTS],
    }


def _said(asked: Asked) -> tuple[list[sources.Field], list[sources.Contact]]:
    return asked.once("said", lambda: sources.of(member=asked.member, seen=asked.seen))


def _field(each: sources.Field) -> dict:
    return {
        "value": each.value,
        "channel": each.said.channel or None,
        "at": each.said.at,
        "confidence": round(each.confidence, 3),
        "agreeing": each.agreeing,
        "differing": len(each.differing),
    }


def _contact(each: sources.Contact) -> dict:
    return {
        "kind": each.kind,
        "masked": masking.contact(kind=each.kind, value=each.value),
        "channel": each.channel,
        "at": each.at,
        "confidence": round(each.confidence, 3),
    }


def _portrait(asked: Asked) -> dict:
    fields, contacts = _said(asked)
    drawn = portraits.drawn(fields=fields, contacts=contacts, told=asked.relation)
    return {
        "completeness": round(drawn.completeness, 3),
        "confidence": round(drawn.confidence, 3),
        "missing": list(drawn.missing),
    }


blocks.register(Block("profile", _profile))
blocks.register(Block("portrait", _portrait))
