"""Counting a million rows on every page is slow and nobody reads the last digit: large counts are estimates."""

import json

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.utils.functional import cached_property

EXACT_BELOW = 10_000


class EstimatingPaginator(Paginator):
    """Counts exactly where about ``EXACT_BELOW`` rows or fewer are expected; else shows that estimate, and says so.

    Pages end there too: whoever looks for one among more rows searches or filters.
    """

    template_name = "members/pagination.html"

    @cached_property
    def count(self) -> int:
        queryset = self.object_list.order_by()
        expected = estimate(queryset)
        return expected if expected > EXACT_BELOW else queryset[: EXACT_BELOW + 1].count()

    @property
    def is_estimate(self) -> bool:
        return self.count > EXACT_BELOW

    @cached_property
    def num_pages(self) -> int:
        return min(super().num_pages, max(EXACT_BELOW // self.per_page, 1))


def estimate(queryset) -> int:
    """How many rows PostgreSQL expects, from its statistics; no row is read."""
    try:
        sql, parameters = queryset.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        plan = cursor.fetchone()[0]
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])
