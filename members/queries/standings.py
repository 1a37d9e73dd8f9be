"""Where a member stands in each programme: the statements of all accounts, made one by the programme's policies.

Statements are facts of accounts and stay as they were made; a standing is derived, so it parts and joins with them.
"""

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from members import sets

# The programme of the nearest node above a membership; the newest statement of an account within one programme.
STANDINGS = """
WITH wanted AS (SELECT DISTINCT unnest(%s::bigint[]) AS member_id),
stated AS (
    SELECT DISTINCT ON (w.member_id, p.id, a.id) w.member_id, p.id AS programme_id, a.id AS account_id, m.tier,
           m.points, m.growth, m.stated_at
    FROM wanted w JOIN members_account a USING (member_id)
         JOIN members_membership m ON m.account_id = a.id AND m.stated_at IS NOT NULL
         JOIN members_organization node ON node.id = m.organization_id
         CROSS JOIN LATERAL (
             SELECT p.id FROM members_programme p JOIN members_organization o ON o.id = p.organization_id
             WHERE node.path LIKE o.path || '%%' ORDER BY length(o.path) DESC LIMIT 1
         ) p
    ORDER BY w.member_id, p.id, a.id, m.stated_at DESC, m.tier DESC, m.points DESC NULLS LAST, m.id
), summed AS (
    SELECT s.member_id, s.programme_id, array_agg(s.account_id ORDER BY s.account_id) AS accounts,
           count(DISTINCT nullif(s.tier, '')) AS tiers, count(DISTINCT s.points) AS different_points,
           sum(s.points) AS points, max(s.points) AS most_points, sum(s.growth) AS growth,
           max(s.stated_at) AS stated_at,
           jsonb_agg(jsonb_build_object('account', s.account_id, 'tier', s.tier, 'points', s.points::text,
                                        'growth', s.growth::text, 'at', s.stated_at)
                     ORDER BY t.rank DESC NULLS LAST, s.points DESC NULLS LAST, s.account_id) AS statements,
           (array_agg(s.tier ORDER BY t.rank DESC NULLS LAST, s.stated_at DESC, s.account_id)
               FILTER (WHERE s.tier <> ''))[1] AS highest
    FROM stated s LEFT JOIN members_tier t ON t.programme_id = s.programme_id AND t.code = s.tier
    GROUP BY s.member_id, s.programme_id
)
SELECT s.member_id, p.id, o.code, p.name,
       CASE WHEN coalesce(x.tiers, p.tier_policy) = 'growth'
            THEN coalesce(earned.code, CASE WHEN s.growth IS NULL THEN s.highest END, '')
            ELSE coalesce(s.highest, '') END,
       CASE x.points WHEN 'highest' THEN s.most_points ELSE s.points END, s.growth, s.statements,
       coalesce(x.tiers, p.tier_policy), coalesce(x.points, p.points_policy),
       s.tiers > 1 AND coalesce(x.tiers, p.tier_policy) = 'ask',
       s.different_points > 1 AND coalesce(x.points, p.points_policy) = 'ask', s.tiers > 1, s.different_points > 1
FROM summed s
     JOIN members_programme p ON p.id = s.programme_id
     JOIN members_organization o ON o.id = p.organization_id
     LEFT JOIN LATERAL (
         SELECT x.tiers, x.points FROM members_settlement x
         WHERE x.programme_id = p.id AND x.withdrawn_at IS NULL AND s.accounts <@ x.accounts
         ORDER BY x.decided_at DESC, x.id DESC LIMIT 1
     ) x ON true
     LEFT JOIN LATERAL (
         SELECT t.code FROM members_tier t WHERE t.programme_id = p.id AND t.growth_from <= s.growth
         ORDER BY t.rank DESC LIMIT 1
     ) earned ON true
ORDER BY s.member_id, o.path
"""


@dataclass(frozen=True)
class Statement:
    """What one account's channel says: its tier as stated, even where the programme knows no such tier."""

    account: int
    tier: str
    points: Decimal | None
    growth: Decimal | None
    at: dt.datetime


@dataclass(frozen=True)
class Standing:
    """One member in one programme. ``tier`` and ``points`` are what the policies made of the ``statements``,
    the highest tier first; ``asked`` lists what a steward is asked ("tier", "points"), ``differing`` what differs."""

    member: int
    programme: int
    organization: str
    name: str
    tier: str
    points: Decimal | None
    growth: Decimal | None
    statements: tuple[Statement, ...]
    tier_policy: str
    points_policy: str
    asked: tuple[str, ...]
    differing: tuple[str, ...]


def of(*, members: Collection[int]) -> list[Standing]:
    """The standings of members (ids) in every programme that one of their accounts states something of."""
    if not members:
        return []
    rows = sets.run(STANDINGS, [(id,) for id in sorted(members)], 1)
    return [_standing(*row) for row in rows]


def _standing(member, programme, code, name, tier, points, growth, statements, *rest) -> Standing:
    tier_policy, points_policy, ask_tier, ask_points, tiers_differ, points_differ = rest
    return Standing(
        member, programme, code, name, tier, points, growth,
        tuple(_statement(each) for each in json.loads(statements)),
        tier_policy, points_policy,
        _named(ask_tier, ask_points), _named(tiers_differ, points_differ),
    )  # fmt: skip


def _statement(told: dict) -> Statement:
    points, growth = (None if told[name] is None else Decimal(told[name]) for name in ("points", "growth"))
    return Statement(told["account"], told["tier"], points, growth, dt.datetime.fromisoformat(told["at"]))


def _named(tier: bool, points: bool) -> tuple[str, ...]:
    return tuple(name for name, true in (("tier", tier), ("points", points)) if true)
