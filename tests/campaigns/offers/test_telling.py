"""A whole offer as a sentence: the issue's own example, and nothing that an offer says is left untold."""

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaigns.offers import reading, telling
from campaigns.offers.languages import LANGUAGES
from campaigns.offers.offer import Offer
from tests.campaigns.offers.making import GIFT, cash, offer, percentage
from tests.campaigns.offers.small import offer_texts

WINDOW = {"starts": "2026-06-08T00:00:00", "ends": "2026-06-11T00:00:00"}
WASHING = {"threshold": {"of": "amount", "least": 30000}, "goods": {"categories": ["washing machines"]}}
EVERY = {"every": True, "most_amount": 10000, "groups": ["coupons"]}
WHOLE = offer(
    "A", {"kind": "cash", "amount": 5000}, organizations=["Qingdao"], limits=EVERY, **WINDOW, **WASHING
)
TOLD = [
    (
        WHOLE,
        ("From 8 to 10 June 2026, in stores of Qingdao: 50.00 off for every 300.00 of washing machines;"
        " at most 100.00 in a basket; not with others of coupons; in CNY"),
        "2026年6月8日至10日、限Qingdao门店：washing machines每满300.00减50.00；每单最多减100.00；不与coupons的其他优惠同享；币种CNY",
        ("Del 8 al 10 de junio de 2026, en tiendas de Qingdao: 50,00 de descuento por cada 300,00 de washing machines;"
        " como máximo 100,00 por cesta; no con otras de coupons; en CNY"),
    ),
    (
        percentage("A", 1000, tiers=["gold"], recurrence={"weekdays": [6], "hours": ["10:00-12:00"]}),
        "On Saturdays, from 10:00 to 12:00, for the tier gold: 10% off; in CNY",
        "每周六、10:00至12:00、限等级gold：打9折；币种CNY",
        "Los sábados, de 10:00 a 12:00, para el nivel gold: 10% de descuento; en CNY",
    ),
    (
        offer("A", GIFT, execution="return", threshold={"of": "quantity", "least": 2000}, goods={"brands": ["B"]}),
        "1 × GIFT for nothing from 2 pieces of goods of B on; given 7 days after it is received; counted as worth 19.00; in CNY",
        "B的商品满2件送GIFT × 1；收货7天后发放；价值按19.00计；币种CNY",
        ("1 × GIFT gratis a partir de 2 unidades de artículos de B; se entrega 7 días después de recibir;"
        " cuenta como un valor de 19,00; en CNY"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "english", "chinese", "spanish"), TOLD)
def test_an_offer_reads_as_a_sentence(subject, english, chinese, spanish):
    assert telling.offer(subject) == english
    assert telling.offer(subject, language="zh-hans") == chinese
    assert telling.offer(subject, language="es") == spanish


def test_names_are_those_of_the_house():
    names = {("category", "42"): "washing machines", ("organization", "7"): "Qingdao"}
    subject = cash("A", 5000, goods={"categories": ["42"]}, organizations=["7"])
    text = telling.offer(subject, named=lambda kind, code: names[kind, code])
    assert text == "In stores of Qingdao: 50.00 off on washing machines; in CNY"


WINDOWS = [
    ("2026-05-28T00:00:00", "2026-06-04T00:00:00", "From 28 May 2026 to 3 June 2026"),
    ("2026-06-08T00:00:00", "2026-06-09T00:00:00", "On 8 June 2026"),
    ("2026-06-08T10:00:00", "2026-06-09T00:00:00", "From 8 June 2026 at 10:00 to 8 June 2026"),
    ("2026-06-08T00:00:00", "2026-06-09T18:30:00", "From 8 June 2026 to 9 June 2026 at 18:30"),
    ("2026-06-08T00:00:00", None, "From 8 June 2026 on"),
    (None, "2027-01-01T00:00:00", "Until 31 December 2026"),
]


@pytest.mark.parametrize(("starts", "ends", "words"), WINDOWS)
def test_windows_are_told_by_whole_days(starts, ends, words):
    assert telling.offer(cash("A", 100, starts=starts, ends=ends)) == f"{words}: 1.00 off; in CNY"


@st.composite
def narrowed(draw, code: str) -> Offer:
    """Of every form and limit, with every condition in turn."""
    text = draw(offer_texts(code, steps=2))
    text["trigger"] |= draw(st.sampled_from(CONDITIONS))
    text["limits"] |= draw(
        st.sampled_from([{}, {}, {"per_member": 2}, {"per_store": 2}, {"per_campaign": 2}])
    )
    if text["execution"] == "add" and draw(st.booleans()):
        text |= {
            "execution": "return",
            "after": draw(st.sampled_from(["paid", "received"])),
            "days": draw(st.integers(0, 2)),
        }
    if text["form"]["kind"] == "percentage" and "most_amount" in text["limits"]:
        text["form"].pop("cap", None)
    return reading.from_builtins(text, Offer)  # fmt: skip


CONDITIONS = [
    {},
    {"starts": "2026-06-08T00:00:00"},
    {"starts": "2026-06-08T00:00:01"},
    {"ends": "2027-06-08T00:00:00"},
    {"recurrence": {"weekdays": [1]}},
    {"recurrence": {"days": [1]}},
    {"recurrence": {"hours": ["10:00-12:00"]}},
    {"regions": ["a"]},
    {"channels": ["a"]},
    {"organizations": ["a"]},
    {"members": True},
    {"tiers": ["a"]},
    {"tags": ["a"]},
    {"audiences": ["a"]},
    {"birthday": "day"},
    {"birthday": "week"},
    {"birthday": "month"},
    {"new": True},
    {"goods": {"sets": ["a"], "except_skus": ["b"], "except_brands": ["b"]}},
    {"goods": {"except_categories": ["b"]}},
]


def meaning(subject: Offer) -> Offer:
    """Without what is not told; a cap of a percentage and one of the basket are the same."""
    form, limits = subject.form, subject.limits
    if cap := getattr(form, "cap", None):
        form = msgspec.structs.replace(form, cap=None)
        limits = msgspec.structs.replace(limits, most_amount=cap)
    return msgspec.structs.replace(subject, code="A", form=form, limits=limits)


def kinds(kind: str, code: str) -> str:
    return f"{kind} {code}"


@settings(max_examples=200, deadline=None)
@given(narrowed("A"), narrowed("B"), st.sampled_from(sorted(LANGUAGES)))
def test_offers_that_mean_different_things_are_told_differently(one, other, language):
    assume(meaning(one) != meaning(other))
    told = telling.offer(one, language=language, named=kinds)
    assert told != telling.offer(other, language=language, named=kinds)
    assert not {"{", "}"} & set(told)


def changes() -> list[tuple[str, dict]]:
    """Each field of an offer changed by itself."""
    base = reading.to_builtins(WHOLE)
    trigger = [("trigger", base["trigger"] | change) for change in CONDITIONS[1:]]
    trigger += [
        ("trigger", base["trigger"] | {"coupon": "T"}),
        ("trigger", base["trigger"] | {"threshold": {"of": "amount", "least": 30001}}),
    ]
    limits = [
        {"stack": 2}, {"base": "list"}, {"pool": "p"}, {"groups": ["other"]}, {"alone": True}, {"every": False},
        {"most_times": 2}, {"most_amount": 9999}, {"per_member": 1}, {"per_day": 1}, {"per_store": 1}, {"per_campaign": 1},
    ]  # fmt: skip
    return trigger + [("limits", base["limits"] | change) for change in limits] + [("currency", "JPY")]


@pytest.mark.parametrize("change", changes(), ids=str)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_change_of_an_offer_is_heard(change, language):
    field, value = change
    changed = reading.from_builtins(reading.to_builtins(WHOLE) | {field: value}, Offer)
    if changed != WHOLE:
        assert telling.offer(changed, language=language) != telling.offer(WHOLE, language=language)
