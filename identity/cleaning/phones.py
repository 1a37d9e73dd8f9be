"""Telephone numbers to E.164 (ITU-T), by Google's metadata; plain Chinese mobiles by a pattern."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

LIMIT = 40
_chinese_mobile = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})").fullmatch
_separators = str.maketrans("", "", " -.()/\t\u00a0\u2010\u2011\u2012\u2013\u2014\u3000")


def normalise(text: str, *, region: str) -> str | None:
    """`+8613800138000`, or None if this is no possible number. `region` is where national numbers belong."""
    bare = text.translate(_separators)
    if bare.isascii():
        matched = _chinese_mobile(bare)
        if matched and (region == "CN" or bare[0] == "+" or bare.startswith("0086")):
            return f"+86{matched[1]}"
    if len(text) > LIMIT:
        return None
    return _parsed(text, region)


@lru_cache(maxsize=100_000)
def _parsed(text, region):
    text = unicodedata.normalize("NFKC", text).translate(_separators)
    matched = _chinese_mobile(text) if region == "CN" else None
    if matched:
        return f"+86{matched[1]}"
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
