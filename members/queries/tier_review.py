"""What tier grants a programme's people lack: one statement for any number of them, which reads growth once and facts once.

It says who rises, whose validity has ended and what follows, whose purchases came back, and where growth decides between
what several accounts had. `members.actions.tiers` writes it, `tier_changes` counts it.
"""

from members.queries import tier_candidates as facts

EVERYBODY = "a.member_id > %(after)s AND a.member_id <= %(until)s"
THESE = "a.member_id = ANY(%(members)s::bigint[])"

# Thresholds in steps of the plan's growth book, the lowest tier first. What needs no growth to be kept has no end.
RULES = """
rules AS MATERIALIZED (
    SELECT r.plan_id, r.tier_id, t.rank,
           CASE WHEN coalesce(r.keep_from, r.growth_from) <= 0 THEN 0 ELSE r.validity_months END AS months,
           ceil(r.growth_from * 10::numeric ^ b.scale)::bigint AS reached_from,
           ceil(coalesce(r.keep_from, r.growth_from) * 10::numeric ^ b.scale)::bigint AS kept_from
    FROM members_tierrule r JOIN members_tier t ON t.id = r.tier_id JOIN members_plan p ON p.id = r.plan_id
         JOIN members_book b ON b.id = p.growth_book_id
    WHERE p.programme_id = %(programme)s
), ladder AS MATERIALIZED (
    SELECT plan_id, array_agg(reached_from ORDER BY rank) AS floors, array_agg(rank ORDER BY rank) AS ranks
    FROM rules WHERE reached_from IS NOT NULL GROUP BY plan_id
)"""

OWN = """
own AS MATERIALIZED (
    SELECT a.id, a.member_id FROM members_account a WHERE {scope} AND a.emptied_at IS NULL
), asked AS MATERIALIZED (
    SELECT DISTINCT member_id AS ask, member_id, %(programme)s::bigint AS programme_id, %(now)s::timestamptz AS at,
           %(plan)s::bigint AS plan_id, %(plan_from)s::timestamptz AS plan_from, true AS ruled
    FROM own
), growing AS MATERIALIZED (
    SELECT o.member_id, o.id AS account_id, k.id AS wallet_id, k.book_id
    FROM own o JOIN members_wallet k ON k.account_id = o.id AND k.book_id = ANY(%(books)s::bigint[])
)"""
NOTHING_STATED = """
said AS (
    SELECT NULL::bigint AS ask, NULL::bigint AS account_id, NULL::bigint AS tier_id, NULL::text AS code,
           NULL::timestamptz AS from_at, NULL::timestamptz AS valid_until WHERE false
)"""

# Where each stands, what his growth reaches now, and when: not before a fact that he has. What a person gave by hand
# stands until there is new growth.
PEOPLE = f"""
grown AS MATERIALIZED (
    SELECT y.member_id, sum(l.remaining)::bigint AS steps, max(p.occurred_at) AS latest
    FROM growing y JOIN members_lot l ON l.wallet_id = y.wallet_id AND l.remaining <> 0
         JOIN members_posting p ON p.id = l.posting_id
    WHERE y.book_id = %(book)s AND p.occurred_at >= {facts.since(at="%(now)s::timestamptz", months="%(months)s")}
      AND p.occurred_at <= %(now)s
    GROUP BY y.member_id
), person AS MATERIALIZED (
    SELECT w.member_id, coalesce(g.steps, 0) AS steps, b.id AS current, b.tier_id, b.from_at, b.valid_until, b.reason,
           b.plan_id AS granted_by, b.several, b.last_at,
           CASE WHEN b.ask IS NULL THEN coalesce(s.basic, -1) ELSE coalesce(b.rank, -1) END AS rank,
           coalesce(s.ranks[width_bucket(coalesce(g.steps, 0), s.floors)], -1) AS reached,
           coalesce(b.reason <> 'by_hand' OR g.latest > b.from_at, true) AS may_rise,
           greatest(g.latest, b.last_at) AS rises_at
    FROM asked w LEFT JOIN grown g ON g.member_id = w.member_id LEFT JOIN best b ON b.ask = w.ask
         LEFT JOIN (SELECT *, ranks[width_bucket(0::bigint, floors)] AS basic FROM ladder WHERE plan_id = %(plan)s) s ON true
)"""  # noqa: S608

# The plan that ruled when a validity ended decides on it, however late that is looked at; few ends differ.
ENDS = f"""
ends AS MATERIALIZED (
    SELECT e.valid_until, v.id AS plan_id, v.growth_book_id AS book_id, v.downgrade, d.due,
           {facts.since(at="d.due", months="v.window_months")} AS since
    FROM (SELECT DISTINCT valid_until FROM person WHERE valid_until <= %(now)s) e
         JOIN members_plan v ON v.id = coalesce(%(judge)s::bigint, (
             SELECT p.id FROM members_plan p
             WHERE p.programme_id = %(programme)s AND p.cycle = 'long' AND p.state <> 'draft'
               AND p.starts_at < e.valid_until AND p.growth_book_id IS NOT NULL
               AND EXISTS (SELECT FROM members_tierrule r WHERE r.plan_id = p.id)
             ORDER BY p.starts_at DESC LIMIT 1
         ), %(plan)s)
         CROSS JOIN LATERAL (
             SELECT (e.valid_until AT TIME ZONE %(zone)s + make_interval(days => v.tier_grace_days))
                    AT TIME ZONE %(zone)s AS due
         ) d
    WHERE d.due <= %(now)s
), policies AS MATERIALIZED (
    SELECT q.member_id, coalesce((
        SELECT x.tiers FROM members_settlement x
        WHERE x.programme_id = %(programme)s AND x.withdrawn_at IS NULL AND x.accounts @> ARRAY(
            SELECT DISTINCT m.account_id FROM members_account a JOIN members_membership m ON m.account_id = a.id
            WHERE a.member_id = q.member_id AND m.stated_at IS NOT NULL
              AND ({facts.nearest("m.organization_id")}) = %(programme)s)
          AND EXISTS (
            SELECT FROM members_account a JOIN members_membership m ON m.account_id = a.id
            WHERE a.member_id = q.member_id AND m.stated_at IS NOT NULL AND a.id = ANY(x.accounts))
        ORDER BY x.decided_at DESC, x.id DESC LIMIT 1
    ), %(policy)s) AS tiers
    FROM person q WHERE q.several > 1
), suspect AS MATERIALIZED (
    SELECT q.*, s.what, e.plan_id AS by_plan, e.book_id AS by_book, e.downgrade, e.due, e.since, e.due AS before
    FROM person q LEFT JOIN ends e USING (valid_until) LEFT JOIN policies p USING (member_id)
         CROSS JOIN LATERAL (
             SELECT CASE WHEN p.tiers = 'growth' THEN 'joined'
                    WHEN e.due IS NOT NULL AND NOT (q.may_rise AND q.reached > q.rank AND q.rises_at < e.due) THEN 'ended'
                    WHEN q.may_rise AND q.reached > q.rank THEN 'reached'
                    WHEN q.reason IN ('reached', 'kept') AND q.reached < q.rank THEN 'back' END AS what
         ) s
    WHERE s.what IS NOT NULL
)"""  # noqa: S608

# What had been earned by then, less what came back since, in the window in which it was judged.
LOOKED = f"""
looked AS MATERIALIZED (
    SELECT member_id, what, by_plan AS plan_id, by_book AS book_id, since, before FROM suspect WHERE what = 'ended'
    UNION ALL
    SELECT q.member_id, q.what, v.id, v.growth_book_id, {facts.since(at="d.before", months="v.window_months")}, d.before
    FROM suspect q JOIN members_plan v ON v.id = q.granted_by AND v.falls_with_returns
         CROSS JOIN LATERAL (
             SELECT CASE q.reason WHEN 'kept' THEN
                 (q.from_at AT TIME ZONE %(zone)s + make_interval(days => v.tier_grace_days)) AT TIME ZONE %(zone)s
                 ELSE q.from_at + interval '1 microsecond' END AS before
         ) d
    WHERE q.what = 'back'
), then_grown AS MATERIALIZED (
    SELECT k.member_id, sum(l.remaining)::bigint AS steps
    FROM looked k JOIN growing y ON y.member_id = k.member_id AND y.book_id = k.book_id
         JOIN members_lot l ON l.wallet_id = y.wallet_id AND l.remaining <> 0
         JOIN members_posting p ON p.id = l.posting_id
    WHERE p.occurred_at >= k.since AND p.occurred_at < k.before
    GROUP BY k.member_id
), judged AS MATERIALIZED (
    SELECT q.*, k.plan_id AS judge, coalesce(g.steps, 0) AS then_steps,
           coalesce(s.ranks[width_bucket(coalesce(g.steps, 0), s.floors)], -1) AS then_reached,
           CASE WHEN q.what = 'back' AND q.reason = 'reached' THEN r.reached_from ELSE r.kept_from END AS needed
    FROM suspect q JOIN looked k USING (member_id) LEFT JOIN then_grown g USING (member_id)
         LEFT JOIN ladder s ON s.plan_id = k.plan_id
         LEFT JOIN rules r ON r.plan_id = k.plan_id AND r.tier_id = q.tier_id
), falling AS MATERIALIZED (
    SELECT j.*, CASE j.what WHEN 'back' THEN %(now)s::timestamptz ELSE j.due END AS at,
           CASE j.what WHEN 'back' THEN %(plan)s ELSE j.judge END AS plan_id,
           CASE WHEN j.what = 'back' THEN j.reached ELSE greatest(j.then_reached, CASE j.downgrade WHEN 'one' THEN (
               SELECT max(r.rank) FROM rules r WHERE r.plan_id = j.judge AND r.rank < j.rank) END) END AS to_rank
    FROM judged j
    WHERE CASE j.what WHEN 'back' THEN j.then_steps < j.needed
          ELSE j.then_reached < j.rank AND coalesce(j.then_steps < j.needed, true) END
)"""  # noqa: S608

# Who falls does not fall below what another account of his still has, nor below what a person, a campaign or a channel
# last gave him, as far as that still holds.
HELD_UP = """
words AS MATERIALIZED (
    SELECT f.member_id, f.at, g.id, g.tier_id, g.basis, g.from_at, g.valid_until
    FROM falling f JOIN own o USING (member_id) JOIN members_tiergrant g ON g.account_id = o.id
    WHERE g.programme_id = %(programme)s AND g.reason IN ('by_hand', 'campaign') AND g.from_at <= f.at
      AND NOT EXISTS (SELECT FROM unnest(g.basis) AS b (id) JOIN members_account x ON x.id = b.id
                      WHERE x.member_id <> f.member_id OR x.emptied_at IS NOT NULL)
    UNION ALL
    SELECT f.member_id, f.at, 0, s.tier_id, ARRAY[s.account_id], s.from_at, s.valid_until
    FROM falling f JOIN said s ON s.ask = f.member_id
), holding AS (
    SELECT w.member_id, w.at, w.tier_id, w.valid_until FROM words w
    WHERE NOT EXISTS (SELECT FROM words d WHERE d.member_id = w.member_id AND d.basis @> w.basis
                      AND (d.from_at, d.id) > (w.from_at, w.id))
    UNION ALL
    SELECT f.member_id, f.at, r.tier_id, r.valid_until FROM falling f JOIN ranked r ON r.ask = f.member_id AND r.place > 1
), held_up AS MATERIALIZED (
    SELECT DISTINCT ON (h.member_id) h.member_id, t.rank, h.valid_until
    FROM holding h JOIN members_tier t ON t.id = h.tier_id
    WHERE h.valid_until IS NULL OR h.valid_until > h.at
    ORDER BY h.member_id, t.rank DESC, h.valid_until DESC NULLS FIRST
)"""

DECIDED = f"""
decided AS MATERIALIZED (
    SELECT member_id, current, rank, last_at, 'reached' AS reason, reached AS to_rank, rises_at AS from_at, rises_at AS begun,
           NULL::timestamptz AS lasts, steps, %(plan)s::bigint AS plan_id
    FROM suspect WHERE what = 'reached'
    UNION ALL
    SELECT q.member_id, q.current, q.rank, q.last_at, 'joined', coalesce(nullif(q.reached, -1), l.rank, -1),
           %(now)s, %(now)s, NULL, q.steps, %(plan)s
    FROM suspect q LEFT JOIN lowest l ON l.ask = q.member_id WHERE q.what = 'joined'
    UNION ALL
    SELECT member_id, current, rank, last_at, 'kept', rank, valid_until,
           valid_until - interval '1 microsecond', NULL, then_steps, judge
    FROM judged WHERE what = 'ended' AND member_id NOT IN (SELECT member_id FROM falling)
    UNION ALL
    SELECT f.member_id, f.current, f.rank, f.last_at, CASE f.what WHEN 'back' THEN 'returned' ELSE 'dropped' END,
           greatest(f.to_rank, h.rank), f.at,
           CASE WHEN h.rank >= f.to_rank THEN NULL WHEN f.what = 'back' THEN f.at
                ELSE f.at - interval '1 microsecond' END,
           h.valid_until, CASE f.what WHEN 'back' THEN f.steps ELSE f.then_steps END, f.plan_id
    FROM falling f LEFT JOIN held_up h USING (member_id)
), moves AS MATERIALIZED (
    SELECT d.member_id, d.current, b.code AS old, d.reason, t.id AS tier_id, t.code AS new,
           greatest(d.from_at, d.last_at) AS from_at, d.plan_id, d.steps,
           CASE WHEN d.begun IS NULL THEN d.lasts ELSE {facts.end(begun="d.begun", months="r.months")} END AS valid_until
    FROM decided d LEFT JOIN members_tier b ON b.programme_id = %(programme)s AND b.rank = d.rank
         LEFT JOIN members_tier t ON t.programme_id = %(programme)s AND t.rank = d.to_rank
         LEFT JOIN rules r ON r.plan_id = d.plan_id AND r.tier_id = t.id
)"""  # noqa: S608


def moves(*, everybody: bool, stated: bool) -> str:
    """SQL of the CTEs up to ``moves``. ``stated``: whether statements of channels count in the programme at all."""
    said = facts.TOLD if stated else NOTHING_STATED
    own = OWN.format(scope=EVERYBODY if everybody else THESE)
    parts = [RULES, own, said, facts.CANDIDATES, facts.BEST, PEOPLE, ENDS, LOOKED, HELD_UP, DECIDED]
    return "WITH " + ", ".join(parts)
