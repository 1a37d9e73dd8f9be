import datetime as dt
from decimal import Decimal
from statistics import mean, median

import pytest

from tags.actions import compute
from tags.conditions.faults import Fault
from tags.conditions.window import Window
from tags.models import ModelRun, Tag, TagChange
from tags.models_of import rfm
from tags.models_of.rfm import Bounds, Rfm
from tags.queries import rfm as scoring
from tests import factories
from tests.tags import crowd, world
from tests.tags import test_compute as tags_of
from tests.tags.conditions.test_orders import TODAY, day
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db

FIXED = Bounds(recency=Decimal(50), frequency=Decimal(2), monetary=Decimal(1_000))
NAMES = {code: (english, chinese) for code, english, chinese in rfm.VALUES}


def buyer(town, *, recency: int, frequency: int, monetary: int):
    """Someone with these values: the last order so many days ago, the others before it."""
    member = world.person(town)
    for number in range(frequency):
        amount = monetary - 10 * (frequency - 1) if number == 0 else 10
        factories.order(account=member.account, amount=amount, at=world.days_ago(recency + number))
    return member


def score(town, member, **asked):
    (found,) = scoring.scores(node=town.group, as_of=NOW, members=[member.pk], **asked)
    return found


@pytest.mark.requirement("TAG-051")
def test_recency_frequency_and_monetary_value_net_of_returns(town):
    member = world.person(town)
    other = factories.account(channel=town.tmall, member=member)
    for account, amount, days in [
        (member.account, 400, 12),
        (member.account, 300, 40),
        (other, 400, 60),
        (other, 380, 90),
    ]:
        order = factories.order(account=account, amount=amount, at=world.days_ago(days))
    factories.returned(order=order, amount=200)
    found = score(town, member, model=Rfm(bounds=FIXED))
    assert (found.recency, found.frequency, found.monetary) == (12, 4, 1_280)


@pytest.mark.requirement("TAG-052")
@pytest.mark.parametrize(
    ("recency", "frequency", "monetary", "code"),
    [
        (12, 4, 1_280, "important_value"),
        (60, 4, 1_280, "important_keep"),
        (12, 1, 1_280, "important_development"),
        (12, 4, 900, "general_value"),
    ],
)
def test_better_than_the_mean_is_nearer_more_often_and_more(town, recency, frequency, monetary, code):
    """Three more buyers bring the means to 50 days, 2 orders and 1,000."""
    one = buyer(town, recency=recency, frequency=frequency, monetary=monetary)
    others = zip(parted(200 - recency), parted(8 - frequency), parted(4_000 - monetary), strict=True)
    for days, orders, amount in others:
        buyer(town, recency=days, frequency=orders, monetary=amount)
    found = {each.member: each for each in scoring.scores(node=town.group, as_of=NOW)}
    means = [mean(getattr(each, name) for each in found.values()) for name in rfm.MEASURES]
    assert (means, found[one.pk].code) == ([50, 2, 1_000], code)


def parted(whole: int) -> list[int]:
    """Into three whole numbers, as even as can be."""
    return [(whole + rest) // 3 for rest in range(3)]


@pytest.mark.requirement("TAG-052")
@pytest.mark.parametrize(
    ("bounds", "better"), [({"percentile": 80}, 2), ({"percentile": "50"}, 5), ("median", 5)]
)
def test_the_best_fifth_of_each_measure_is_better_by_a_percentile_of_eighty(town, bounds, better):
    """Eleven buyers, each a day nearer, an order more and ten more than the one before."""
    people = [buyer(town, recency=12 - n, frequency=n, monetary=1_000 + 10 * n) for n in range(1, 12)]
    found = scoring.scores(node=town.group, as_of=NOW, model=rfm.parse({"bounds": bounds}))
    best = {each.member for each in found if each.code == "important_value"}
    assert best == {person.pk for person in people[-better:]}
    assert {each.code for each in found} == {"important_value", "general_retain"}


def classed(recency: int, frequency: int, monetary: int, code: str, english: str, chinese: str, mark):
    return pytest.param(recency, frequency, monetary, code, english, chinese, marks=mark)


@pytest.mark.parametrize(
    ("recency", "frequency", "monetary", "code", "english", "chinese"),
    [
        classed(
            12,
            4,
            1_280,
            "important_value",
            "Important value (champions)",
            "重要价值",
            pytest.mark.requirement("TAG-053"),
        ),
        classed(
            12,
            1,
            5_000,
            "important_development",
            "Important development",
            "重要发展",
            pytest.mark.requirement("TAG-054"),
        ),
        classed(
            200,
            6,
            5_000,
            "important_keep",
            "Important keep / win back",
            "重要保持/唤回",
            pytest.mark.requirement("TAG-055"),
        ),
        classed(
            200,
            1,
            5_000,
            "important_retain",
            "Important retain",
            "重要挽留",
            pytest.mark.requirement("TAG-056"),
        ),
        classed(12, 6, 200, "general_value", "General value", "一般价值", pytest.mark.requirement("TAG-057")),
        classed(
            12,
            1,
            50,
            "general_development",
            "General development",
            "一般发展",
            pytest.mark.requirement("TAG-058"),
        ),
        classed(200, 6, 200, "general_keep", "General keep", "一般保持", pytest.mark.requirement("TAG-059")),
        classed(
            200, 1, 50, "general_retain", "General retain", "一般挽留", pytest.mark.requirement("TAG-060")
        ),
    ],
)
def test_the_eight_classes(town, recency, frequency, monetary, code, english, chinese):
    member = buyer(town, recency=recency, frequency=frequency, monetary=monetary)
    found = score(town, member, model=Rfm(bounds=FIXED))
    assert (found.recency, found.frequency, found.monetary) == (recency, frequency, monetary)
    assert found.code == code
    assert NAMES[code] == (english, chinese)


@pytest.mark.requirement("TAG-058")
def test_exactly_on_the_bound_is_not_better(town):
    assert (
        score(town, buyer(town, recency=50, frequency=2, monetary=1_000), model=Rfm(bounds=FIXED)).code
        == "general_retain"
    )
    assert (
        score(town, buyer(town, recency=49, frequency=3, monetary=1_001), model=Rfm(bounds=FIXED)).code
        == "important_value"
    )


def oracle(people: list[crowd.Person], model: Rfm) -> dict[int, tuple]:
    since = TODAY - dt.timedelta(days=10_000 if model.window.days is None else model.window.days)
    facts = {}
    for person in people:
        sales = [
            s for s in person.sales if s.bought and not s.given_back and s.at <= NOW and day(s.at) >= since
        ]
        if sales:
            days = [day(sale.at) for sale in sales]
            lost = sum(
                amount for at, amount, _channel in person.lost_returns if at <= NOW and day(at) >= since
            )
            paid = sum(sale.amount - sale.refunded for sale in sales) - lost
            often = len(days) if model.frequency == "orders" else len(set(days))
            facts[person.id] = ((TODAY - max(days)).days, often, paid)
    middle = {"mean": mean, "median": median}[model.bounds]
    r, f, m = (middle([Decimal(row[n]) for row in facts.values()]) for n in range(3)) if facts else (0, 0, 0)
    return {pk: (rfm.CODES[(a < r) * 4 + (b > f) * 2 + (c > m)], a, b, c) for pk, (a, b, c) in facts.items()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("frequency", ["orders", "order_days"])
@pytest.mark.parametrize("bounds", ["mean", "median"])
@pytest.mark.parametrize("window", [Window(), Window(days=30)], ids=["ever", "30 days"])
def test_scores_agree_with_plain_python(town, seed, frequency, bounds, window):
    people = crowd.gather(town, seed=seed, size=16)
    model = Rfm(window=window, bounds=bounds, frequency=frequency)
    found = scoring.scores(node=town.group, as_of=NOW, model=model)
    assert {s.member: (s.code, s.recency, s.frequency, s.monetary) for s in found} == oracle(people, model)


def test_recency_is_counted_in_days_of_the_projects_zone(town):
    member = world.person(town)
    factories.order(
        account=member.account, at=dt.datetime(2026, 1, 14, 15, 59, tzinfo=dt.UTC)
    )  # 23:59 in Shanghai
    assert score(town, member).recency == 1
    assert scoring.scores(node=town.group, as_of=dt.date(2026, 1, 20))[0].recency == 6


def test_an_order_without_value_is_an_order_but_one_given_back_is_none(town):
    guest, returner = world.person(town), world.person(town)
    factories.order(account=guest.account, amount=0)
    factories.returned(order=factories.order(account=returner.account, amount=50), amount=50)
    assert [(s.member, s.frequency) for s in scoring.scores(node=town.group, as_of=NOW)] == [(guest.pk, 1)]


def test_a_brand_measures_its_members_by_its_own_orders(town):
    member = world.person(town, organization=town.nodes["b1"])
    factories.order(account=member.account, organization=town.nodes["s1"], amount=10)
    factories.order(account=member.account, organization=town.nodes["s4"], amount=90)
    (found,) = scoring.scores(node=town.nodes["b1"], as_of=NOW)
    assert (found.frequency, found.monetary) == (1, 10)


def test_changed_members_are_measured_by_the_bounds_of_the_last_run(town):
    tags_of.rfm(town, bounds="mean")
    near, far = (
        buyer(town, recency=10, frequency=1, monetary=100),
        buyer(town, recency=100, frequency=3, monetary=900),
    )
    compute.compute(now=NOW)
    run = ModelRun.objects.get()
    assert (run.members, {name: float(value) for name, value in run.fitted.items()}) == (
        2,
        {"recency": 55, "frequency": 2, "monetary": 500},
    )
    factories.order(account=near.account, amount=5_000)
    compute.compute(now=NOW, members=[near.pk])
    assert tags_of.held() == {(near.pk, "rfm", "important_development"), (far.pk, "rfm", "important_keep")}
    compute.compute(now=NOW)
    assert ModelRun.objects.count() == 2


def test_without_bounds_that_fit_changed_members_keep_what_they_have(town):
    tag = tags_of.rfm(town, bounds="mean")
    member = buyer(town, recency=10, frequency=1, monetary=100)
    compute.compute(now=NOW, members=[member.pk])
    assert tags_of.held() == set()
    compute.compute(now=NOW)
    before = tags_of.held()
    Tag.objects.filter(pk=tag.pk).update(parameters={"bounds": "median"})
    compute.compute(now=NOW, members=[member.pk])
    assert tags_of.held() == before != set()
    assert TagChange.objects.count() == 1


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"bound": "mean"}, "parameters.bound"),
        ({"bounds": "average"}, "parameters.bounds"),
        ({"bounds": {"recency": 1, "frequency": 2}}, "parameters.bounds"),
        ({"bounds": {"percentile": 100}}, "parameters.bounds.percentile"),
        ({"bounds": {"percentile": "high"}}, "parameters.bounds.percentile"),
        ({"bounds": {"percentile": 80, "recency": 1}}, "parameters.bounds.recency"),
        ({"bounds": {"recency": 1, "frequency": 2, "monetary": "much"}}, "parameters.bounds.monetary"),
        ({"window": {"days": "30"}}, "parameters.window.days"),
        ({"frequency": "baskets"}, "parameters.frequency"),
        ([], "parameters"),
    ],
)
def test_wrong_parameters_are_named(parameters, place):
    with pytest.raises(Fault) as fault:
        rfm.parse(parameters)
    assert fault.value.place == place


def test_every_class_is_told_by_the_bounds_given_or_found():
    assert Rfm().told() == {}
    told = Rfm(bounds=FIXED).told()
    assert tuple(told) == rfm.CODES
    assert told["important_value"] == "less than 50.00 days ago; more than 2.00 times; above 1,000.00"
    assert told["general_keep"] == "50.00 days ago or more; more than 2.00 times; up to 1,000.00"
    assert Rfm().told({"recency": "9.5", "frequency": "1.25", "monetary": "80"})["general_retain"] == (
        "9.50 days ago or more; at most 1.25 times; up to 80.00"
    )
