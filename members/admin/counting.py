"""Counting a million rows on every page is slow and nobody reads the last digit: large counts are estimates."""

import json

from django.core.paginator import Paginator
from django.db import connection
from django.utils.functional import cached_property

EXACT_BELOW = 10_000


class EstimatingPaginator(Paginator):
    """Counts exactly up to ``EXACT_BELOW`` rows; beyond that the planner's estimate, and says so."""

    template_name = "members/pagination.html"

    @cached_property
    def count(self) -> int:
        queryset = self.object_list.order_by()
        counted = queryset[: EXACT_BELOW + 1].count()
        return counted if counted <= EXACT_BELOW else max(estimate(queryset), counted)

    @property
    def is_estimate(self) -> bool:
        return self.count > EXACT_BELOW


def estimate(queryset) -> int:
    """How many rows PostgreSQL expects, from its statistics; no row is read."""
    sql, parameters = queryset.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        plan = cursor.fetchone()[0]
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])
