"""Each finding is true: what is said never to apply never does, what is said to exclude always does, and each basket shows what it is said to."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaigns.offers import calendar, checking, compiling, findings, forms, moments, pricing, reading, trying
from campaigns.offers.basket import Line
from campaigns.offers.checking import FAULT, NOTE, WARNING, Finding
from campaigns.offers.languages import LANGUAGES
from campaigns.offers.offer import Offer, Trigger
from tests.campaigns.offers.making import GIFT, cash, offer, percentage
from tests.campaigns.offers.small import BRANDS, CATEGORIES, SKUS, cases, offer_texts

AT = datetime(2026, 6, 8, 12)
WASHER = {"sku": "washer", "unit_price": 10000, "category": "white", "brand": "B", "cost": 8000}
SPARE = {"sku": "spare", "unit_price": 500, "category": "parts", "brand": "B", "cost": 100}


def prices(*lines: dict) -> list[Line]:
    return [Line(number=number, quantity=1000, **line) for number, line in enumerate(lines, 1)]


def check(*offers: Offer, **more) -> tuple[Finding, ...]:
    return checking.check(offers, at=AT, **more)


def kinds(*offers: Offer, **more) -> list[tuple[str, str]]:
    return [(found.kind, found.place) for found in check(*offers, **more)]


KNOWN = prices(WASHER, SPARE)
FAULTS = [
    ("over", "trigger.ends", cash("A", 100, ends="2026-06-08T12:00:00")),
    ("never", "trigger.recurrence", cash("A", 100, starts="2026-06-09T00:00:00", ends="2026-06-10T00:00:00", recurrence={"weekdays": [1]})),
    ("never", "trigger.recurrence", cash("A", 100, starts="2026-06-09T12:00:00", ends="2026-06-10T09:00:00", recurrence={"hours": ["09:00-12:00"]})),
    ("template", "trigger.coupon", cash("A", 100, coupon="GONE")),
    ("template", "form.template", offer("A", {"kind": "voucher", "template": "GONE", "worth": 100}, execution="add")),
    ("no_goods", "trigger.goods", cash("A", 100, goods={"categories": ["white"], "brands": ["C"]})),
    ("no_goods", "trigger.goods", cash("A", 100, goods={"skus": ["washer"], "except_skus": ["washer"]})),
    ("few_kinds", "trigger.threshold", cash("A", 100, threshold={"of": "kinds", "least": 3})),
    ("no_gain", "form.amount", offer("A", {"kind": "price", "pieces": 2, "amount": 20001})),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "place", "subject"), FAULTS)
def test_an_offer_that_can_never_apply_is_found(kind, place, subject):
    found = check(subject, prices=KNOWN, templates=frozenset(["T"]))
    assert [(each.kind, each.place, each.level) for each in found] == [(kind, place, FAULT)]


def test_goods_that_cost_nothing_and_a_code_that_stands_twice():
    free = prices({"sku": "washer", "unit_price": 0})
    assert kinds(percentage("A", 1000), prices=free) == [("no_price", "trigger.goods")]
    assert kinds(cash("A", 1), beside=[cash("A", 2)]) == [("twice", "code")]
    assert kinds(cash("A", 1), cash("A", 2)) == [("twice", "code")]


def test_without_a_price_list_goods_are_taken_as_named():
    contrary = cash("A", 100, goods={"categories": ["K"], "except_categories": ["K"]})
    assert kinds(contrary) == [("no_goods", "trigger.goods")]
    assert kinds(cash("A", 100, goods={"skus": ["X"]}, threshold={"of": "kinds", "least": 2})) == [
        ("few_kinds", "trigger.threshold")
    ]
    assert kinds(cash("A", 100, least=30000, goods={"categories": ["K"]}, coupon="T")) == []


def test_pairs_that_exclude_one_another_are_told_if_they_can_meet():
    one = percentage("A", 1000, limits={"groups": ["g"]})
    other = percentage("B", 500, limits={"groups": ["g"]})
    found = check(one, beside=[other])
    assert [(each.kind, each.level, each.params) for each in found] == [("excluded", NOTE, {"by": ("B",)})]
    later = percentage("B", 500, limits={"groups": ["g"]}, recurrence={"hours": ["09:00-10:00"]})
    early = percentage("A", 1000, limits={"groups": ["g"]}, recurrence={"hours": ["10:00-12:00"]})
    assert kinds(early, beside=[later]) == []
    assert kinds(cash("A", 1, limits={"alone": True}), beside=[other]) == [("alone", "limits.alone")]
    pool = {"limits": {"pool": "p"}}
    assert kinds(percentage("A", 1, **pool), beside=[percentage("B", 1, **pool)]) == [("pool", "limits.pool")]
    assert (
        kinds(cash("A", 1, channels=["pos"], **pool), beside=[cash("B", 1, channels=["web"], **pool)]) == []
    )


def test_below_cost_is_shown_by_a_basket():
    (found,) = check(percentage("A", 2500), prices=KNOWN)
    assert (found.kind, found.level) == ("below_cost", WARNING)
    assert [line.sku for line in found.basket.lines] == ["washer"]
    assert found.params == {"by": ("A",), "list": 10000, "total": 7500, "cost": 8000}
    assert check(percentage("A", 2000), prices=KNOWN) == ()


def test_below_cost_by_two_together():
    second = percentage("B", 1500)
    (found,) = check(percentage("A", 1500), prices=KNOWN, beside=[second])
    assert (found.kind, found.params["by"], found.params["total"]) == ("below_cost", ("A", "B"), 7000)


def test_a_basket_that_costs_nothing_is_shown():
    found = {each.kind: each for each in check(cash("A", 5000), prices=prices(SPARE))}
    assert found["for_nothing"].params == {"by": ("A",), "list": 500, "total": 0}
    assert kinds(cash("A", 1000, least=2000), prices=prices(SPARE | {"cost": None})) == []


def test_a_step_that_makes_a_later_threshold_unreachable_is_shown():
    early = percentage("A", 5000)
    late = cash("B", 100, least=30000, limits={"stack": 2})
    found = [
        each for each in check(late, beside=[early], prices=prices({"sku": "washer", "unit_price": 10000}))
    ]
    assert [(each.kind, each.params) for each in found] == [("displaced", {"by": ("A",), "list": 30000})]
    at_first = cash("B", 100, least=30000)
    assert kinds(at_first, beside=[early], prices=prices({"sku": "washer", "unit_price": 10000})) == []


# Against chance.

WINDOWS = [
    {}, {}, {},
    {"ends": "2026-06-08T12:00:00"}, {"ends": "2026-06-08T12:30:00"}, {"starts": "2026-06-09T00:00:00"},
    {"starts": "2026-06-08T00:00:00", "ends": "2026-06-10T00:00:00"},
]  # fmt: skip
RECURRENCES = [
    {}, {}, {"weekdays": [2]}, {"weekdays": [4]}, {"days": [9]}, {"hours": ["10:00-12:00"]}, {"hours": ["22:00-02:00"]},
    {"weekdays": [1], "hours": ["23:00-01:00"]}, {"weekdays": [3], "days": [8, 31]},
]  # fmt: skip
EXCEPTIONS = [
    {},
    {},
    {"except_skus": list(SKUS)},
    {"except_skus": ["X"]},
    {"except_categories": ["K", "L"]},
    {"except_brands": ["P"]},
]


@st.composite
def doubtful(draw, code: str = "A") -> Offer:
    text = draw(offer_texts(code))
    trigger = text["trigger"]
    trigger |= draw(st.sampled_from(WINDOWS))
    if recurrence := draw(st.sampled_from(RECURRENCES)):
        trigger["recurrence"] = recurrence
    trigger["goods"] = trigger["goods"] | draw(st.sampled_from(EXCEPTIONS))
    return reading.from_builtins(text, Offer)


@st.composite
def price_lists(draw) -> list[Line]:
    chosen = draw(st.lists(st.sampled_from(SKUS), min_size=1, max_size=3, unique=True))
    return prices(*[
        {
            "sku": sku,
            "unit_price": draw(st.sampled_from([0, 100, 250, 999, 3333])),
            "category": draw(st.sampled_from(CATEGORIES)),
            "brand": draw(st.sampled_from(BRANDS)),
            "cost": draw(st.none() | st.integers(0, 3000)),
            "excluded": draw(st.integers(0, 5)) == 0,
        }
        for sku in chosen
    ])  # fmt: skip


def tried(subject: Offer, listed: list[Line], later: timedelta) -> bool:
    """Whether it is applied in some basket of these goods at this moment."""
    rules = compiling.compile([subject])
    whole = trying.goods_of(subject, listed) or [line for line in listed if not line.excluded]
    several = [
        msgspec.structs.replace(basket, lines=tuple(
            msgspec.structs.replace(line, number=number, quantity=quantity) for number, line in enumerate(listed, 1)
        ))
        for basket in trying.baskets(subject, whole[:1], others=(), at=AT + later)
        for quantity in (1000, 1500, 3000, 40_000)
    ]  # fmt: skip
    baskets = [*trying.baskets(subject, whole, others=(), at=AT + later), *several]
    return any(pricing.quote(basket, rules).uses for basket in baskets)


@settings(max_examples=150, deadline=None)
@given(doubtful(), price_lists(), st.integers(0, 200))
def test_what_is_said_never_to_apply_never_does(subject, listed, hours):
    faults = [found for found in check(subject, prices=listed) if found.level == FAULT]
    assume(faults)
    assert not tried(subject, listed, timedelta(minutes=30 * hours))


@settings(max_examples=150, deadline=None)
@given(doubtful(), price_lists())
def test_what_is_not_said_never_to_apply_does_somewhere(subject, listed):
    assume(not any(found.level == FAULT for found in check(subject, prices=listed)))
    dearest = max(line.unit_price for line in trying.goods_of(subject, listed))
    assume(not is_below_rounding(subject, dearest))
    moment = moments.first([subject.trigger], after=AT)
    assert tried(subject, listed, moment - AT)


def is_below_rounding(subject: Offer, dearest: int) -> bool:
    """Whole pieces gain less than a minor unit: what weighed goods may gain then is not tried."""
    form, limits = subject.form, subject.limits
    times = min(limits.most_times or 1000, limits.per_day or 1000)
    if isinstance(form, forms.Price):
        return form.pieces * dearest <= form.amount
    return isinstance(form, forms.Pieces) and form.cheapest * form.off * dearest * times < 10_000


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_pair_that_is_said_to_exclude_one_another_never_goes_together(case):
    basket, offers = case
    used = {use.offer for use in pricing.quote(basket, compiling.compile(offers)).uses}
    for found in checking.check(offers, at=AT):
        if found.level == NOTE:
            assert not (found.offer in used and used & set(found.params["by"]))


@settings(max_examples=80, deadline=None)
@given(st.tuples(doubtful("A"), doubtful("B"), doubtful("C")), price_lists())
def test_every_warning_is_what_its_basket_costs(offers, listed):
    by_code = {each.code: each for each in offers}
    for found in checking.check(offers, at=AT, prices=listed):
        for language in LANGUAGES:
            assert not {"{", "}"} & set(
                "".join(findings.told(found, by_code, currency="CNY", language=language))
            )
        if found.level == WARNING:
            quotes = [
                pricing.quote(found.basket, compiling.compile(rules))
                for rules in ([by_code[found.offer]], offers)
            ]
            assert any(shows(found, quote) for quote in quotes)


def shows(found: Finding, quote) -> bool:
    if found.kind == "displaced":
        return all(use.offer != found.offer for use in quote.uses)
    paid = quote.total_list - quote.discount
    if found.kind == "for_nothing":
        return paid == 0 < quote.total_list
    cost = sum((line.cost * line.quantity + 500) // 1000 for line in found.basket.lines)
    return paid < cost and (paid, cost) == (found.params["total"], found.params["cost"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(RECURRENCES), min_size=1, max_size=2), st.integers(0, 400))
def test_the_first_moment_is_the_first(recurrences, hours):
    triggers = [reading.from_builtins({"recurrence": each} if each else {}, Trigger) for each in recurrences]
    after = AT + timedelta(hours=hours)
    found = moments.first(triggers, after=after)
    hourly = (after.replace(minute=0) + timedelta(hours=step) for step in range(24 * 400))

    by_hand = next(
        (
            at
            for at in hourly
            if at >= after
            and not any(
                trigger.recurrence and calendar.missed(trigger.recurrence, at) for trigger in triggers
            )
        ),
        None,
    )
    assert found == by_hand or (by_hand is None and found > after + timedelta(days=399))


# In words.


def test_findings_are_told_with_their_remedy():
    subject = percentage("A", 2500)
    (found,) = check(subject, prices=KNOWN)
    told = [
        findings.told(found, {"A": subject}, currency="CNY", language=code)
        for code in ("en", "zh-hans", "es")
    ]
    assert told == [
        ("A basket of 1 × washer for 100.00 costs 75.00 by A, and the house 80.00", "Raise the threshold, cap the discount, or except these goods"),
        ("1 × washer共100.00，经A后为75.00，低于成本80.00", "请提高门槛、限制优惠金额，或排除这些商品"),
        ("Una cesta de 1 × washer por 100,00 cuesta 75,00 por A, y a la casa 80,00", "Suba el umbral, limite el descuento, o excluya estos artículos"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "place", "subject"), FAULTS)
def test_faults_are_told_in_every_language(kind, place, subject):
    (found,) = check(subject, prices=KNOWN, templates=frozenset())[:1]
    for language in LANGUAGES:
        what, remedy = findings.told(found, {"A": subject}, currency="CNY", language=language)
        assert what
        assert remedy
        assert what != remedy


def test_a_gift_that_is_in_order_finds_nothing():
    gift = offer("A", GIFT, execution="add", threshold={"of": "amount", "least": 30000})
    assert check(gift, prices=KNOWN, templates=frozenset()) == ()
