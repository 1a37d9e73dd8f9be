"""What was left of a budget at the end of each of the last days."""

import datetime as dt

from django.utils import timezone

from campaigns.models import Budget
from campaigns.queries import budgets
from members import sets

DAYS = 30
STEP = 1_000
# Each pot's entries are walked back, a step at a time, until one is older than the days asked for, and a day: what was recorded
# at once may have been written in another order. Only what lies behind that is summed up, however much came before.
MOVED = """
WITH RECURSIVE walked (wallet, entry, at) AS (
    SELECT wallet, 9223372036854775807, 'infinity'::timestamptz FROM unnest(%(wallets)s::bigint[]) AS wallet
    UNION ALL
    SELECT w.wallet, e.id, p.recorded_at FROM walked w CROSS JOIN LATERAL (
        SELECT id FROM members_entry WHERE wallet_id = w.wallet AND id < w.entry ORDER BY id DESC OFFSET %(step)s LIMIT 1
    ) far JOIN members_entry e ON e.id = far.id JOIN members_posting p ON p.id = e.posting_id
    WHERE w.at >= %(begin)s::timestamptz - interval '1 day'
), since AS (
    SELECT wallet, CASE WHEN min(at) < %(begin)s::timestamptz - interval '1 day' THEN min(entry) ELSE 0 END AS entry FROM walked GROUP BY 1
)
SELECT (p.recorded_at AT TIME ZONE %(zone)s)::date, sum(e.amount)::bigint
FROM since s CROSS JOIN LATERAL (
    SELECT posting_id, amount FROM members_entry WHERE wallet_id = s.wallet AND id >= s.entry OFFSET 0
) e CROSS JOIN LATERAL (SELECT recorded_at FROM members_posting WHERE id = e.posting_id OFFSET 0) p
WHERE p.recorded_at >= %(begin)s GROUP BY 1
"""


def of(*, budget: Budget, now: dt.datetime, days: int = DAYS) -> list[tuple[dt.date, int]]:
    """(day, steps left at its end), the earliest first, today last with what is left now. What tills hold is not left."""
    wallets = budgets.wallets(budgets=[budget])[budget.pk]
    zone = timezone.get_current_timezone()
    today = now.astimezone(zone).date()
    begin = dt.datetime.combine(today - dt.timedelta(days=days - 1), dt.time.min, zone)
    told = {"wallets": sets.array(list(wallets)), "begin": begin, "zone": str(zone), "step": STEP - 1}
    of_day, left, found = dict(sets.named(MOVED, **told)), sum(wallets.values()), []
    for back in range(days):
        day = today - dt.timedelta(days=back)
        found.append((day, left))
        left -= of_day.get(day, 0)
    return found[::-1]
