"""The page of a sale tells all that its till asked for, every basket with it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import TillOrder
from campaigns.queries.till import story
from tests import factories
from tests.campaigns.offering import NOW
from tests.campaigns.till import selling
from tests.campaigns.till.pricing import basket, clock, till

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
MANY = """
INSERT INTO campaigns_tilloperation (caller, node, key, verb, number, digest, status, answer, at)
SELECT 'pos', '/1/', 'k' || n, CASE WHEN n % 2 = 0 THEN 'put' ELSE 'commit' END, 'M' || n / 4, gen_random_uuid(), 200, '{}',
       '2025-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, 5000) n
"""


@pytest.fixture
def till_at():
    return "g"


@pytest.fixture
def look(client, nodes):
    def look(address: str, *, at: str = "g", **asked):
        client.force_login(factories.staff(organization=nodes[at], permissions="campaigns.view_tillorder"))
        return client.get(address, asked)

    return look


def bought(cashier, monkeypatch, *, number: str, baskets: int) -> TillOrder:
    """A minute between each two steps."""
    for revision in range(1, baskets + 1):
        clock(monkeypatch, NOW + revision * MINUTE)
        body = {"key": f"{number}-{revision}", "revision": revision, "basket": basket(f"{revision}0.00")}
        assert cashier.put(selling.address(number=number), body).status_code == 200
    clock(monkeypatch, NOW + 20 * MINUTE)
    body = {"key": f"{number}-commit", "basket": basket("90.00"), "revision": baskets, "payments": [{"method": "cash", "amount": "90.00"}]}  # fmt: skip
    assert cashier.post(selling.address("commit", number=number), body).status_code == 200
    return TillOrder.objects.get(number=number)


def told(rows: list[dict]) -> list[tuple]:
    return [(row["verb"], row["total"].removesuffix(" CNY"), row["operation"].at - NOW) for row in rows]


def test_the_page_of_a_sale_tells_every_basket_and_what_became_of_it(cashier, look, monkeypatch):
    bought(cashier, monkeypatch, number="N2", baskets=2)
    sale = bought(cashier, monkeypatch, number="N1", baskets=3)
    page = look(reverse("admin:campaigns_tillorder_change", args=[sale.pk]))
    assert told(page.context["operations"]) == [
        ("basket kept", "10.00", MINUTE), ("basket kept", "20.00", 2 * MINUTE), ("basket kept", "30.00", 3 * MINUTE),
        ("sold", "90.00", 20 * MINUTE),
    ]  # fmt: skip


def test_of_another_channels_sale_of_this_number_it_tells_nothing(cashier, nodes, look, monkeypatch):
    sale = bought(cashier, monkeypatch, number="N1", baskets=1)
    mall = factories.channel(organization=nodes["g"], code="mall", kind="mall")
    selling.put(till(mall, organization=nodes["g"]), "1.00", number="N1", store="s4")
    page = look(reverse("admin:campaigns_tillorder_change", args=[sale.pk]))
    assert [row["verb"] for row in page.context["operations"]] == ["basket kept", "sold"]


@pytest.mark.parametrize("key", ["N1-1", "N1-commit"])
def test_each_operation_leads_to_its_sale(cashier, look, monkeypatch, key):
    sale = bought(cashier, monkeypatch, number="N1", baskets=2)
    [row] = look(reverse("admin:till_activity"), key=key).context["operations"]
    assert row["sale"] == sale
    assert not look(reverse("admin:till_activity"), at="s4", key=key).context["operations"]


def test_they_are_found_by_indexes_among_many(cashier, monkeypatch):
    sale = bought(cashier, monkeypatch, number="N1", baskets=3)
    with connection.cursor() as cursor:
        cursor.execute(MANY)
        cursor.execute("ANALYZE campaigns_tilloperation")
        with CaptureQueriesContext(connection) as asked:
            assert len(story.operations_of(sale=sale)) == 4
        statement = next(each["sql"] for each in asked if "campaigns_tilloperation" in each["sql"])
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "till_operation_basket" in plan
    assert "till_operation_at" in plan
    assert "Seq Scan" not in plan
