"""Comparable forms of what people write: names in Chinese and Latin script, birthdays, telephones, e-mails, addresses."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from identity.matching import names

HAN, LATIN = "han", "latin"
ADDRESS_MARKS = re.compile(r"(?:号楼|單元|单元|栋|幢|座|室|号|弄|楼|#|,|，|、|;|；|\s|-)+")
NO_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Name:
    """`whole` is None where the name is masked or has only one word; `sound` are the letters of its pinyin, sorted, so
    that 沈浩宇, Shen Haoyu and Hao Yu Shen agree. `length` counts the characters of a Chinese name, masked ones too;
    `tokens` are the words of a Latin one."""

    script: str
    surname: str
    whole: str | None = None
    given: str | None = None
    sound: str | None = None
    length: int | None = None
    tokens: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 16)
def name(text: str | None) -> Name | None:
    form = names.parse(text)
    if form is None:
        return None
    match form:
        case "han", str(whole) if len(whole) > 1:
            surname = _surname(whole)
            return Name(HAN, surname, whole, whole[len(surname) :], _letters(whole), len(whole))
        case (("han" | "surname"), str(surname)):
            return Name(HAN, surname)
        case "pattern", pattern:
            shown = pattern.pattern.split(".+")[0]
            return Name(HAN, _surname(shown), length=len(text.strip())) if shown else None
    return _latin(text, form[1])


def fits(*, masked: str, whole: str) -> bool:
    """True when a masked name (谭**) may be this whole one, character by character."""
    return names.corroborates(masked, whole) and not names.same_full_name(masked, whole)


def _surname(text: str) -> str:
    return text[:2] if text[:2] in names.COMPOUND_SURNAMES else text[:1]


def _latin(text: str, tokens: tuple[str, ...]) -> Name:
    plain = _plain(text)
    written = [token for token in re.split(r"[^\w]+", plain) if token and token not in names.LATIN_TITLES]
    written = written or list(tokens)
    if len(written) == 1:
        return Name(LATIN, written[0], tokens=(written[0],))
    whole = " ".join(sorted(written))
    return Name(
        LATIN,
        written[-1],
        whole,
        " ".join(written[:-1]),
        _sorted_letters(whole),
        tokens=tuple(sorted(written)),
    )


def _plain(text: str) -> str:
    """Without accents, case and digits."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter) and not letter.isdigit())


def _letters(whole: str) -> str:
    return _sorted_letters("".join(map(_pinyin, whole)))


@lru_cache(maxsize=1 << 14)
def _pinyin(character: str) -> str:
    """Character by character: a name is no phrase, and few characters make up all names."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(character))


def _sorted_letters(text: str) -> str:
    return "".join(sorted(letter for letter in _plain(text).replace("v", "u") if letter.isalpha()))


def birthday(text: str | None) -> str | None:
    """YYYYMMDD, or None for dates that forms are prefilled with."""
    if not text or names.is_placeholder(text):
        return None
    digits = text.replace("-", "")
    return digits if len(digits) == 8 else None


def swapped(day: str) -> str:
    """The same date with day and month exchanged."""
    return day[:4] + day[6:] + day[4:6]


def phone_key(text: str | None) -> str | None:
    """What a masked telephone shows and a whole one has: three digits at the front, four at the end."""
    digits = re.sub(r"[\s\-+]", "", text or "")
    if digits.isdigit():
        digits = digits[-11:]
    found = re.fullmatch(r"(?:86)?(\d{3})[\d*＊xX]{4}(\d{4})", digits)
    return f"{found[1]}{found[2]}" if found else None


def local_part(email: str) -> str:
    return email.partition("@")[0].casefold()


@lru_cache(maxsize=1 << 16)
def address(text: str | None, province: str | None = None, city: str | None = None) -> str | None:
    """香港中路367号中海国际1号楼3单元201 and 香港中路367-中海国际1栋3-201 become the same; the region in front is dropped."""
    plain = unicodedata.normalize("NFKC", text or "").casefold().strip()
    for region in (province, city):
        if region:
            plain = re.sub(rf"^\s*{re.escape(region.casefold())}[省市]?", "", plain)
    if not names.HAN.search(plain):
        return NO_WORD.sub(" ", plain).strip() or None
    return ADDRESS_MARKS.sub("-", plain).strip("-") or None


def building(canonical: str) -> str | None:
    """The house of a canonical Chinese address: without entrance and door."""
    parts = canonical.split("-")
    return "-".join(parts[:-2]) if len(parts) >= 4 else None
