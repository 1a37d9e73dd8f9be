"""The profile of a customer: each trait cleaned on its own, a faulty one left out and listed."""

from identity.cleaning import dates, texts

LIMITS = {
    "name": 200,
    "nickname": 200,
    "province": 100,
    "city": 100,
    "address": 500,
    "postcode": 20,
    "phone_masked": 40,
    "ip_province": 100,
}
ALIASES = {"sex": "gender", "birthday": "birth_date"}


def clean(profile, *, faults, today, place="$.profile") -> dict[str, str]:
    """Trait → canonical text. Traits that the contract does not name stay in the raw record."""
    traits = {}
    for name, value in (profile or {}).items():
        name = ALIASES.get(name, name)
        if value is None or value == "":
            continue
        spot = f"{place}.{name}"
        if name in LIMITS:
            text = _text(name, value, spot, faults)
        elif name == "gender":
            text = sex(value, place=spot, faults=faults)
        elif name == "birth_date":
            text = _birth_date(value, spot, faults, today)
        else:
            continue
        if text:
            traits[name] = text
    return traits


def sex(value, *, place, faults) -> str:
    """`male`, `female`, or "" for every code that means unknown."""
    text = str(value) if isinstance(value, int) else value
    text = texts.trait(text, limit=40, place=place, faults=faults)
    if not text:
        return ""
    known = faults.rules.translated("gender", text)
    if known is None:
        faults.add("sex.unknown", place, value)
    return known or ""


def _text(name, value, place, faults):
    text = texts.trait(value, limit=LIMITS[name], place=place, faults=faults)
    if not text:
        return ""
    effect = faults.rules.refusal(name, text)
    if effect:
        faults.add("name.test", place, text, effect)
        return ""
    known = faults.rules.translated(name, text)
    return text if known is None else known


def _birth_date(value, place, faults, today):
    text = texts.trait(value, limit=40, place=place, faults=faults)
    day = dates.parse(text) if text else None
    if day and dates.is_plausible(day, today=today):
        return day.isoformat()
    if text:
        faults.add("date.implausible" if day else "date.malformed", place, value)
    return ""
