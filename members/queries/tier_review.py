"""What tier grants a programme's people lack: one statement for any number of them, which reads growth once and facts once.

It says who rises, whose validity has ended and what follows, whose purchases came back, and where growth decides between
what several accounts had. `members.actions.tiers` writes it, `tier_changes` counts it.
"""

from members.queries import tier_candidates as facts

EVERYBODY = "a.member_id > %(after)s AND a.member_id <= %(until)s"
SETTINGS = """
SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true), set_config('enable_seqscan', 'off', true)
"""
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

ASKED = """
asked AS MATERIALIZED (
    SELECT a.member_id AS ask, a.member_id, %(programme)s::bigint AS programme_id, %(now)s::timestamptz AS at,
           %(plan)s::bigint AS plan_id, %(plan_from)s::timestamptz AS plan_from, true AS ruled,
           array_agg(a.id) AS accounts
    FROM members_account a WHERE {scope} AND a.emptied_at IS NULL GROUP BY a.member_id
)"""
NOTHING_STATED = """
said AS (
    SELECT NULL::bigint AS ask, NULL::bigint AS account_id, NULL::bigint AS tier_id, NULL::text AS code,
           NULL::timestamptz AS from_at, NULL::timestamptz AS valid_until WHERE false
)"""


def growth(*, accounts: str, book: str, begin: str, before: str) -> str:
    """SQL, for LATERAL: what remains of a person's growth of a time, and the last of it. By indexes alone, one after the
    other as OFFSET 0 says, whatever the statistics: they may be of when the tables were empty."""
    return f"""
        SELECT coalesce(sum(l.remaining), 0)::bigint AS steps, max(p.occurred_at) AS latest
        FROM unnest({accounts}) AS a (id)
             CROSS JOIN LATERAL (SELECT id FROM members_wallet WHERE account_id = a.id AND book_id = {book} OFFSET 0) h
             CROSS JOIN LATERAL (
                 SELECT posting_id, remaining FROM members_lot WHERE wallet_id = h.id AND remaining <> 0 OFFSET 0
             ) l
             CROSS JOIN LATERAL (SELECT occurred_at FROM members_posting WHERE id = l.posting_id OFFSET 0) p
        WHERE p.occurred_at >= {begin} AND p.occurred_at < {before}"""  # noqa: S608


STATING = f"""
    SELECT array_agg(DISTINCT a.id) FROM members_account a JOIN members_membership m ON m.account_id = a.id
    WHERE a.member_id = q.member_id AND m.stated_at IS NOT NULL
      AND ({facts.nearest("m.organization_id")}) = %(programme)s"""  # noqa: S608
NOW = "%(now)s::timestamptz + interval '1 microsecond'"
BEGIN = facts.since(at="%(now)s::timestamptz", months="%(months)s")
WINDOW = {"begin": f"(SELECT {BEGIN})", "before": f"(SELECT {NOW})"}  # once a statement, not once a person

# Where each stands, what his growth reaches now, and when: not before a fact that he has. What a person gave by hand
# stands until there is new growth. Who falls is held up by `others` (of several facts the next that still holds) and by
# what was `spoken` (the best that a channel states and that still holds).
PEOPLE = f"""
others AS MATERIALIZED (
    SELECT DISTINCT ON (ask) ask, rank, valid_until FROM ranked
    WHERE place > 1 AND rank IS NOT NULL AND (valid_until IS NULL OR valid_until > %(now)s) ORDER BY ask, place
), joint AS MATERIALIZED (
    SELECT r.ask, array_agg(b.id) AS accounts FROM ranked r CROSS JOIN unnest(r.basis) AS b (id)
    WHERE r.several > 1 GROUP BY r.ask
), spoken AS MATERIALIZED (
    SELECT DISTINCT ON (s.ask) s.ask, s.account_id, s.from_at, s.valid_until, h.rank,
           array_agg(s.account_id) OVER (PARTITION BY s.ask) AS accounts
    FROM said s LEFT JOIN members_tier t ON t.id = s.tier_id
         CROSS JOIN LATERAL (
             SELECT CASE WHEN s.valid_until IS NULL OR s.valid_until > %(now)s THEN t.rank END AS rank
         ) h
    ORDER BY s.ask, h.rank DESC NULLS LAST, s.valid_until DESC NULLS FIRST, s.account_id
), person AS MATERIALIZED (
    SELECT w.member_id, w.accounts, g.steps, b.id AS current, b.tier_id, b.from_at, b.valid_until, b.reason, b.lowest_rank,
           b.plan_id AS granted_by, b.several, b.last_at, b.basis, j.accounts AS joint, s.accounts AS stated,
           o.rank AS other_rank, o.valid_until AS other_until, s.rank AS said_rank, s.valid_until AS said_until,
           s.account_id AS said_by, s.from_at AS said_at,
           CASE WHEN b.ask IS NULL THEN coalesce(r.basic, -1) ELSE coalesce(b.rank, -1) END AS rank,
           coalesce(r.ranks[width_bucket(g.steps, r.floors)], -1) AS reached,
           coalesce(b.reason <> 'by_hand' OR g.latest > b.from_at, true) AS may_rise,
           greatest(g.latest, b.last_at) AS rises_at
    FROM asked w
         CROSS JOIN LATERAL ({growth(accounts="w.accounts", book="%(book)s", **WINDOW)}) g
         LEFT JOIN best b ON b.ask = w.ask LEFT JOIN others o ON o.ask = w.ask LEFT JOIN joint j ON j.ask = w.ask
         LEFT JOIN spoken s ON s.ask = w.ask
         LEFT JOIN (SELECT *, ranks[width_bucket(0::bigint, floors)] AS basic FROM ladder WHERE plan_id = %(plan)s) r ON true
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
), suspect AS MATERIALIZED (
    SELECT q.*, s.what, e.plan_id AS by_plan, e.book_id AS by_book, e.downgrade, e.due, e.since
    FROM person q LEFT JOIN ends e USING (valid_until)
         LEFT JOIN LATERAL (
             SELECT x.tiers FROM members_settlement x
             WHERE q.several > 1 AND x.programme_id = %(programme)s AND x.withdrawn_at IS NULL
               AND x.accounts @> ({STATING}) AND x.accounts && ({STATING})
             ORDER BY x.decided_at DESC, x.id DESC LIMIT 1
         ) p ON true
         CROSS JOIN LATERAL (
             SELECT CASE WHEN q.several > 1 AND coalesce(p.tiers, %(policy)s) = 'growth' THEN 'joined'
                    WHEN e.due IS NOT NULL AND NOT (q.may_rise AND q.reached > q.rank AND q.rises_at < e.due) THEN 'ended'
                    WHEN q.may_rise AND q.reached > q.rank THEN 'reached'
                    WHEN q.reason IN ('reached', 'kept') AND q.reached < q.rank THEN 'back' END AS what
         ) s
    WHERE s.what IS NOT NULL
)"""  # noqa: S608

# What had been earned by then, less what came back since, in the window in which it was judged; and who falls.
JUDGED = f"""
looked AS (
    SELECT q.*, q.by_plan AS judge, q.by_book AS book_id, q.since AS begin_at, q.due AS before_at
    FROM suspect q WHERE q.what = 'ended'
    UNION ALL
    SELECT q.*, v.id, v.growth_book_id, {facts.since(at="d.before", months="v.window_months")}, d.before
    FROM suspect q JOIN members_plan v ON v.id = q.granted_by AND v.falls_with_returns
         CROSS JOIN LATERAL (
             SELECT CASE q.reason WHEN 'kept' THEN
                 (q.from_at AT TIME ZONE %(zone)s + make_interval(days => v.tier_grace_days)) AT TIME ZONE %(zone)s
                 ELSE q.from_at + interval '1 microsecond' END AS before
         ) d
    WHERE q.what = 'back'
), judged AS MATERIALIZED (
    SELECT k.*, g.steps AS then_steps, z.then_reached, f.falls,
           CASE k.what WHEN 'back' THEN %(now)s::timestamptz ELSE k.due END AS at,
           CASE k.what WHEN 'back' THEN k.reached ELSE greatest(z.then_reached, CASE k.downgrade WHEN 'one' THEN (
               SELECT max(r.rank) FROM rules r WHERE r.plan_id = k.judge AND r.rank < k.rank) END) END AS falls_to
    FROM looked k
         CROSS JOIN LATERAL ({growth(accounts="k.accounts", book="k.book_id", begin="k.begin_at", before="k.before_at")}) g
         LEFT JOIN ladder s ON s.plan_id = k.judge
         LEFT JOIN rules r ON r.plan_id = k.judge AND r.tier_id = k.tier_id
         CROSS JOIN LATERAL (SELECT coalesce(s.ranks[width_bucket(g.steps, s.floors)], -1) AS then_reached) z
         CROSS JOIN LATERAL (
             SELECT CASE WHEN k.what = 'ended'
                    THEN z.then_reached < k.rank AND coalesce(g.steps < r.kept_from, true)
                    WHEN k.reason = 'reached' THEN g.steps < r.reached_from ELSE g.steps < r.kept_from END AS falls
         ) f
    WHERE k.what = 'ended' OR f.falls
)"""  # noqa: S608

# Who falls does not fall below what another account of his still has, nor below what a person, a campaign or a channel
# last gave him, as far as that still holds.
HELD_UP = """
held AS MATERIALIZED (
    SELECT j.*, h.rank AS held_rank, h.valid_until AS held_until
    FROM judged j LEFT JOIN LATERAL (
        WITH words AS (
            SELECT g.* FROM unnest(j.accounts) AS a (id) CROSS JOIN LATERAL (
                SELECT * FROM members_tiergrant WHERE account_id = a.id AND programme_id = %(programme)s OFFSET 0
            ) g
            WHERE j.falls AND g.reason IN ('by_hand', 'campaign') AND g.from_at <= j.at
              AND NOT EXISTS (SELECT FROM unnest(g.basis) AS b (id) JOIN members_account x ON x.id = b.id
                              WHERE x.member_id <> j.member_id OR x.emptied_at IS NOT NULL)
        )
        SELECT t.rank, w.valid_until FROM words w JOIN members_tier t ON t.id = w.tier_id
        WHERE (w.valid_until IS NULL OR w.valid_until > j.at) AND NOT EXISTS (
            SELECT FROM words d WHERE d.basis @> w.basis AND (d.from_at, d.id) > (w.from_at, w.id))
        UNION ALL
        SELECT j.said_rank, j.said_until WHERE j.falls AND j.said_rank IS NOT NULL AND NOT EXISTS (
            SELECT FROM words d WHERE d.basis @> ARRAY[j.said_by] AND d.from_at >= j.said_at)
        UNION ALL
        SELECT j.other_rank, j.other_until WHERE j.falls AND j.other_rank IS NOT NULL
        ORDER BY 1 DESC, 2 DESC NULLS FIRST LIMIT 1
    ) h ON true
)"""

DECIDED = f"""
decided AS (
    SELECT member_id, accounts, current, rank, last_at, basis, joint, stated, 'reached' AS reason, reached AS to_rank,
           reached, rises_at AS from_at, rises_at AS begun, NULL::timestamptz AS lasts, steps, %(plan)s::bigint AS plan_id
    FROM suspect WHERE what = 'reached'
    UNION ALL
    SELECT member_id, accounts, current, rank, last_at, basis, joint, stated, 'joined',
           CASE WHEN reached < 0 THEN lowest_rank ELSE reached END, reached, %(now)s, %(now)s, NULL, steps, %(plan)s
    FROM suspect WHERE what = 'joined'
    UNION ALL
    SELECT member_id, accounts, current, rank, last_at, basis, joint, stated, 'kept', rank, reached, valid_until,
           valid_until - interval '1 microsecond', NULL, then_steps, judge
    FROM held WHERE NOT falls
    UNION ALL
    SELECT member_id, accounts, current, rank, last_at, basis, joint, stated,
           CASE what WHEN 'back' THEN 'returned' ELSE 'dropped' END, greatest(falls_to, held_rank), reached, at,
           CASE WHEN held_rank >= falls_to THEN NULL WHEN what = 'back' THEN at ELSE at - interval '1 microsecond' END,
           held_until, CASE what WHEN 'back' THEN steps ELSE then_steps END,
           CASE what WHEN 'back' THEN %(plan)s ELSE judge END
    FROM held WHERE falls
), moves AS (
    SELECT d.member_id, d.accounts AS own, d.current, d.basis, d.joint, d.stated, b.code AS old, d.reason, t.id AS tier_id, t.code AS new, d.reached > d.to_rank AS rises,
           greatest(d.from_at, d.last_at) AS from_at, d.plan_id, d.steps,
           CASE WHEN d.begun IS NULL THEN d.lasts ELSE {facts.end(begun="d.begun", months="r.months")} END AS valid_until
    FROM decided d LEFT JOIN members_tier b ON b.programme_id = %(programme)s AND b.rank = d.rank
         LEFT JOIN members_tier t ON t.programme_id = %(programme)s AND t.rank = d.to_rank
         LEFT JOIN rules r ON r.plan_id = d.plan_id AND r.tier_id = t.id
)"""  # noqa: S608


def moves(*, everybody: bool, stated: bool) -> str:
    """SQL of the CTEs up to ``moves``. ``stated``: whether statements of channels count in the programme at all."""
    said = facts.TOLD if stated else NOTHING_STATED
    asked = ASKED.format(scope=EVERYBODY if everybody else THESE)
    candidates = facts.candidates(accounts="SELECT unnest(w.accounts)")
    parts = [RULES, asked, said, candidates, facts.BEST, PEOPLE, ENDS, JUDGED, HELD_UP, DECIDED]
    return "WITH " + ", ".join(parts)
