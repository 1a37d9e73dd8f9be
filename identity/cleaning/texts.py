"""Free text and keys: trimmed, composed (NFC), without control, bidirectional or surrogate characters."""

import re
import unicodedata

from identity.records.keys import KEY_LIMIT

# C0/C1 controls but tab and line ends, zero-width marks that hide, bidirectional overrides, surrogates.
HOSTILE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")  # fmt: skip

# What nobody sees in an identifier: line ends, soft hyphens, joiners, fillers, variation selectors, tags.
HIDDEN = re.compile(
    HOSTILE.pattern[:-1]
    + "\n\r\x85\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2028\u2029\u2061-\u2065\u206a-\u206f"
    "\u3164\ufe00-\ufe0f\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def trait(value, *, limit, place, faults) -> str:
    """One line of free text, or "" if there is none or it cannot be kept."""
    if value is None:
        return ""
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int):
            faults.add("text.malformed", place, value)
            return ""
        value = str(value) if -(10**18) < value < 10**18 else ""
    if len(value) > limit:
        faults.add("text.long", place, value)
        return ""
    value = _clean(value, place, faults)
    return "" if value.casefold() in faults.rules.blanks else value


def _clean(value, place, faults):
    if value.isascii():
        if value.isprintable():
            return value.strip()
    elif value.isprintable():
        return unicodedata.normalize("NFC", value).strip()
    bare = HOSTILE.sub("", value)
    if bare != value:
        faults.add("text.hostile", place, value)
    return unicodedata.normalize("NFC", bare).strip()


def key(value, *, place, faults, required=False) -> str:
    """An id of the source, trimmed and otherwise as it came, or "" if it is absent."""
    if value is None:
        text = ""
    else:
        text = value if isinstance(value, str) else _digits(value)
        text = text.strip()
        if not text.isprintable() and HOSTILE.search(text):
            faults.add("key.hostile", place, text)
            return ""
        if len(text) > KEY_LIMIT:
            faults.add("key.long", place, text)
            return ""
    if required and not text:
        faults.add("record.missing" if value is None else "key.blank", place, value)
    return text


def _digits(number):
    return str(number) if -(10**KEY_LIMIT) < number < 10**KEY_LIMIT else "9" * (KEY_LIMIT + 1)
