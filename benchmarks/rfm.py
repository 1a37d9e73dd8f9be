"""RFM of a million members and ten million orders, against one statement written by hand for this case."""

import datetime as dt
import time
from collections.abc import Sequence

from django.db import connection

from benchmarks import fixtures, house
from benchmarks.measures import Measure, times_at_most
from members.models import Organization
from tags.actions import compute, definitions
from tags.models_of import rfm as models
from tags.queries import rfm

MEMBERS, ORDERS = 1_000_000, 10_000_000
AS_OF = dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC)
ROUNDS = 2

# The eight classes by mean bounds of all time, net of refunds, for data where nothing is given back entirely.
BY_HAND = """
WITH facts AS MATERIALIZED (
    SELECT a.member_id,
           %(today)s::date - (max(o.occurred_at) AT TIME ZONE 'Asia/Shanghai')::date AS recency,
           count(*) AS frequency, sum(o.amount - coalesce(r.amount, 0)) AS monetary
    FROM members_order o
    JOIN members_account a ON a.id = o.account_id
    LEFT JOIN (
        SELECT order_id, sum(amount) AS amount FROM members_return WHERE occurred_at <= %(as_of)s GROUP BY order_id
    ) r ON r.order_id = o.id
    WHERE o.status IN ('paid', 'completed') AND o.occurred_at <= %(as_of)s
    GROUP BY a.member_id
)
SELECT f.member_id,
       (%(codes)s::text[])[1 + (f.recency < b.recency)::int * 4 + (f.frequency > b.frequency)::int * 2
                           + (f.monetary > b.monetary)::int] AS code
FROM facts f
CROSS JOIN (SELECT avg(recency) AS recency, avg(frequency) AS frequency, avg(monetary) AS monetary FROM facts) b
"""

KEEP = """
CREATE TABLE bench_tags (LIKE tags_membertags INCLUDING ALL);
CREATE TABLE bench_changes (LIKE tags_tagchange INCLUDING ALL);
CREATE INDEX ON bench_changes (member_id, at);
INSERT INTO bench_tags (member_id, "values", computed_at) SELECT member_id, ARRAY[1], now() FROM bench_by_hand;
INSERT INTO bench_changes (member_id, gained, lost, at) SELECT member_id, ARRAY[1], '{}', now() FROM bench_by_hand;
DROP TABLE bench_tags, bench_changes
"""


def run(*, scale: float) -> list[Measure]:
    members, orders = max(1_000, int(MEMBERS * scale)), max(10_000, int(ORDERS * scale))
    house.build(channels=["mini"])
    fixtures.people(count=members)
    fixtures.orders(count=orders, members=members)
    group = Organization.objects.get(code=house.GROUP)
    ours = rfm.statement(node=group, as_of=AS_OF)
    by_hand = {"today": AS_OF.date(), "as_of": AS_OF, "codes": list(models.CODES)}
    hand_seconds, our_seconds = [], []
    for _round in range(ROUNDS):
        hand_seconds.append(_into("bench_by_hand", BY_HAND, by_hand))
        our_seconds.append(_into("bench_ours", ours.text, ours.params))
    _agree()
    definitions.install(organization=group, now=AS_OF)
    begun = time.perf_counter()
    _run("; ".join(KEEP.split(";")))
    keeping = time.perf_counter() - begun
    begun = time.perf_counter()
    compute.compute(now=AS_OF, tags=["rfm"])
    computing = time.perf_counter() - begun
    what = f"RFM of {members:,} members, {orders:,} orders"
    return [
        times_at_most(what, min(our_seconds), "s", 1.3, yardstick=min(hand_seconds)),
        Measure(
            what="the same with tags and their history written",
            ours=computing,
            unit="s",
            limit=None,
            yardstick=min(hand_seconds) + keeping,
        ),
    ]


def _into(table: str, query: str, parameters: dict | Sequence) -> float:
    """Seconds of the query, its rows kept in a temporary table."""
    _run(f"DROP TABLE IF EXISTS {table}")
    begun = time.perf_counter()
    _run(f"CREATE TEMPORARY TABLE {table} AS {query}", parameters)
    return time.perf_counter() - begun


def _run(statement: str, parameters: dict | Sequence | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _agree() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM bench_by_hand h FULL JOIN bench_ours o USING (member_id)"
            " WHERE h.code IS DISTINCT FROM o.code"
        )
        if differing := cursor.fetchone()[0]:
            raise RuntimeError(f"{differing:,} members have another class by hand")
