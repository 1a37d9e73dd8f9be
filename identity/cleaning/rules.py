"""Cleaning rules as data: defaults in code, rows of the table on top, per channel where a rule names one."""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from identity.records import problems

TRANSLATE = "translate"

SEXES = {
    "male": ("male", "m", "1", "男", "男性", "先生", "man", "boy", "hombre", "masculino"),
    "female": ("female", "f", "2", "女", "女性", "女士", "小姐", "woman", "girl", "mujer", "femenino", "w"),
    "": ("0", "9", "unknown", "u", "x", "未知", "保密", "其他", "other", "none", "null", "not known", "n/a"),
}
BLANKS = (
    "",
    "-",
    "--",
    "/",
    "null",
    "none",
    "nil",
    "n/a",
    "na",
    "nan",
    "undefined",
    "无",
    "空",
    "未知",
    "暂无",
)
TEST_NAMES = (
    "test",
    "测试",
    "测试用户",
    "测试账号",
    "测试员",
    "tester",
    "test user",
    "asdf",
    "qwerty",
    "xxx",
)
TEST_EMAILS = (
    "test@test.com",
    "a@a.com",
    "123@123.com",
    "test@qq.com",
    "noreply@noreply.com",
    "none@none.com",
)
TEST_PHONES = (r"/\D*(?:86)?(\d)\1{6,}/", "12345678", "123456789", "1234567890", "12345678901", "01234567890")

# How values of a kind are written, where not as they come; and ids that mean something only within one application,
# shop or card scheme: the channel's, if none is named. A new installation's; the table of kinds says it afterwards.
NORMALISERS = {"phone": "phone", "email": "email", "phone_hash": "lower"}
SCOPED = frozenset({"openid", "user_id", "card", "ouid", "xid", "phone_hash"})


@dataclass(frozen=True)
class Rules:
    """What cleaning knows. Values are compared in lower case without surrounding blanks.

    `effects` maps a problem code to "drop", "quarantine" or "note"; `patterns` are regular expressions on a
    field; `translations` maps field → value → the value it becomes ("" means unknown).
    """

    default_region: str = "CN"
    default_currency: str = "CNY"
    future_tolerance: timedelta = timedelta(minutes=10)
    max_money: Decimal = Decimal(10) ** 12
    unusual_money: Decimal = Decimal(10) ** 9
    max_quantity: Decimal = Decimal(10) ** 9
    kinds: frozenset | None = None  # None: any kind of identifier
    normalisers: dict = field(default_factory=lambda: dict(NORMALISERS))  # kind → how its values are written
    scoped: frozenset = SCOPED  # kinds whose values mean something within one namespace only
    events: dict | None = None  # name → events.checking.Schema; None: any event
    blanks: frozenset = frozenset(BLANKS)
    effects: dict = field(default_factory=dict)
    translations: dict = field(default_factory=dict)
    refused: dict = field(default_factory=dict)  # field → value → effect
    patterns: dict = field(default_factory=dict)  # field → ((regular expression, effect, result), …)

    def effect(self, code: str) -> str:
        return self.effects.get(code) or problems.CATALOGUE[code][0]

    def translated(self, name: str, value: str) -> str | None:
        """What `value` becomes, or None if no rule speaks of it."""
        known = self.translations.get(name)
        found = known.get(value.casefold()) if known else None
        if found is not None:
            return found
        matched = self._matched(name, value)
        return matched[2] if matched and matched[1] == TRANSLATE else None

    def refusal(self, name: str, value: str) -> str | None:
        """The effect of the rule that refuses `value`, or None."""
        values = self.refused.get(name)
        found = values.get(value.casefold()) if values else None
        if found is not None:
            return found
        matched = self._matched(name, value)
        return matched[1] if matched and matched[1] != TRANSLATE else None

    def _matched(self, name, value):
        for rule in self.patterns.get(name, ()):
            if rule[0].fullmatch(value):
                return rule
        return None


@dataclass(frozen=True)
class RuleBook:
    """The rules that hold everywhere, and those of channels that have rules of their own."""

    everywhere: Rules
    channels: dict = field(default_factory=dict)

    def of(self, channel: str) -> Rules:
        return self.channels.get(channel, self.everywhere)


def defaults() -> list[tuple]:
    """(field, pattern, effect, result) of the rules that a new installation is seeded with."""
    rows = [("gender", value, TRANSLATE, sex) for sex, values in SEXES.items() for value in values]
    rows += [("name", value, problems.DROP, "") for value in TEST_NAMES]
    rows += [("email", value, problems.DROP, "") for value in TEST_EMAILS]
    rows += [("phone", value, problems.DROP, "") for value in TEST_PHONES]
    return rows


def book(rows, base: Rules | None = None) -> RuleBook:
    """Rules from rows (field, pattern, effect, result, channel code or ""): a channel's own rows win.

    A row whose field is a problem code ("phone.malformed") sets what that problem does.
    """
    base = base or Rules()
    rows = list(rows)
    everywhere = extend(base, [row[:4] for row in rows if not row[4]])
    codes = {row[4] for row in rows if row[4]}
    own = {code: extend(everywhere, [row[:4] for row in rows if row[4] == code]) for code in codes}
    return RuleBook(everywhere=everywhere, channels=own)


def extend(rules: Rules, rows) -> Rules:
    """`rules` with rows (field, pattern, effect, result) on top."""
    effects = dict(rules.effects)
    translations = {name: dict(values) for name, values in rules.translations.items()}
    refused = {name: dict(values) for name, values in rules.refused.items()}
    patterns = dict(rules.patterns)
    for name, pattern, effect, result in rows:
        if name in problems.CATALOGUE:
            effects[name] = effect
        elif len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/"):
            expression = re.compile(pattern[1:-1], re.IGNORECASE)
            patterns[name] = ((expression, effect, result), *patterns.get(name, ()))
        elif effect == TRANSLATE:
            translations.setdefault(name, {})[pattern.strip().casefold()] = result
        else:
            refused.setdefault(name, {})[pattern.strip().casefold()] = effect
    return replace(rules, effects=effects, translations=translations, refused=refused, patterns=patterns)


DEFAULT = extend(Rules(), defaults())
