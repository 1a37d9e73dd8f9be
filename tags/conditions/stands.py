"""SQL of the tier in which everybody stands in one programme, as ``members.queries.standings`` says it of one member.

Most people have one fact that says a tier, or none: for them it is joined as sets. Of the others (grants of several
accounts, statements of several, statements that a plan took over) the fragments judge, a few people at a time: one by one they
would be begun anew for each, all at once thousands would be compared each with each.
"""

from members.queries import standings, tier_candidates

FEW = 10

# Whom the programme concerns.
CONCERNED = f"""
nodes AS MATERIALIZED (
    SELECT o.id FROM members_organization o CROSS JOIN LATERAL ({tier_candidates.nearest("o.id")}) p WHERE p.id = %(programme)s
), concerned AS MATERIALIZED (
    SELECT a.member_id FROM members_account a JOIN members_membership m ON m.account_id = a.id
    WHERE (m.stated_at IS NOT NULL OR m.joined_at IS NOT NULL) AND m.organization_id IN (SELECT id FROM nodes){{only}}
    UNION
    SELECT a.member_id FROM members_account a JOIN members_tiergrant g ON g.account_id = a.id
    WHERE g.programme_id = %(programme)s{{only}}
    UNION
    SELECT a.member_id FROM members_account a JOIN members_wallet k ON k.account_id = a.id
    JOIN members_plan p ON p.growth_book_id = k.book_id AND p.cycle = 'long' AND p.state <> 'draft'
    WHERE p.programme_id = %(programme)s{{only}}
)"""  # noqa: S608

# What the programme's plan says of everybody: whether it rules tiers, which needs no growth, whether statements count beside it.
RULES = f"""
wanted AS (
    SELECT 0 AS ask, NULL::bigint AS member_id, %(programme)s::bigint AS programme_id, %(at)s::timestamptz AS at
), {tier_candidates.ASKED}, rules AS MATERIALIZED (
    SELECT w.ruled, e.code AS basic, e.rank AS basic_rank,
           EXISTS (SELECT FROM members_openingrule o
                   WHERE o.programme_id = w.programme_id AND o.state = 'running' AND o.tiers) AS taken_over
    FROM asked w LEFT JOIN LATERAL (
        SELECT t.code, t.rank FROM members_tierrule r JOIN members_tier t ON t.id = r.tier_id
        WHERE w.ruled AND r.plan_id = w.plan_id AND r.growth_from <= 0 ORDER BY t.rank DESC LIMIT 1
    ) e ON true
)"""  # noqa: S608

# Of each: the latest grant, and whether all are about one account alone; how many memberships state a tier, and one of them.
FACTS = """
given AS MATERIALIZED (
    SELECT a.member_id, count(DISTINCT g.basis) > 1 OR max(cardinality(g.basis)) > 1 AS several,
           (array_agg(g.id ORDER BY g.from_at DESC, g.id DESC))[1] AS latest
    FROM members_tiergrant g JOIN members_account a ON a.id = g.account_id AND a.emptied_at IS NULL
    WHERE g.programme_id = %(programme)s AND g.from_at <= %(at)s::timestamptz{only}
    GROUP BY a.member_id
), stated AS MATERIALIZED (
    SELECT a.member_id, count(*) > 1 AS several, max(m.tier) AS tier, max(m.tier_at) AS tier_at
    FROM members_membership m JOIN members_account a ON a.id = m.account_id
    WHERE m.stated_at IS NOT NULL AND m.organization_id IN (SELECT id FROM nodes){only}
    GROUP BY a.member_id HAVING max(m.tier) <> ''
), facts AS MATERIALIZED (
    SELECT c.member_id, g.latest, s.tier, s.tier_at,
           coalesce(g.several, false) OR s.member_id IS NOT NULL AND CASE WHEN r.ruled THEN r.taken_over
               ELSE s.several OR g.member_id IS NOT NULL END AS judged
    FROM concerned c CROSS JOIN rules r LEFT JOIN given g USING (member_id) LEFT JOIN stated s USING (member_id)
)"""

STANDS = f"""
WITH {CONCERNED}, {RULES}, {FACTS}
SELECT f.member_id, coalesce(t.code, '') AS tier, t.rank::int AS rank, g.from_at, g.valid_until
FROM facts f JOIN members_tiergrant g ON g.id = f.latest LEFT JOIN members_tier t ON t.id = g.tier_id WHERE NOT f.judged
UNION ALL
SELECT f.member_id, f.tier, t.rank, f.tier_at, NULL
FROM facts f CROSS JOIN rules r LEFT JOIN members_tier t ON t.programme_id = %(programme)s AND t.code = f.tier
WHERE NOT f.judged AND f.latest IS NULL AND NOT r.ruled AND f.tier_at IS NOT NULL
UNION ALL
SELECT f.member_id, r.basic, r.basic_rank, NULL, NULL FROM facts f CROSS JOIN rules r
WHERE NOT f.judged AND f.latest IS NULL AND r.ruled AND r.basic IS NOT NULL
UNION ALL
SELECT told.member_id, told.tier, told.rank, told.from_at, told.valid_until FROM (
    SELECT array_agg(f.member_id) AS members FROM (
        SELECT member_id, row_number() OVER (ORDER BY member_id) / {FEW} AS part FROM facts WHERE judged) f
    GROUP BY f.part
) q CROSS JOIN LATERAL (
WITH wanted AS (
    SELECT w.member_id AS ask, w.member_id, %(programme)s::bigint AS programme_id, %(at)s::timestamptz AS at
    FROM unnest(q.members) AS w (member_id)
), {standings.STANDING}
SELECT s.member_id, s.tier, s.rank, s.from_at, s.valid_until FROM standing s WHERE s.stated OR s.how <> 'basic' OR s.ruled
) told"""  # noqa: S608
