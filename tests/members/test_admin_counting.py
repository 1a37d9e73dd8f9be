import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.admin import counting
from members.models import Organization
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def nodes():
    group = factories.organization()
    for _ in range(30):
        factories.organization(kind="brand", parent=group)
    return Organization.objects.order_by("pk")


def test_few_rows_are_counted_exactly(nodes):
    paginator = counting.EstimatingPaginator(nodes, 10)

    assert paginator.count == 31
    assert not paginator.is_estimate


def test_many_rows_are_estimated(nodes, monkeypatch):
    monkeypatch.setattr(counting, "EXACT_BELOW", 20)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_organization")
    paginator = counting.EstimatingPaginator(nodes, 10)

    with CaptureQueriesContext(connection) as ran:
        assert paginator.count == 31

    assert paginator.is_estimate
    assert [query for query in ran if query["sql"].startswith("EXPLAIN")]
    assert not [query for query in ran if "COUNT(" in query["sql"]]
    assert paginator.num_pages == 2


def test_rows_that_were_never_analysed_are_counted_exactly(nodes, monkeypatch):
    monkeypatch.setattr(counting, "estimate", lambda queryset: 1)

    assert counting.EstimatingPaginator(nodes, 10).count == 31


def test_an_estimate_knows_the_filter(nodes):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_organization")

    assert counting.estimate(nodes.filter(kind="group")) < counting.estimate(nodes)
