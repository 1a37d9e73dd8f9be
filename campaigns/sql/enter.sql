-- Compares who is in the audience now with whose entries are open: closes the entries of those who left, with what
-- waits for them, and begins one for each who came. A person is whom the minting account of a member belongs to now.
-- Returns how many entered, came in all, left, and were skipped. Repeated it changes nothing.
WITH chosen AS MATERIALIZED (
    SELECT a.member_id
    FROM ({audience}) AS given (member_id)
    JOIN members_account a ON a.minted_id = given.member_id
    WHERE EXISTS (
        SELECT FROM members_account b
        JOIN members_membership k ON k.account_id = b.id
        JOIN members_organization o ON o.id = k.organization_id AND o.path LIKE {path}
        WHERE b.member_id = a.member_id){people}
    GROUP BY a.member_id
),
held AS MATERIALIZED (
    SELECT e.id, coalesce(a.member_id, e.member_id) AS person, e.came, e.entered_at, e.left_at, d.round
    FROM campaigns_campaignentry e
    LEFT JOIN members_account a ON a.minted_id = e.member_id
    LEFT JOIN campaigns_decision d ON d.id = e.decision_id
    WHERE e.campaign_id = {campaign}{entries}
),
known AS MATERIALIZED (
    SELECT person, bool_or(left_at IS NULL) AS inside, max(round) AS round,
           max(entered_at) FILTER (WHERE came = 'entered') AS last_at
    FROM held GROUP BY person
),
-- Of two open entries of one person, merged meanwhile, the earlier one goes on.
ended AS MATERIALIZED (
    SELECT h.id, CASE WHEN c.member_id IS NULL THEN 'left' ELSE 'merged' END AS why
    FROM (SELECT id, person, row_number() OVER (PARTITION BY person ORDER BY entered_at, id) AS place
          FROM held WHERE left_at IS NULL) h
    LEFT JOIN chosen c ON c.member_id = h.person
    WHERE c.member_id IS NULL OR h.place > 1
),
closed AS (
    UPDATE campaigns_campaignentry e
    SET left_at = greatest({now}, e.entered_at), left_because = n.why
    FROM ended n WHERE e.id = n.id
    RETURNING e.decision_id, n.why
),
skipped AS (
    UPDATE campaigns_decision d
    SET outcome = 'left', decided_at = {now},
        reason = CASE c.why WHEN 'left' THEN 'no longer met the condition' ELSE 'entered already as another member' END
    FROM closed c WHERE d.id = c.decision_id AND d.outcome = 'pending'
    RETURNING d.id
),
fresh AS MATERIALIZED (
    SELECT m.id, m.oneid, coalesce(k.round + 1, 0) AS round,
           CASE WHEN {there} THEN 'there'
                WHEN k.last_at IS NULL OR k.last_at <= {again} THEN 'entered'
                ELSE 'too_soon' END AS came
    FROM chosen c
    JOIN members_member m ON m.id = c.member_id
    LEFT JOIN known k ON k.person = m.id
    WHERE {is_open} AND k.inside IS NOT TRUE
),
decided AS (
    INSERT INTO campaigns_decision (campaign_id, member_id, round, arm)
    SELECT {campaign}, f.id, f.round,
           CASE WHEN ('x' || left(md5({campaign} || ':' || f.oneid), 8))::bit(32)::bigint < {share} * 4294967296
                THEN 'holdout' ELSE 'treated' END
    FROM fresh f WHERE f.came = 'entered' ORDER BY f.id
    RETURNING id, member_id
),
begun AS (
    INSERT INTO campaigns_campaignentry (campaign_id, member_id, came, entered_at, decision_id)
    SELECT {campaign}, f.id, f.came, {now}, d.id
    FROM fresh f LEFT JOIN decided d ON d.member_id = f.id
    ORDER BY f.id
    RETURNING came
)
SELECT (SELECT count(*) FROM begun WHERE came = 'entered'), (SELECT count(*) FROM begun),
       (SELECT count(*) FROM closed), (SELECT count(*) FROM skipped)
