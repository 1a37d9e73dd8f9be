"""The purchase history of every buyer in a few numbers, now and as it was known some weeks ago.

A purchase is a day with one or more orders (as in the papers), worth what was paid less what was refunded.
"""

import dataclasses
import datetime as dt

from tags.conditions import moments
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build

DAYS = """
SELECT a.member_id, (p.occurred_at AT TIME ZONE {zone})::date AS day,
       sum(p.amount) - coalesce(sum(p.refunded), 0) AS amount
FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL
WHERE {here}
GROUP BY 1, 2"""

NOW = """
SELECT s.member_id, count(*) - 1 AS again, max(s.day) - min(s.day) AS last, {today}::date - min(s.day) AS age,
       sum(s.amount) - (array_agg(s.amount ORDER BY s.day))[1] AS spent{more}
FROM ({days}) s GROUP BY s.member_id"""

DRAWN_FROM = 200_000
# About so many accounts' people, always the same ones; everybody where there are no more.
DRAWN = """(hashint8(a.member_id) & 2147483647) < 2147483648 * least(
    1, {most}::float8 / (SELECT greatest(count(*), 1) FROM members_account))"""

LATER = """,
       count(*) FILTER (WHERE s.day > {cut}::date) AS later,
       sum(s.amount) FILTER (WHERE s.day > {cut}::date) AS later_spent"""
LATELY = """,
       sum(s.amount) FILTER (WHERE s.day > {before}::date) AS lately_spent"""

# What was given back since the cut was a purchase then, perhaps somebody's only one.
BOTH = """
SELECT member_id, n.again, n.last, n.age, n.spent, coalesce(t.again, -1) AS then_again, t.last AS then_last, t.age AS then_age,
       t.spent AS then_spent, coalesce(n.later, 0) AS later, n.later_spent, t.lately_spent
FROM ({now}) n FULL JOIN ({then}) t USING (member_id)"""


def now(setting: Setting) -> Sql:
    """(member_id, again, last, age, spent): purchases after the first, days from the first to the last and to today, and
    what those purchases were worth together."""
    return _rows(setting, Sql(), Sql("TRUE"))


def now_and_then(setting: Setting, *, weeks: int) -> Sql:
    """The same of everybody or, where there are more, of about ``DRAWN_FROM``; also as it was known so many weeks ago (``then_``; -1 purchases: was no buyer yet), what followed since
    (``later``) and what was spent in as many weeks before (``lately_spent``). Who was a buyer only then has no ``again``."""
    today, back = moments.day_of(setting.as_of), dt.timedelta(weeks=weeks)
    then = dataclasses.replace(setting, as_of=moments.moment(today - back), prepared={})
    drawn = build(DRAWN, most=DRAWN_FROM)
    return build(
        BOTH,
        now=_rows(setting, build(LATER, cut=today - back), drawn),
        then=_rows(then, build(LATELY, before=today - 2 * back), drawn),
    )


def _rows(setting: Setting, more: Sql, of: Sql) -> Sql:
    known = setting.known_here()
    days = build(
        DAYS,
        zone=str(moments.zone()),
        purchases=Purchases().sql(setting),
        here=build("{of} AND a.member_id IN ({known})", of=of, known=known) if known else of,
    )
    return build(NOW, today=moments.day_of(setting.as_of), days=days, more=more)
