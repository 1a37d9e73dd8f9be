"""What a plan would change of tiers, if it ruled now: before it is published."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from members.models import Plan
from members.queries import tier_review, tier_ruling

COUNT = """
SELECT coalesce(v.old, ''), coalesce(v.new, ''), v.reason, count(*) FROM moves v
LEFT JOIN members_tier x ON x.programme_id = %(programme)s AND x.code = v.old
LEFT JOIN members_tier y ON y.programme_id = %(programme)s AND y.code = v.new
WHERE v.old IS DISTINCT FROM v.new
GROUP BY v.old, v.new, v.reason, x.rank, y.rank ORDER BY y.rank DESC NULLS LAST, x.rank DESC NULLS LAST, v.reason
"""
ALL = {"after": 0, "until": 2**63 - 1}


@dataclass(frozen=True)
class Move:
    """So many ``members`` would go from one tier to another (codes, "" for none); ``reason`` as of TierGrant."""

    before: str
    after: str
    reason: str
    members: int


def preview(*, plan: Plan, now: dt.datetime) -> list[Move]:
    """What a review at ``now`` would do if this plan ruled: who rises at once, and whose validity has ended already.

    Nobody else falls before his validity ends, whatever the plan asks. Empty for a plan that does not rule tiers. One
    statement over all who take part."""
    if not plan.growth_book_id or not plan.tier_rules.exists():
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(tier_review.SETTINGS)
        cursor.execute(
            f"{tier_review.moves(everybody=True, stated=tier_ruling.states(programme=plan.programme))} {COUNT}",
            tier_ruling.parameters(plan=plan, now=now, judge=plan, **ALL),
        )
        return [Move(*row) for row in cursor.fetchall()]
