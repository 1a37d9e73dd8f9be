"""How much may pay for an order: the version in force in the nearest programme, its share, its least and its steps."""

from decimal import Decimal

import pytest
from django.utils import timezone

from members.models import Account, Channel, Programme
from members.queries import spending
from tests import factories
from tests.api import callers
from tests.identity import company
from tests.members.ledger.purses import DAY, book, earn
from tests.members.plans import published, rule

NOW = factories.NOW


@pytest.fixture
def house(db):
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    return {**nodes, "club": club, "book": book(organization=nodes["b1"])}


def pays(house, unit_value="0.01", **more) -> dict:
    said = {"book": house["book"], "currency": "CNY", "unit_value": unit_value, "most_share": "0.5"}
    return said | {"at_least": 100, "step": 100} | more


def put(house, *spending, programme=None, at=NOW - DAY):
    rules = [rule(house["book"], 1)]
    return published(programme or house["club"], rules=rules, spending=spending, starts_at=at)


def check(house, steps, *, amount="199.00", node="s1", at=NOW, currency="CNY"):
    spending.check(
        book=house["book"], steps=steps, order_amount=Decimal(amount), currency=currency, node=house[node], at=at
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "said"),
    [(10_000, "At most 9900 points"), (50, "At least 100 points"), (150, "multiple of 100")],
)
def test_what_goes_beyond_the_rule_is_refused_with_its_bound(house, steps, said):
    put(house, pays(house))
    check(house, 9900)
    with pytest.raises(spending.SpendRefused, match=said) as refused:
        check(house, steps)
    assert refused.value.most == 9900


def test_without_a_rule_for_book_and_currency_nothing_pays(house):
    with pytest.raises(spending.SpendRefused, match="no spending rule"):
        check(house, 100)
    put(house, pays(house))
    for other in ({"currency": "USD"}, {"at": NOW - DAY - DAY}, {"node": "s4"}):
        with pytest.raises(spending.SpendRefused, match="no spending rule"):
            check(house, 100, **other)


def test_the_version_in_force_counts_and_the_nearest_programme(house):
    group = Programme.objects.create(organization=house["g"], name="Group")
    shared = {**house, "book": book(organization=house["g"], code="shared")}
    put(shared, pays(shared, "1"), programme=group)
    put(house, pays(house))
    put(house, pays(house, "0.02"), at=NOW + DAY)

    def most(of, node, at):
        found = spending.most(
            book=of["book"], have=None, order_amount=Decimal(200), currency="CNY", node=house[node], at=at
        )
        return found.most, found.pays

    assert most(house, "s1", NOW) == (10_000, 100)
    assert most(house, "s1", NOW + DAY) == (5_000, 100)
    assert most(shared, "s4", NOW) == (100, 100)
    assert most(shared, "s1", NOW) == (0, 0)
    Programme.objects.filter(pk=house["club"].pk).update(closed_at=NOW)
    assert most(shared, "s1", NOW) == (100, 100)


def ask(house, node, **query):
    oneid = Account.objects.get(external_id="u1").member.oneid
    till = callers.client(channel=Channel.objects.get(code="pos"), scopes="query", organization=house[node])
    return till.get(f"/api/v1/members/{oneid}/value/allowance", query)


def test_a_till_asks_how_much_may_pay(house):
    now = timezone.now()
    company.accept(company.account("u1"), now=now)
    put(house, pays(house), at=now - DAY)
    earn(Account.objects.get(), house["book"], 4550, at=now - DAY)
    asked = {"book": "points", "amount": "199.00", "currency": "CNY"}
    answer = ask(house, "b1", **asked)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "book": "points", "unit": "points", "available": "4550", "most": "4500", "pays": "45", "currency": "CNY",
    }  # fmt: skip
    assert ask(house, "b1", **asked | {"amount": "1.00"}).json()["most"] == "0"
    assert ask(house, "b1", **asked | {"book": "nothing"}).status_code == 404
    assert ask(house, "b1", **asked | {"amount": "-1"}).status_code == 400
    assert ask(house, "b2", **asked).status_code == 404
