"""With which tier orders earn: as it was decided when they were first settled, else as their people stood at their time."""

import datetime as dt
from collections.abc import Collection

from members import sets
from members.queries import standings

KEPT = """
SELECT channel_id, order_key, account_id, programme_id, occurred_at, tier_id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[])
     AS k (channel_id, order_key, account_id, programme_id, occurred_at)
     JOIN members_earningbasis USING (channel_id, order_key, account_id, programme_id, occurred_at)
"""

Ask = tuple[int, str, int, int, dt.datetime]  # channel, order number, account, programme, when it was placed


def of(*, asks: Collection[Ask]) -> tuple[dict[Ask, int | None], dict[Ask, int | None]]:
    """The tiers (ids, None: no tier) that were kept for these sales, and those that nobody asked for before."""
    kept = {row[:5]: row[5] for row in sets.run(KEPT, sorted(asks), 5)}
    new = [each for each in asks if each not in kept]
    if not new:
        return kept, {}
    stood = standings.tiers_at(asked={each[2:] for each in new})
    return kept, {each: stood.get(each[2:]) for each in new}
