"""The same fifty tags as somebody would write them who has all day: one reading a table, one statement over all members."""

import datetime as dt

from django.db import connection

from benchmarks.tags_made import CATEGORIES, EVENT_DAYS, EVENTS, ORDER_DAYS
from tags.models import TagValue

ORDERS = """
CREATE TEMPORARY TABLE hand_orders AS
SELECT a.member_id, {figures}, (max(o.occurred_at) AT TIME ZONE 'Asia/Shanghai')::date AS last_day
FROM members_order o JOIN members_account a ON a.id = o.account_id
LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM members_return WHERE occurred_at <= %(as_of)s GROUP BY 1) r
       ON r.order_id = o.id
WHERE o.status IN ('paid', 'completed') AND o.occurred_at <= %(as_of)s
  AND (r.amount IS NULL OR r.amount < o.amount - o.shipping)
GROUP BY a.member_id
"""
LINES = """
CREATE TEMPORARY TABLE hand_lines AS
SELECT a.member_id, {figures}
FROM members_orderline l JOIN members_order o ON o.id = l.order_id JOIN members_account a ON a.id = o.account_id
LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM members_return WHERE occurred_at <= %(as_of)s GROUP BY 1) r
       ON r.order_id = o.id
WHERE o.status IN ('paid', 'completed') AND o.occurred_at <= %(as_of)s AND o.occurred_at >= %(d90)s
  AND (r.amount IS NULL OR r.amount < o.amount - o.shipping)
GROUP BY a.member_id
"""
HAPPENED = """
CREATE TEMPORARY TABLE hand_events AS
SELECT a.member_id, {figures} FROM members_event e JOIN members_account a ON a.id = e.account_id
WHERE e.occurred_at <= %(as_of)s AND e.occurred_at >= %(d90)s AND e.name = ANY(%(names)s)
GROUP BY a.member_id
"""
CONSENTS = """
CREATE TEMPORARY TABLE hand_consents AS
SELECT a.member_id FROM (SELECT DISTINCT ON (account_id) account_id, granted FROM members_consent
    WHERE purpose = 'marketing' AND touchpoint IN ('sms', '*') AND stated_at <= %(as_of)s
    ORDER BY account_id, stated_at DESC, granted) c JOIN members_account a ON a.id = c.account_id
GROUP BY a.member_id HAVING bool_and(c.granted)
"""
GIVE = """
CREATE TABLE hand_tags (LIKE tags_membertags INCLUDING ALL);
ALTER TABLE hand_tags ADD FOREIGN KEY (member_id) REFERENCES members_member;
CREATE TABLE hand_changes (LIKE tags_tagchange INCLUDING ALL);
INSERT INTO hand_tags (member_id, "values", numbers, computed_at)
SELECT m.id, array_remove(ARRAY[{values}]::int[], NULL), ARRAY[{numbers}]::float8[], %(as_of)s
FROM members_member m LEFT JOIN members_memberprofile p ON p.member_id = m.id
LEFT JOIN hand_orders o ON o.member_id = m.id LEFT JOIN hand_lines l ON l.member_id = m.id
LEFT JOIN hand_events e ON e.member_id = m.id LEFT JOIN hand_consents c ON c.member_id = m.id
WHERE m.retired_at IS NULL;
INSERT INTO hand_changes (member_id, gained, lost, slots, numbers, at)
SELECT member_id, "values", '{{}}', ARRAY(SELECT i::smallint FROM generate_series(1, cardinality(numbers)) i
       WHERE numbers[i] IS NOT NULL), array_remove(numbers, NULL), computed_at FROM hand_tags
"""
DIFFERING = """
SELECT count(*) FROM hand_tags h FULL JOIN tags_membertags t USING (member_id)
WHERE h."values" IS DISTINCT FROM t."values" OR h.numbers IS DISTINCT FROM t.numbers
"""
DROP = "DROP TABLE IF EXISTS hand_orders, hand_lines, hand_events, hand_consents, hand_tags, hand_changes"


def compute(*, as_of: dt.datetime, zone: dt.tzinfo) -> None:
    """The fifty tags of everybody, with their history, into tables of the same shape as the product's."""
    today = as_of.astimezone(zone).date()
    since = {
        f"d{days}": dt.datetime.combine(today - dt.timedelta(days=days), dt.time(), tzinfo=zone)
        for days in (*ORDER_DAYS[:-1], *EVENT_DAYS)
    }
    given = {"as_of": as_of, "today": today, "names": list(EVENTS), **since}
    with connection.cursor() as cursor:
        cursor.execute(DROP)
        cursor.execute("SET jit = off; SET work_mem = '64MB'")
        cursor.execute(ORDERS.format(figures=", ".join(_of_orders())), given)
        cursor.execute(LINES.format(figures=", ".join(_of_lines())), given)
        cursor.execute(HAPPENED.format(figures=", ".join(_of_events())), given)
        cursor.execute(CONSENTS, given)
        for table in ("hand_orders", "hand_lines", "hand_events", "hand_consents"):
            cursor.execute(f"ANALYZE {table}")
        values, numbers = _expressions()
        statement = GIVE.format(values=", ".join(values), numbers=", ".join(numbers))
        for each in statement.split(";"):
            cursor.execute(each, given)


def differing() -> int:
    """How many members the product tags otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING)
        return cursor.fetchone()[0]


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DROP)


def _only(days: int | None) -> str:
    return f" FILTER (WHERE o.occurred_at >= %(d{days})s)" if days else ""


def _of_orders() -> list[str]:
    amount = "sum(o.amount - coalesce(r.amount, 0))"
    return [
        f"{figure}{_only(days)} AS {name}_{days}"
        for days in ORDER_DAYS
        for figure, name in (("count(*)", "c"), (amount, "a"))
    ]


def _of_lines() -> list[str]:
    return [f"count(DISTINCT o.id) FILTER (WHERE l.category = '{name}') AS l_{name}" for name in CATEGORIES]


def _of_events() -> list[str]:
    return [
        f"count(*) FILTER (WHERE e.name = '{name}' AND e.occurred_at >= %(d{days})s) AS e_{name}_{days}"
        for name in EVENTS
        for days in EVENT_DAYS
    ]


def _expressions() -> tuple[list[str], list[str]]:
    ids = {(tag, code): pk for tag, code, pk in TagValue.objects.values_list("tag__code", "code", "pk")}

    def case(tag: str, *tests: tuple[str, str]) -> str:
        return "CASE " + " ".join(f"WHEN {test} THEN {ids[tag, code]}" for code, test in tests) + " END"

    def steps(tag: str, column: str, bounds: tuple) -> str:
        return case(tag, *((f"from_{bound}", f"coalesce({column}, 0) >= {bound}") for bound in bounds))

    values, numbers = [], []
    for days in ORDER_DAYS:
        values.append(steps(f"often_{days}", f"o.c_{days}", (5, 2, 1)))
        values.append(steps(f"spent_{days}", f"o.a_{days}", (1_000, 200, 1)))
        numbers += [f"coalesce(o.c_{days}, 0)", f"coalesce(o.a_{days}, 0)"]
    numbers.append("o.a_None / nullif(o.c_None, 0)")
    lived = "%(today)s::date - o.last_day"
    bounds = (("active", 30), ("silent", 90), ("dormant", 365), ("lost", 36_500))
    values.append(case("lifecycle", *((name, f"{lived} <= {days}") for name, days in bounds)))
    for name in EVENTS:
        for days in EVENT_DAYS:
            values.append(steps(f"{name}_{days}", f"e.e_{name}_{days}", (10, 3, 1)))
    values += [steps(f"buys_{name}", f"l.l_{name}", (2, 1)) for name in CATEGORIES]
    values += [case("gender", *((each, f"p.gender = '{each}'") for each in ("female", "male")))]
    age = "extract(year FROM age(%(today)s::date, p.birth_date))"
    ages = (("young", 0, 34), ("middle", 35, 54), ("old", 55, 150))
    values.append(case("age", *((name, f"{age} BETWEEN {low} AND {high}") for name, low, high in ages)))
    values.append(case("city", *((each, f"p.city = '{each}'") for each in ("Jinan", "Qingdao"))))
    seen = "(p.first_seen_at AT TIME ZONE 'Asia/Shanghai')::date"
    values.append(case("newcomer", ("yes", f"{seen} >= %(today)s::date - 30")))
    agreed, bought = "c.member_id IS NOT NULL", "coalesce(o.c_90, 0) >= 1"
    values.append(case("by_sms", ("agreed", agreed)))
    values.append(case("buyer_by_sms", ("yes", f"{agreed} AND {bought}")))
    looked = "coalesce(e.e_page_view_90, 0) >= 3"
    values.append(case("looks_only", ("yes", f"{looked} AND NOT {bought}")))
    return values, numbers
