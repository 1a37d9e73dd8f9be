"""Which column is what: guessed from its heading, in Chinese or English, else from the values below it.

A guess is only a proposal: staff see it beside the first rows, and correct it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from identity.files import headings
from identity.files.shaping import TIMES, moment

ENOUGH = 0.8  # of the filled cells must look like it
_phone = re.compile(r"(\+?86[- ]?)?1[3-9]\d[\d* -]{8,10}").fullmatch
_email = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch
_unionid = re.compile(r"o[A-Za-z0-9_-]{27}").fullmatch
_money = re.compile(r"[¥￥$]?\s?-?\d{1,3}(,?\d{3})*\.\d{1,4}").fullmatch
_digest = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{64}").fullmatch
_name = re.compile(r"[\u4e00-\u9fff·]{2,4}|[\u4e00-\u9fff]\*{1,3}").fullmatch
_noise = re.compile(r"[\s_\-/:：.*]+|[（(【\[].*?[)）】\]]")
SEXES = {"男", "女", "m", "f", "male", "female", "先生", "女士", "未知"}


class Guess(Struct, frozen=True):
    """What a column seems to be: a place of the record ("" if nothing), a transform if it needs one, and why."""

    to: str = ""
    transform: str = ""
    why: str = ""

    def column(self) -> dict | str:
        """As a saved mapping has it."""
        return {"to": self.to, "transform": self.transform} if self.transform else self.to


def guess(*, names: Sequence[str], rows: Iterable[Mapping[str, object]], type: str) -> dict[str, Guess]:
    """{heading: Guess} for records of a type; each place is given once, first to the surest column."""
    listed = list(rows)
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    for how in (_by_heading, _by_values):
        for name in names:
            if found.get(name, Guess()).to:
                continue
            made = how(name, [row.get(name) for row in listed], type)
            if made.to and made.to not in taken:
                taken.add(made.to)
                found[name] = made
    return {name: found.get(name, Guess()) for name in names}


def bare(heading: str) -> str:
    """A heading without blanks, punctuation and what stands in brackets, in lower case."""
    return _noise.sub("", heading).strip().lower()


def _by_heading(name, cells, type):
    place = headings.PLACES.get(type, {}).get(bare(name)) or headings.EVERYWHERE.get(bare(name))
    if not place:
        return Guess()
    return Guess(place, _transform(name, place, _texts(cells)), "heading")


def _transform(name, place, texts):
    last = place.rpartition(".")[2]
    if last == "birth_date":
        return "date"
    if last in ("occurred_at", "updated_at", "joined_at") and _mostly(texts, str.isdecimal) and _long(texts):
        return "epoch"
    if last in ("unit_price", "amount", "shipping", "discount"):
        return "hundredth" if "分" in name and "积分" not in name else "number"
    return ""


def _by_values(name, cells, type):
    texts = _texts(cells)
    for looks, place in VALUES:
        if _mostly(texts, looks):
            return Guess(place, "date" if place == "profile.birth_date" else "", "values")
    return Guess()


def _texts(cells):
    return [str(cell).strip() for cell in cells if cell not in (None, "") and str(cell).strip()]


def _mostly(texts, looks) -> bool:
    return bool(texts) and sum(bool(looks(text)) for text in texts) >= ENOUGH * len(texts)


def _long(texts) -> bool:
    return all(len(text) in (10, 13) for text in texts)


def _a_time(text):
    return len(text) > 10 and _reads(text) is not None


def _a_birthday(text):
    found = _reads(text)
    return found is not None and "1920" < found[:4] < "2015" and len(text) <= 11


def _reads(text):
    shown = moment(text, {}, None)
    return shown if shown != text or any(_fits(text, form) for form in TIMES) else None


def _fits(text, form):
    return len(text) >= 8 and moment(text, {"format": form}, None) != text


VALUES = (
    (_email, "identifiers.email"),
    (_phone, "identifiers.phone"),
    (_unionid, "identifiers.openid"),
    (_digest, "identifiers.phone_hash"),
    (lambda text: text.lower() in SEXES, "profile.gender"),
    (_a_birthday, "profile.birth_date"),
    (_a_time, "occurred_at"),
    (_name, "profile.name"),
)
