-- Decides the claimed decisions whose person is locked; returns (id, outcome).
-- The person of a decision is whom its member's minting account belongs to now: himself, or the survivor of a merge.
-- Written as probes by index for each claimed row, whatever statistics say of a campaign that began a minute ago; for
-- the same reason "campaign_id + 0" keeps the planner from reading a whole campaign for one member.
WITH route AS MATERIALIZED (
    SELECT * FROM unnest(%(needs)s::text[], %(ways)s::text[]) WITH ORDINALITY AS route (kind, way, position)
),
claimed AS MATERIALIZED (
    SELECT d.id, d.ctid AS place, d.arm, d.round, d.member_id,
           coalesce((SELECT a.member_id FROM members_account a WHERE a.minted_id = d.member_id),
                    d.member_id) AS person_id
    FROM campaigns_decision d
    WHERE d.id = ANY (%(decisions)s::bigint[])
),
held AS MATERIALIZED (
    SELECT c.*, ARRAY(SELECT a.id FROM members_account a WHERE a.member_id = c.person_id) AS accounts,
           ARRAY(SELECT a.id FROM members_account a
                 WHERE a.member_id = c.person_id AND a.revoked_at IS NULL) AS active
    FROM claimed c
    WHERE c.person_id = ANY (%(people)s::bigint[])
),
judged AS MATERIALIZED (
    SELECT h.id, h.place, h.arm, w.value, w.account_id,
           CASE
               WHEN o.oneid IS NOT NULL AND h.member_id <> h.person_id THEN 'merged'
               WHEN o.oneid IS NOT NULL THEN 'repeated'
               WHEN s.granted IS NULL THEN 'never asked'
               WHEN NOT s.granted THEN 'refused'
               WHEN w.value IS NULL THEN 'no address'
               WHEN NOT w.allowed THEN 'elsewhere'
               WHEN r.messages >= %(cap)s THEN 'cap'
               WHEN t.taken THEN 'taken'
           END AS bar,
           CASE WHEN o.oneid IS NULL THEN r.messages::text
                WHEN h.member_id = h.person_id THEN o.oneid
                ELSE (SELECT p.oneid FROM members_member p WHERE p.id = h.person_id) END AS detail
    FROM held h
    -- Another decision of the same person that goes first: one already carried out (where people may enter again: lately),
    -- else the person's own, else the oldest.
    LEFT JOIN LATERAL (
        SELECT (SELECT m.oneid FROM members_member m WHERE m.id = s.member_id) AS oneid
        FROM members_account a
        JOIN campaigns_decision s ON s.member_id = a.minted_id AND s.campaign_id + 0 = %(campaign)s
        WHERE cardinality(h.accounts) > 1 AND a.member_id = h.person_id AND s.member_id <> h.member_id
          AND ((s.outcome IN ('sending', 'sent', 'unknown', 'failed', 'held_out')
                AND (%(again)s::timestamptz IS NULL OR s.decided_at > %(again)s))
               OR (s.outcome = 'pending'
                   AND (s.member_id = h.person_id, -s.id) > (h.member_id = h.person_id, -h.id)))
        ORDER BY s.outcome = 'pending', s.id
        LIMIT 1
    ) o ON true
    -- For each route the latest statement, a refusal first among those of one moment. A revoked account can still
    -- have refused, but it grants nothing.
    LEFT JOIN LATERAL (
        SELECT bool_or(latest.granted) AS granted,
               array_agg(latest.position) FILTER (WHERE latest.granted) AS ways
        FROM (
            SELECT DISTINCT ON (r.position) r.position, c.granted
            FROM members_consent c
            JOIN route r ON c.touchpoint IN (r.way, %(touchpoint)s, '*')
            WHERE c.account_id = ANY (h.accounts) AND c.purpose = %(purpose)s
              AND (NOT c.granted OR c.account_id = ANY (h.active))
            ORDER BY r.position, c.stated_at DESC, c.granted
        ) latest
    ) s ON true
    -- The best address: by a route with consent, then in the order of routes, then the one seen last.
    LEFT JOIN LATERAL (
        SELECT i.value, b.account_id, r.position = ANY (s.ways) AS allowed
        FROM identity_carried b
        JOIN identity_identifier i ON i.id = b.identifier_id AND NOT i.blocked AND i.shared = ''
        JOIN route r ON r.kind = i.kind_id
        WHERE s.granted AND b.account_id = ANY (h.active) AND b.role = 'holder'
        ORDER BY allowed DESC, r.position, b.last_at DESC, b.id DESC
        LIMIT 1
    ) w ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS messages
        FROM campaigns_decision m
        WHERE w.allowed AND %(cap)s::int IS NOT NULL AND m.account_id = ANY (h.accounts)
          AND m.outcome IN ('sending', 'sent', 'unknown')
          AND m.decided_at > %(since)s
    ) r ON true
    LEFT JOIN LATERAL (
        SELECT true AS taken
        FROM campaigns_decision m
        WHERE w.allowed AND m.address = w.value AND m.campaign_id + 0 = %(campaign)s
          AND m.member_id <> h.member_id
          AND m.outcome IN ('sending', 'sent', 'unknown', 'failed', 'held_out')
          AND (%(again)s::timestamptz IS NULL OR m.decided_at > %(again)s OR m.round = h.round)
        LIMIT 1
    ) t ON true
),
-- Within the batch, too, the first at an address has it. Both arms compete, so that neither is favoured.
verdict AS (
    SELECT id, place, arm, value, account_id, detail,
           CASE WHEN bar IS NULL
                 AND row_number() OVER (PARTITION BY bar IS NULL, value ORDER BY id) > 1 THEN 'taken'
                ELSE bar END AS bar
    FROM judged
),
meaning (bar, outcome, reason) AS (
    VALUES ('merged', 'capped', 'merged into %%s'),
           ('repeated', 'capped', 'decided already as %%s'),
           ('never asked', 'no_consent', 'consent was never given'),
           ('refused', 'no_consent', 'consent was refused or withdrawn'),
           ('elsewhere', 'no_consent', 'consent only for ways without a usable address'),
           ('no address', 'unreachable', 'no usable address'),
           ('cap', 'capped', '%%s messages in ' || %(days)s || ' days already'),
           ('taken', 'capped', 'address already reached')
)
-- The rows are locked by the claim, so each is still where it was read.
UPDATE campaigns_decision d
SET outcome = coalesce(m.outcome, CASE v.arm WHEN 'holdout' THEN 'held_out' ELSE %(go)s END),
    reason = coalesce(format(m.reason, v.detail), ''),
    address = CASE WHEN v.bar IS NULL THEN v.value ELSE '' END,
    account_id = CASE WHEN v.bar IS NULL THEN v.account_id END,
    decided_at = %(now)s,
    claimed_at = CASE WHEN %(go)s = 'sending' AND v.bar IS NULL AND v.arm = 'treated' THEN %(now)s::timestamptz END
FROM verdict v
LEFT JOIN meaning m ON m.bar = v.bar
WHERE d.ctid = v.place
RETURNING d.id, d.outcome
