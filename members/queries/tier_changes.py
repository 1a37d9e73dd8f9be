"""What a plan would change of tiers, if it ruled now: before it is published. Of very many people a part is looked at."""

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
# Whom a review can give anything: who has a wallet of growth, a grant, or a stated tier. The same are drawn each time, and no
# rule about when or where they came favours any of them.
DRAWN = """
WITH people AS MATERIALIZED (
    SELECT DISTINCT a.member_id AS id
    FROM (
        SELECT account_id FROM members_wallet WHERE book_id = %(book)s
        UNION ALL SELECT account_id FROM members_tiergrant WHERE programme_id = %(programme)s
        UNION ALL SELECT account_id FROM members_membership WHERE %(stated)s AND tier <> ''
    ) c JOIN members_account a ON a.id = c.account_id
    WHERE a.emptied_at IS NULL
)
SELECT count(*), ARRAY(SELECT id FROM people ORDER BY hashint8extended(id, 0), id LIMIT %(most)s) FROM people
"""


@dataclass(frozen=True)
class Move:
    """So many ``members`` would go from one tier to another (codes, "" for none); ``reason`` as of TierGrant."""

    before: str
    after: str
    reason: str
    members: int


@dataclass(frozen=True)
class Changes:
    """The ``moves`` of ``looked`` people, drawn from ``people`` who have growth or a tier."""

    moves: list[Move]
    looked: int
    people: int

    @property
    def all_of_them(self) -> bool:
        return self.looked == self.people

    @property
    def factor(self) -> float:
        """For how many people each of those looked at stands."""
        return self.people / self.looked if self.looked else 1.0


def preview(*, plan: Plan, now: dt.datetime, most: int) -> Changes:
    """What a review at ``now`` would do if this plan ruled: who rises at once, and whose validity has ended already.

    Nobody else falls before his validity ends, whatever the plan asks. Of more than ``most`` people, those are looked at
    whose ids have the smallest hashes. Empty for a plan that does not rule tiers."""
    if not plan.growth_book_id or not plan.tier_rules.exists():
        return Changes([], 0, 0)
    stated = tier_ruling.states(programme=plan.programme)
    with transaction.atomic(), connection.cursor() as cursor:
        people, drawn = _drawn(cursor, plan, stated, most)
        cursor.execute(tier_review.SETTINGS)
        cursor.execute(
            f"{tier_review.moves(everybody=False, stated=stated)} {COUNT}",
            tier_ruling.parameters(plan=plan, now=now, judge=plan, members=drawn),
        )
        return Changes([Move(*row) for row in cursor.fetchall()], len(drawn), people)


def _drawn(cursor, plan: Plan, stated: bool, most: int) -> tuple[int, list[int]]:
    """How many people there are, and the ids of those to be looked at."""
    asked = {"book": plan.growth_book_id, "programme": plan.programme_id, "stated": stated, "most": most}
    cursor.execute(DRAWN, asked)
    return cursor.fetchone()
