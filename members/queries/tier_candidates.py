"""Which facts say what tier a person has in a programme: fragments of SQL that all who ask share.

A fact is a grant whose accounts are all his, or what a channel stated, where that counts. A later fact supersedes those
whose accounts it looked at, all of them. What is left over is one fact for most people, and several after a merge.
"""

from django.utils import timezone

from members.sets import named


def parameters(**more) -> dict:
    """What the fragments need, and ``more``."""
    return {"zone": timezone.get_default_timezone_name()} | more


def since(*, at: str, months: str) -> str:
    """SQL: the midnight with which a window of so many months begins that ends at ``at``; 0: before everything."""
    return f"""(CASE WHEN {months} = 0 THEN '-infinity' ELSE (
        date_trunc('day', {at} AT TIME ZONE %(zone)s) - make_interval(months => {months})) AT TIME ZONE %(zone)s END)"""


def end(*, begun: str, months: str) -> str:
    """SQL: the first instant after the last day of a validity; NULL for 0 months or none: without end."""
    return f"""(CASE WHEN {months} > 0 THEN (
        (date_trunc('day', {begun} AT TIME ZONE %(zone)s) + make_interval(months => {months}))::date + 1
        )::timestamp AT TIME ZONE %(zone)s END)"""


def nearest(organization: str) -> str:
    """SQL: the programme of the nearest node at or above ``organization``."""
    return f"""
        SELECT p.id FROM members_organization node
             JOIN members_organization o ON node.path LIKE o.path || '%%'
             JOIN members_programme p ON p.organization_id = o.id
        WHERE node.id = {organization} ORDER BY length(o.path) DESC LIMIT 1"""  # noqa: S608


# A plan rules tiers when it has a growth book and says something of tiers; until then they are as channels state them.
ASKED = f"""
asked AS MATERIALIZED (
    SELECT n.ask, n.member_id, n.programme_id, n.at, v.id AS plan_id, v.starts_at AS plan_from, v.book_id, v.scale,
           v.book_id IS NOT NULL AS ruled, {since(at="n.at", months="v.window_months")} AS since
    FROM wanted n LEFT JOIN LATERAL (
        SELECT p.id, p.starts_at, p.window_months, b.scale, b.id AS book_id
        FROM members_plan p LEFT JOIN members_book b
             ON b.id = p.growth_book_id AND EXISTS (SELECT FROM members_tierrule r WHERE r.plan_id = p.id)
        WHERE p.programme_id = n.programme_id AND p.cycle = 'long' AND p.state <> 'draft' AND p.starts_at <= n.at
        ORDER BY p.starts_at DESC LIMIT 1
    ) v ON true
)"""  # noqa: S608

# What each account's channel states within the programme, each part as last stated. Tiers that count do so as if they
# were grants; once a plan rules, those that an opening rule takes over: the last that was stated in its time, which the
# log knows where it was stated otherwise since.
TOLD = f"""
told AS MATERIALIZED (
    SELECT w.ask, a.id AS account_id, a.channel_id, max(m.stated_at) AS stated_at, max(m.tier_at) AS tier_at,
           coalesce((array_agg(m.tier ORDER BY m.tier_at DESC, m.tier DESC) FILTER (WHERE m.tier_at IS NOT NULL))[1], '')
           AS tier,
           (array_agg(m.points ORDER BY m.points_at DESC, m.points DESC) FILTER (WHERE m.points_at IS NOT NULL))[1] AS points,
           (array_agg(m.growth ORDER BY m.growth_at DESC, m.growth DESC) FILTER (WHERE m.growth_at IS NOT NULL))[1] AS growth
    FROM asked w JOIN members_account a USING (member_id)
         JOIN members_membership m ON m.account_id = a.id AND m.stated_at IS NOT NULL
         CROSS JOIN LATERAL ({nearest("m.organization_id")}) p
    WHERE p.id = w.programme_id
    GROUP BY w.ask, a.id
), said AS MATERIALIZED (
    SELECT t.ask, t.account_id, x.id AS tier_id, t.tier AS code, t.tier_at AS from_at, NULL::timestamptz AS valid_until
    FROM told t JOIN asked w USING (ask) LEFT JOIN members_tier x ON x.programme_id = w.programme_id AND x.code = t.tier
    WHERE t.tier <> '' AND NOT w.ruled
    UNION ALL
    SELECT t.ask, t.account_id, x.id, s.tier, s.at,
           {end(begun="greatest(s.at, w.plan_from)", months="r.validity_months")}
    FROM told t JOIN asked w ON w.ask = t.ask AND w.ruled
         JOIN members_openingrule o ON o.programme_id = w.programme_id AND o.channel_id = t.channel_id
              AND o.state = 'running' AND o.tiers
         CROSS JOIN LATERAL (
             SELECT t.tier, t.tier_at AS at
             WHERE t.tier_at <= w.at AND (o.until IS NULL OR t.tier_at <= o.until)
             UNION ALL
             (SELECT m.said ->> 'tier', e.occurred_at
              FROM members_event e CROSS JOIN LATERAL jsonb_array_elements(e.properties -> 'membership') AS m (said)
                   JOIN members_organization n ON n.code = m.said ->> 'organization'
                   CROSS JOIN LATERAL ({nearest("n.id")}) p
              WHERE NOT (t.tier_at <= w.at AND (o.until IS NULL OR t.tier_at <= o.until))
                AND e.account_id = t.account_id AND e.name = 'account.recorded' AND m.said ->> 'tier' <> ''
                AND e.occurred_at <= least(w.at, o.until) AND p.id = w.programme_id
              ORDER BY e.occurred_at DESC, m.said ->> 'tier' DESC LIMIT 1)
         ) s
         LEFT JOIN members_tier x ON x.programme_id = w.programme_id AND x.code = s.tier
         LEFT JOIN members_tierrule r ON r.plan_id = w.plan_id AND r.tier_id = x.id
    WHERE t.tier <> ''
)"""  # noqa: S608


def candidates(*, accounts: str) -> str:
    """SQL of the facts of those asked for, and of those left over that no later one supersedes. ``accounts``: a query of
    the ids of the accounts of ``w``, without emptied ones.

    Of the grants of one basis only the latest can count; most people have one basis and are done there. OFFSET 0 keeps the
    look-ups by index: the statistics of a table that was just filled would mislead the planner."""
    return f"""
candidate AS MATERIALIZED (
    (SELECT DISTINCT ON (w.ask, g.basis) w.ask, g.id, g.tier_id, NULL::text AS code, g.basis, g.from_at,
            g.valid_until, g.reason, g.plan_id
     FROM asked w CROSS JOIN LATERAL ({accounts} OFFSET 0) a (id)
          CROSS JOIN LATERAL (
              SELECT g.* FROM members_tiergrant g
              WHERE g.account_id = a.id AND g.programme_id = w.programme_id OFFSET 0
          ) g
     WHERE g.from_at <= w.at AND (cardinality(g.basis) = 1 OR NOT EXISTS (
         SELECT FROM unnest(g.basis) AS b (id) JOIN members_account x ON x.id = b.id
         WHERE x.member_id <> w.member_id OR x.emptied_at IS NOT NULL))
     ORDER BY w.ask, g.basis, g.from_at DESC, g.id DESC)
    UNION ALL
    SELECT ask, 0, tier_id, code, ARRAY[account_id], from_at, valid_until, 'stated', NULL FROM said
), left_over AS MATERIALIZED (
    SELECT c.* FROM candidate c WHERE NOT EXISTS (
        SELECT FROM candidate d
        WHERE d.ask = c.ask AND d.basis @> c.basis AND (d.from_at, d.id) > (c.from_at, c.id))
)"""  # noqa: S608


CANDIDATES = candidates(
    accounts="SELECT id FROM members_account WHERE member_id = w.member_id AND emptied_at IS NULL"
)

# The highest of what is left over, the one that lasts longest first; and how many there are.
BEST = """
ranked AS (
    SELECT l.*, t.rank, coalesce(t.code, l.code, '') AS tier, count(*) OVER (PARTITION BY l.ask) AS several,
           max(l.from_at) OVER (PARTITION BY l.ask) AS last_at,
           min(coalesce(t.rank, -1)) OVER (PARTITION BY l.ask) AS lowest_rank,
           row_number() OVER (PARTITION BY l.ask ORDER BY t.rank DESC NULLS LAST, l.valid_until DESC NULLS FIRST,
                              l.from_at DESC, l.id DESC, l.basis) AS place
    FROM left_over l LEFT JOIN members_tier t ON t.id = l.tier_id
), best AS MATERIALIZED (
    SELECT * FROM ranked WHERE place = 1
), lowest AS (
    SELECT DISTINCT ON (ask) ask, tier_id, tier, rank FROM ranked WHERE several > 1
    ORDER BY ask, rank NULLS FIRST, place DESC
)"""

# What remains of growth that was earned within the window; who has a wallet takes part, whatever is in it.
GROWN = """
grown AS MATERIALIZED (
    SELECT w.ask, coalesce(sum(g.steps), 0) AS steps
    FROM asked w JOIN members_account a USING (member_id)
         JOIN members_wallet k ON k.book_id = w.book_id AND k.account_id = a.id
         CROSS JOIN LATERAL (
             SELECT sum(l.remaining) AS steps FROM members_lot l JOIN members_posting p ON p.id = l.posting_id
             WHERE l.wallet_id = k.id AND l.remaining <> 0 AND p.occurred_at >= w.since AND p.occurred_at <= w.at
         ) g
    GROUP BY w.ask
)"""


def run(sql: str, **more) -> list[tuple]:
    """The rows of a statement made of these fragments; the server plans it once a connection."""
    return named(sql, **parameters(**more))
