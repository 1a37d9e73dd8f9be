"""Identifiers of a record: recognised, typed and normalised."""

import re

from identity.cleaning import emails, phones, texts
from identity.records.keys import KEY_LIMIT
from identity.records.shapes import ACTS, ROLES, Identifier

# What sources call them when they do not name a kind.
FIELDS = {
    "phone": "phone", "mobile": "phone", "tel": "phone", "telephone": "phone", "手机": "phone",
    "手机号": "phone", "电话": "phone", "email": "email", "e-mail": "email", "mail": "email", "邮箱": "email",
    "openid": "openid", "open_id": "openid", "unionid": "unionid", "union_id": "unionid",
    "external_userid": "external_userid", "device": "device", "device_id": "device", "cookie": "cookie",
    "card": "card", "card_no": "card", "会员卡号": "card", "phone_hash": "phone_hash",
    "ouid": "ouid", "omid": "omid", "xid": "xid",
}  # fmt: skip
ALIASES = {"e-mail": "email", "mail": "email", "mobile": "phone", "tel": "phone", "card_number": "card"}
FIELD_NAMES = frozenset(FIELDS)
_hash = re.compile(r"[0-9a-fA-F]{32,128}").fullmatch
_unionid = re.compile(r"o[A-Za-z0-9_-]{27}").fullmatch


def clean(record, raw, faults, default_role) -> list[Identifier]:
    """The identifiers that hold, each kind, value and role once; faulty ones are listed and left out."""
    found = {}
    for index, given in enumerate(record.identifiers or ()):
        _take(given, f"$.identifiers[{index}]", record.channel, faults, default_role, found)
    if not FIELD_NAMES.isdisjoint(raw):
        for name in sorted(FIELD_NAMES.intersection(raw)):
            given = Identifier(kind=FIELDS[name], value=raw[name])
            _take(given, f"$.{name}", record.channel, faults, default_role, found, absent_is_fine=True)
    return list(found.values())


def _take(given, place, channel, faults, default_role, found, absent_is_fine=False):
    if absent_is_fine and given.value in (None, ""):
        return
    text = _text(given.value, f"{place}.value" if not absent_is_fine else place, faults)
    if not text:
        return
    kind = _kind(given.kind, text, faults.rules)
    role = given.role or default_role
    if faults.rules.kinds is not None and kind not in faults.rules.kinds:
        faults.add("identifier.kind", f"{place}.kind", kind)
    elif role not in ROLES and role != default_role:
        faults.add("identifier.role", f"{place}.role", role)
    elif value := normalise(kind, text, place=f"{place}.value", faults=faults):
        namespace = (given.namespace or "").strip()[:100] or (channel if kind in faults.rules.scoped else "")
        if not namespace.isprintable():
            faults.add("identifier.hostile", f"{place}.namespace", namespace)
            return
        key = (kind, namespace, value, role)
        act = max(_act(given, place, faults), found[key].act if key in found else "")
        found[key] = Identifier(kind=kind, namespace=namespace, value=value, role=role, act=act)


def _act(given, place, faults):
    """What the customer did to bring it, "" if the channel only saw it."""
    act = (given.act or "").strip().lower()
    if act and act not in ACTS:
        faults.add("identifier.act", f"{place}.act", act)
        return ""
    return act


def _text(value, place, faults):
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    if not isinstance(value, str):
        faults.add("identifier.blank" if value is None else "text.malformed", place, value)
        return ""
    if len(value) > KEY_LIMIT + 56:
        faults.add("identifier.long", place, value)
        return ""
    value = value.strip()
    if not (value.isascii() and value.isprintable()) and texts.HIDDEN.search(value):
        faults.add("identifier.hostile", place, value)
        return ""
    if value.casefold() in faults.rules.blanks:
        faults.add("identifier.blank", place, value)
        return ""
    return value


def _kind(named, text, rules):
    if not named:
        return detect(text, region=rules.default_region) or "user_id"
    named = named.strip().lower()
    return ALIASES.get(named, named)


def detect(text: str, *, region: str) -> str | None:
    """The kind that a bare value looks like: e-mail, hash, unionid, phone; None if it could be anything."""
    if "@" in text:
        return "email"
    if _hash(text):
        return "phone_hash"
    if _unionid(text):
        return "openid"
    return "phone" if phones.normalise(text, region=region) else None


def normalise(kind: str, text: str, *, place, faults) -> str | None:
    """The canonical value of a kind, or None after listing what is wrong with it."""
    normaliser = faults.rules.normalisers.get(kind)
    if normaliser == "phone":
        return _phone(kind, text, place, faults)
    if normaliser == "email":
        return _email(kind, text, place, faults)
    if normaliser in CASES:
        text = CASES[normaliser](text)
    effect = faults.rules.refusal(kind, text)
    if effect:
        faults.add("identifier.blank", place, text, effect)
        return None
    if len(text) > KEY_LIMIT:
        faults.add("identifier.long", place, text)
        return None
    return text


CASES = {"lower": str.lower, "upper": str.upper}


def _phone(kind, text, place, faults):
    rules = faults.rules
    value = phones.normalise(text, region=rules.default_region)
    effect = rules.refusal(kind, text) or (value and rules.refusal(kind, value))
    if effect:
        faults.add("phone.test", place, text, effect)
        return None
    if value is None:
        faults.add("phone.malformed", place, text)
    return value


def _email(kind, text, place, faults):
    value = emails.normalise(text)
    if value is None:
        faults.add("email.malformed", place, text)
        return None
    effect = faults.rules.refusal(kind, value)
    if effect:
        faults.add("email.test", place, text, effect)
        return None
    return value
