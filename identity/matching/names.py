"""Whether two written names, or two birthdays, may belong to one person. Unknown agrees with everything."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

TITLES = (
    "先生",
    "女士",
    "小姐",
    "太太",
    "老师",
    "师傅",
    "阿姨",
    "同学",
    "经理",
    "总",
    "哥",
    "姐",
    "叔",
    "姨",
    "生",
)
LATIN_TITLES = frozenset("mr mrs ms miss dr prof sir madam sr sra srta don doña".split())
COMPOUND_SURNAMES = frozenset("欧阳 司马 上官 诸葛 司徒 东方 尉迟 公孙 令狐 慕容 皇甫 夏侯 宇文 长孙".split())
REMARK = re.compile(
    r"[(（\[【<《].*?[)）\]】>》]|老客户|新客户|\bvip\d*\b|[\d_~!@#.,;:、，。·・]+", re.IGNORECASE
)
MASK = re.compile(r"[*＊×x某●•?？]+")
HAN = re.compile(r"[㐀-鿿]")
PLACEHOLDER_BIRTHDAYS = frozenset({"1900-01-01", "1970-01-01", "1980-01-01", "1990-01-01", "2000-01-01"})


@lru_cache(maxsize=1 << 16)
def parse(name: str | None) -> tuple[str, object] | None:
    """A comparable form: ("han", characters), ("pattern", regex), ("surname", s), ("latin", tokens) or None."""
    text = unicodedata.normalize("NFKC", name or "").strip().casefold()
    text = REMARK.sub(" ", text).strip()
    if HAN.search(text):
        return _parse_han("".join(text.split()))
    tokens = [token for token in re.split(r"[\s\-']+", text) if token and token not in LATIN_TITLES]
    if not tokens or any("*" in token for token in tokens):
        return None
    return ("latin", tuple(sorted(tokens)))


def _parse_han(text: str) -> tuple[str, object] | None:
    if MASK.search(text):
        parts = [re.escape(part) for part in MASK.split(text)]
        return ("pattern", re.compile(".+".join(parts)))
    for title in TITLES:
        if text.endswith(title) and _is_surname(text[: -len(title)]):
            return ("surname", text[: -len(title)])
    if len(text) == 2 and text[0] in "小老阿大":
        return ("surname", text[1])
    return ("han", text)


def _is_surname(text: str) -> bool:
    return len(text) == 1 or text in COMPOUND_SURNAMES


def differ(left: str | None, right: str | None) -> bool:
    """True when the two names cannot be one person's. Another script, a mask or a title leaves it open."""
    first, second = parse(left), parse(right)
    if first is None or second is None or first == second:
        return False
    return not _compatible(*sorted((first, second), key=lambda form: _ORDER[form[0]]))


_ORDER = {"han": 0, "pattern": 1, "surname": 2, "latin": 3}


def _compatible(first: tuple[str, object], second: tuple[str, object]) -> bool:
    match first[0], second[0]:
        case "han", "han":
            return False
        case "han", "pattern":
            return bool(second[1].fullmatch(first[1]))
        case "pattern", "pattern":
            return _patterns_meet(first[1].pattern, second[1].pattern)
        case _, "surname":
            return _surname_fits(first, second[1])
        case "latin", "latin":
            return _tokens_meet(first[1], second[1])
    return True


def _patterns_meet(first: str, second: str) -> bool:
    return first[:1] == "." or second[:1] == "." or first[0] == second[0]


def _surname_fits(form: tuple[str, object], surname: str) -> bool:
    if form[0] == "pattern":
        pattern = form[1].pattern
        return pattern.startswith((".", surname))
    return form[1].startswith(surname)


def _tokens_meet(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Every token of the shorter name is, or begins, or is begun by, its own token of the longer one."""
    short, long = sorted((first, second), key=len)
    left = list(long)
    for token in short:
        fit = next((other for other in left if other == token), None) or next(
            (other for other in left if len(min(token, other, key=len)) == 1 and other[0] == token[0]), None
        )
        if fit is None:
            return False
        left.remove(fit)
    return True


def same_full_name(left: str | None, right: str | None) -> bool:
    """True when both are whole names (no mask, no title) and equal."""
    first, second = parse(left), parse(right)
    return first is not None and first == second and _is_whole(first)


def corroborates(left: str | None, right: str | None) -> bool:
    """True when two names support each other: equal whole names, or a mask that fits character by character."""
    first, second = parse(left), parse(right)
    if first is None or second is None:
        return False
    if first[0] == "pattern" and second[0] == "han":
        left, right, second = right, left, first
    elif first[0] != "han" or second[0] != "pattern":
        return first == second and _is_whole(first)
    return len(left.strip()) == len(right.strip()) and bool(second[1].fullmatch(left.strip()))


def _is_whole(form: tuple[str, object]) -> bool:
    return form[0] in ("han", "latin") and len(form[1]) > 1


def misspelt(left: str | None, right: str | None) -> bool:
    """True when two whole names are one character apart: 李佳/李加, 陈思/陈思慧, Jon/John Smith."""
    first, second = parse(left), parse(right)
    if (
        first is None
        or second is None
        or first[0] != second[0]
        or not (_is_whole(first) and _is_whole(second))
    ):
        return False
    short, long = sorted((" ".join(first[1]), " ".join(second[1])), key=len)
    short, long = short.replace(" ", ""), long.replace(" ", "")
    if len(short) == len(long):
        return sum(one != other for one, other in zip(short, long, strict=True)) == 1
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def count_different(written: Iterable[str | None]) -> int:
    """How many names cannot be each other's, misspellings forgiven (counted in sorted order)."""
    kept: list[str] = []
    for name in sorted({name for name in written if name}):
        if all(differ(name, other) and not misspelt(name, other) for other in kept) and parse(name):
            kept.append(name)
    return len(kept)


def is_placeholder(birth_date: str) -> bool:
    """A date that forms are prefilled with says nothing."""
    return birth_date in PLACEHOLDER_BIRTHDAYS


def birthdays_differ(left: str | None, right: str | None) -> bool:
    """True when both ISO dates are known, are no placeholders, and differ by more than day and month swapped."""
    if not left or not right or is_placeholder(left) or is_placeholder(right):
        return False
    return left != right and left != f"{right[:4]}-{right[8:10]}-{right[5:7]}"


def mask_fits(phone: str, masked: str | None) -> bool:
    """True when a normalised phone agrees with a masked one such as 138****8000 (at least 6 digits shown)."""
    pattern = _phone_pattern(masked)
    return pattern is not None and bool(pattern.search(phone))


def mask_refutes(phone: str, masked: str | None) -> bool:
    """True when the account's masked phone shows that this phone is another one. Hashes are no phones."""
    pattern = _phone_pattern(masked)
    return pattern is not None and phone.lstrip("+").isdigit() and not pattern.search(phone)


@lru_cache(maxsize=1 << 12)
def _phone_pattern(masked: str | None) -> re.Pattern | None:
    shown = re.sub(r"[\s\-+]", "", masked or "")
    if not re.fullmatch(r"[\d*＊xX]+", shown) or sum(map(str.isdigit, shown)) < 6:
        return None
    return re.compile(re.sub(r"[*＊xX]+", lambda run: rf"\d{{{len(run.group())}}}", shown) + "$")
