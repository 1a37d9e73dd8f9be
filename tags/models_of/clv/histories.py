"""The purchase history of every buyer in a few numbers, now and as it was known some weeks ago.

A purchase is a day with one or more orders (as in the papers), worth what was paid less what was refunded.
"""

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

THEN = """,
       count(*) FILTER (WHERE s.day <= {cut}::date) - 1 AS then_again,
       max(s.day) FILTER (WHERE s.day <= {cut}::date) - min(s.day) AS then_last,
       {cut}::date - min(s.day) AS then_age,
       sum(s.amount) FILTER (WHERE s.day <= {cut}::date) - (array_agg(s.amount ORDER BY s.day))[1] AS then_spent,
       count(*) FILTER (WHERE s.day > {cut}::date) AS later,
       sum(s.amount) FILTER (WHERE s.day > {cut}::date) AS later_spent,
       sum(s.amount) FILTER (WHERE s.day > {before}::date AND s.day <= {cut}::date) AS lately_spent"""


def now(setting: Setting) -> Sql:
    """(member_id, again, last, age, spent): purchases after the first, days from the first to the last and to today, and
    what those purchases were worth together."""
    return _rows(setting, Sql())


def now_and_then(setting: Setting, *, weeks: int) -> Sql:
    """The same, also as of so many weeks ago (``then_``; -1 purchases: was no buyer yet), what followed since
    (``later``) and what was spent in as many weeks before (``lately_spent``)."""
    today, back = moments.day_of(setting.as_of), dt.timedelta(weeks=weeks)
    return _rows(setting, build(THEN, cut=today - back, before=today - 2 * back))


def _rows(setting: Setting, more: Sql) -> Sql:
    known = setting.known_here()
    days = build(
        DAYS,
        zone=str(moments.zone()),
        purchases=Purchases().sql(setting),
        here=build("a.member_id IN ({known})", known=known) if known else Sql("TRUE"),
    )
    return build(NOW, today=moments.day_of(setting.as_of), days=days, more=more)
