"""Every verdict in every language: nothing without words, nothing left unformatted, nothing left out."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from campaigns import offers as room
from campaigns.offers import compiling, currencies, languages, pricing, words
from campaigns.offers.languages import LANGUAGES
from campaigns.offers.quote import Verdict
from campaigns.offers.wording import Wording
from tests.campaigns.offers.making import GIFT, POINTS, basket, cash, offer, percentage, quote, verdict
from tests.campaigns.offers.small import cases

ROOM = Path(room.__file__).parent


def told(subject: Verdict, *offers, language: str = "en", currency: str = "CNY") -> str:
    return words.verdict(subject, {each.code: each for each in offers}, currency=currency, language=language)


def fields(template: str) -> set[str]:
    named = {field for _text, field, _spec, _conversion in string.Formatter().parse(template) if field}
    return {"share" if field == "tenths" else field for field in named}


@pytest.mark.parametrize("code", ["zh-hans", "es"])
def test_each_language_has_every_template_with_the_same_fields(code):
    english, other = LANGUAGES["en"].WORDS, LANGUAGES[code].WORDS
    assert other.keys() == english.keys()
    counts = {"times.one", "pieces.one", "kinds.one", "days.one"}
    faults = [key for key in english if key not in counts and fields(other[key]) != fields(english[key])]
    assert faults == []
    assert (len(LANGUAGES[code].MONTHS), len(LANGUAGES[code].WEEKDAYS)) == (12, 7)


def test_a_language_is_found_by_any_spelling():
    assert languages.find("zh_CN") is languages.find("zh-Hans-CN") is LANGUAGES["zh-hans"]
    assert languages.find("es-MX") is LANGUAGES["es"]
    assert languages.find("fr") is LANGUAGES["en"]


# What the engine can say, read from its text.


def spoken() -> set[str]:
    reasons = set(_firsts("eligible.py", ast.Yield)) | set(_firsts("reasons.py", ast.Return))
    for module in ("candidates.py", "eligible.py", "compiling.py"):
        reasons |= set(_called(module))
    return reasons | set(_second("candidates.py")) | {"weekday", "day", "hours", "below", "fewer"}


def _tree(module: str) -> ast.Module:
    return ast.parse((ROOM / module).read_text("utf-8"))


def _firsts(module: str, kind: type) -> Iterator[str]:
    for node in ast.walk(_tree(module)):
        value = node.value if isinstance(node, kind) else None
        if isinstance(value, ast.Tuple) and isinstance(value.elts[0], ast.Constant):
            yield value.elts[0].value


def _second(module: str) -> Iterator[str]:
    """Of ``return 0, reason, params``, and of ``return reason, params``."""
    for node in ast.walk(_tree(module)):
        for each in ast.walk(node.value) if isinstance(node, ast.Return) and node.value else ():
            if not isinstance(each, ast.Tuple):
                continue
            for part in each.elts:
                if isinstance(part, ast.JoinedStr):
                    yield from (f"used_up_{scope}" for scope in ("member", "day", "store", "campaign"))
                elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                    yield part.value


def _called(module: str) -> Iterator[str]:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call):
            yield from (
                each.value.value
                for each in node.keywords
                if each.arg == "reason" and isinstance(each.value, ast.Constant)
            )
            if isinstance(node.func, ast.Attribute) and node.func.attr == "refuse":
                yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


def test_the_engine_gives_no_reason_that_has_no_words():
    known = {reason for _state, reason in words.REASONS if reason}
    assert spoken() == known


WALL = "2026-06-10T{}:00"
MEMBERS = {"buyer": {"birthday": [1, 1]}}
HELD = {"coupons": [{"code": "1", "template": "T"}]}
GROUP = {"limits": {"groups": ["g"]}}
POOL = {"limits": {"pool": "p"}}
EXCHANGE = {"kind": "goods", "skus": ["X", "Y"], "price": 990, "worth": 2000}
TOLD = [
    ("applied", "", cash("A", 2000), [], {}, "20.00 off"),
    ("applied", "", offer("A", POINTS, execution="add"), [], {"buyer": {}}, "50 points"),
    ("refused", "not_begun", cash("A", 1, starts=WALL.format("00:00")), [], {}, "Begins on 10 June 2026"),
    ("refused", "not_begun", cash("A", 1, starts=WALL.format("09:30")), [], {}, "Begins on 10 June 2026 at 09:30"),
    ("refused", "over", cash("A", 1, ends="2026-06-08T00:00:00"), [], {}, "Over since the end of 7 June 2026"),
    ("refused", "weekday", cash("A", 1, recurrence={"weekdays": [6, 7]}), [], {}, "Only on Saturdays and Sundays"),
    ("refused", "day", cash("A", 1, recurrence={"days": [1, 15]}), [], {}, "Only on day 1 and 15 of the month"),
    ("refused", "hours", cash("A", 1, recurrence={"hours": ["18:00-22:00"]}), [], {}, "Only from 18:00 to 22:00"),
    ("refused", "currency", cash("A", 1), [], {"currency": "JPY"}, "Only for prices in CNY"),
    ("refused", "channel", cash("A", 1, channels=["pos"]), [], {}, "Only through pos"),
    ("refused", "place", cash("A", 1, organizations=["s1", "s2"]), [], {}, "Only in stores of s1 or s2"),
    ("refused", "region", cash("A", 1, regions=["Qingdao"]), [], {}, "Only in Qingdao"),
    ("refused", "guest", cash("A", 1, members=True), [], {}, "Only for members"),
    ("refused", "tier", cash("A", 1, tiers=["gold"]), [], MEMBERS, "Only for the tier gold"),
    ("refused", "tag", cash("A", 1, tags=["new-home"]), [], MEMBERS, "Only for members with the tag new-home"),
    ("refused", "audience", cash("A", 1, audiences=["7"]), [], MEMBERS, "Only for the audience 7"),
    ("refused", "birthday", cash("A", 1, birthday="week"), [], MEMBERS, "Only in the week of the member's birthday"),
    ("refused", "new", cash("A", 1, new=True), [], MEMBERS, "Only on the first purchase"),
    ("refused", "no_coupon", cash("A", 1, coupon="T"), [], {}, "Needs a coupon T"),
    ("refused", "coupon_over", cash("A", 1, coupon="T"), [], {"coupons": [{"code": "1", "template": "T", "usable_until": "2026-06-01T00:00:00"}]}, "The coupon T is not good now"),
    ("refused", "no_goods", cash("A", 1, goods={"categories": ["K"], "brands": ["B"]}), [], {}, "Needs K of B"),
    ("refused", "used_up_member", cash("A", 1, limits={"per_member": 1}), [], MEMBERS | {"used": {"A": {"member": 1}}}, "Used up: once for each member"),
    ("refused", "used_up_day", cash("A", 1, limits={"per_day": 2}), [], {"used": {"A": {"day": 2}}}, "Used up for today: 2 times on a day"),
    ("refused", "used_up_store", cash("A", 1, limits={"per_store": 3}), [], {"used": {"A": {"store": 3}}}, "Used up in this store: 3 times in a store"),
    ("refused", "used_up_campaign", cash("A", 1, limits={"per_campaign": 1000}), [], {"used": {"A": {"campaign": 1000}}}, "Used up: 1,000 times in all"),
    ("refused", "no_budget", cash("A", 5000), [], {"left": {"A": 4999}}, "Too little is left of its budget: 49.99, it needs 50.00"),
    ("refused", "not_offered", offer("A", EXCHANGE, execution="exchange"), [], {"chosen": {"A": "Z"}}, "Z is not among what may be chosen: X or Y"),
    ("refused", "no_gain", cash("A", 1, goods={"skus": ["FREE"]}), [], {}, "Nothing to take off these goods"),
    ("near", "below", cash("A", 2000, least=31800), [], {}, "18.00 more → 20.00 off"),
    ("near", "below", percentage("A", 1250, threshold={"of": "amount", "least": 31800}, goods={"brands": ["B"]}), [], {}, "318.00 more of goods of B → 12.5% off"),
    ("near", "fewer", offer("A", GIFT, execution="add", threshold={"of": "quantity", "least": 3500}), [], {}, "1.5 pieces more → 1 × GIFT for nothing"),
    ("near", "fewer", offer("A", {"kind": "pieces", "buy": 3}), [], {}, "1 piece more → the cheapest 1 of every 3 pieces free"),
    ("near", "fewer", cash("A", 500, threshold={"of": "kinds", "least": 4}), [], {}, "2 kinds more → 5.00 off"),
    ("near", "choose", offer("A", EXCHANGE, execution="exchange"), [], {}, "May be taken along: X or Y for 9.90 a piece"),
    ("beaten", "alone", cash("A", 100, limits={"alone": True}), [cash("B", 200)], {}, "Goes with no other offer, and there is B: that saves 1.00 more"),
    ("beaten", "excluded_by", cash("A", 3000, **GROUP), [cash("B", 4200, **GROUP)], {}, "Excluded by B: that saves 12.00 more"),
    ("beaten", "excluded_by", cash("B", 3000, **GROUP), [cash("A", 3000, **GROUP)], {}, "Excluded by A: that saves as much"),
    ("beaten", "pool", cash("A", 3000, **POOL), [cash("B", 4200, **POOL)], {}, "The pieces are used by B: that saves 12.00 more"),
    ("beaten", "no_coupon", cash("A", 100, coupon="T"), [cash("B", 300, coupon="T")], HELD, "Its coupon is used by B: that saves 2.00 more"),
    ("beaten", "beaten", cash("B", 30000, limits={"stack": 2}), [percentage("A", 10_000)], {}, "Not beside A: that saves as much"),
]  # fmt: skip


def answered(subject, others, more) -> Verdict:
    if "FREE" in subject.trigger.goods.skus:
        lines = [{"unit_price": 0, "sku": "FREE"}]
    elif subject.trigger.goods.brands and not subject.trigger.goods.categories:
        lines = [{"unit_price": 0, "brand": "B"}]
    else:
        lines = [10000, 20000]
    return verdict(quote(basket(*lines, **more), subject, *others), subject.code)


@pytest.mark.parametrize(("state", "reason", "subject", "others", "more", "sentence"), TOLD)
def test_each_reason_is_told(state, reason, subject, others, more, sentence):
    found = answered(subject, others, more)
    assert (found.state, found.reason) == (state, reason)
    assert told(found, subject, *others) == sentence
    for language in LANGUAGES:
        text = told(found, subject, *others, language=language)
        assert text
        assert not {"{", "}"} & set(text)


def test_all_reasons_are_told_above_with_their_params():
    assert {(state, reason) for state, reason, *_rest in TOLD} == words.REASONS.keys()
    for state, reason, subject, others, more, _sentence in TOLD:
        params = set(answered(subject, others, more).params)
        known = set(words.REASONS[state, reason])
        assert params <= known if reason in ("weekday", "day", "hours") else params == known


CHINESE_AND_SPANISH = [
    (cash("A", 2000, least=31800), "再买18.00 → 减20.00", "18,00 más → 20,00 de descuento"),
    (percentage("A", 1500, threshold={"of": "quantity", "least": 3000}), "再买1件 → 打8.5折", "1 unidad más → 15% de descuento"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "chinese", "spanish"), CHINESE_AND_SPANISH)
def test_the_till_speaks_chinese_and_spanish(subject, chinese, spanish):
    near = verdict(quote(basket(10000, 20000), subject), "A")
    assert told(near, subject, language="zh-Hans") == chinese
    assert told(near, subject, language="es") == spanish


def test_other_offers_are_called_by_their_names():
    weak, strong = cash("A", 3000, **GROUP), offer("B", {"kind": "cash", "amount": 4200}, **GROUP)
    found = verdict(quote(basket(30000), weak, strong), "A")
    called = {"A": weak, "B": strong}
    text = words.verdict(found, called, currency="CNY", named=lambda kind, code: f"{kind} “{code}”")
    assert text == "Excluded by offer “B”: that saves 12.00 more"


def test_money_has_the_digits_of_its_currency():
    assert [currencies.digits(code) for code in ("CNY", "JPY", "KWD", "EUR")] == [2, 0, 3, 2]
    assert Wording("en", "JPY").money(1234567) == "1,234,567"
    assert Wording("es", "EUR").money(123456789) == "1.234.567,89"
    assert Wording("en", "KWD").money(1005) == "1.005"
    assert Wording("en", "CNY").money(-5) == "-0.05"
    assert Wording("en", "CNY").quantity(12500) == "12.5"


def test_steps_of_what_was_applied():
    each = cash("A", 5000, least=30000, limits={"every": True, "most_times": 2})
    found = verdict(quote(basket(30000, 60000), each), "A")
    assert words.steps(found, {"A": each}, currency="CNY") == (
        "Step 1: 900.00 of its goods",
        "Asked for 300.00: given 2 times",
        "100.00 off",
        "Line 1: 33.33 off",
        "Line 2: 66.67 off",
    )
    assert words.steps(verdict(quote(basket(100), each), "A"), {"A": each}, currency="CNY") == ()


@settings(max_examples=60, deadline=None)
@given(cases())
def test_whatever_the_engine_answers_has_words_in_every_language(case):
    of, offers = case
    by_code = {each.code: each for each in offers}
    for each in pricing.quote(of, compiling.compile(offers)).verdicts:
        assert set(each.params) <= set(words.REASONS[each.state, each.reason])
        for language in LANGUAGES:
            text = words.verdict(each, by_code, currency=of.currency, language=language)
            assert text
            assert not {"{", "}"} & set(text)
            assert all(words.steps(each, by_code, currency=of.currency, language=language))


def test_the_words_stand_in_the_documentation():
    page = (ROOM.parent.parent / "docs" / "offers.md").read_text("utf-8")
    for (state, reason), params in words.REASONS.items():
        listed = ", ".join(f"`{name}`" for name in params)
        assert f"| {state} | {f'`{reason}`' if reason else ''} | {listed} |" in page
