-- Decides the claimed decisions whose person is locked; returns (id, outcome).
-- The person of a decision is whom its member's minting account belongs to now: himself, or the survivor of a merge.
WITH route AS MATERIALIZED (
    SELECT * FROM unnest(%(needs)s::text[], %(ways)s::text[]) WITH ORDINALITY AS route (kind, way, position)
),
claimed AS MATERIALIZED (
    SELECT d.id, d.arm, d.member_id, coalesce(a.member_id, d.member_id) AS person_id
    FROM campaigns_decision d
    LEFT JOIN members_account a ON a.minted_id = d.member_id
    WHERE d.id = ANY (%(decisions)s::bigint[])
      AND coalesce(a.member_id, d.member_id) = ANY (%(people)s::bigint[])
),
account AS MATERIALIZED (
    SELECT c.id, a.id AS account_id, a.minted_id
    FROM claimed c
    JOIN members_account a ON a.member_id = c.person_id
),
-- Another decision of the same person that goes first: one already carried out, else the person's own, else the oldest.
other AS (
    SELECT DISTINCT ON (c.id) c.id, m.oneid
    FROM account a
    JOIN claimed c ON c.id = a.id
    JOIN campaigns_decision s ON s.member_id = a.minted_id AND s.campaign_id = %(campaign)s AND s.id <> c.id
    JOIN members_member m ON m.id = s.member_id
    WHERE s.outcome IN ('sending', 'sent', 'unknown', 'failed', 'held_out')
       OR (s.outcome = 'pending'
           AND (s.member_id = c.person_id, -s.id) > (c.member_id = c.person_id, -c.id))
    ORDER BY c.id, s.outcome = 'pending', s.id
),
consent AS (
    SELECT DISTINCT ON (a.id, r.position) a.id, r.position, s.granted
    FROM account a
    JOIN members_consent s ON s.account_id = a.account_id AND s.purpose = %(purpose)s
    JOIN route r ON s.touchpoint IN (r.way, %(touchpoint)s, '*')
    ORDER BY a.id, r.position, s.stated_at DESC, s.granted
),
consented AS (
    SELECT id, bool_or(granted) AS granted FROM consent GROUP BY id
),
address AS (
    SELECT DISTINCT ON (a.id, r.position) a.id, r.position, i.value, a.account_id
    FROM account a
    JOIN identity_binding b ON b.account_id = a.account_id AND b.role = 'holder'
    JOIN identity_identifier i ON i.id = b.identifier_id AND NOT i.blocked AND i.shared = ''
    JOIN route r ON r.kind = i.kind_id
    ORDER BY a.id, r.position, b.last_at DESC, b.id DESC
),
way AS (
    SELECT DISTINCT ON (a.id) a.id, a.value, a.account_id
    FROM address a
    JOIN consent c ON c.id = a.id AND c.position = a.position AND c.granted
    ORDER BY a.id, a.position
),
recent AS (
    SELECT a.id, count(*) AS messages
    FROM account a
    JOIN campaigns_decision s
      ON s.account_id = a.account_id AND s.outcome IN ('sending', 'sent', 'unknown') AND s.decided_at > %(since)s
    GROUP BY a.id
),
judged AS (
    SELECT c.id, c.arm, w.value, w.account_id,
           CASE
               WHEN o.id IS NOT NULL AND c.member_id <> c.person_id THEN 'merged'
               WHEN o.id IS NOT NULL THEN 'repeated'
               WHEN s.id IS NULL THEN 'never asked'
               WHEN NOT s.granted THEN 'refused'
               WHEN w.id IS NULL AND EXISTS (SELECT FROM address x WHERE x.id = c.id) THEN 'elsewhere'
               WHEN w.id IS NULL THEN 'no address'
               WHEN r.messages >= %(cap)s THEN 'cap'
               WHEN taken.id IS NOT NULL THEN 'taken'
           END AS bar,
           CASE WHEN o.id IS NULL THEN r.messages::text
                WHEN c.member_id <> c.person_id THEN p.oneid
                ELSE o.oneid END AS detail
    FROM claimed c
    JOIN members_member p ON p.id = c.person_id
    LEFT JOIN other o ON o.id = c.id
    LEFT JOIN consented s ON s.id = c.id
    LEFT JOIN way w ON w.id = c.id
    LEFT JOIN recent r ON r.id = c.id
    -- A look-up a decision, by the unique index: statistics lag behind a campaign that runs, and a join that
    -- expects nobody to be reached yet compares everybody with everybody.
    LEFT JOIN LATERAL (
        SELECT t.id FROM campaigns_decision t
        WHERE t.campaign_id = %(campaign)s AND t.address = w.value
          AND t.outcome IN ('sending', 'sent', 'unknown', 'failed', 'held_out')
        LIMIT 1
    ) taken ON true
),
-- Within the batch, too, the first at an address has it. Both arms compete, so that neither is favoured.
verdict AS (
    SELECT id, arm, value, account_id, detail,
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
UPDATE campaigns_decision d
SET outcome = coalesce(m.outcome, CASE v.arm WHEN 'holdout' THEN 'held_out' ELSE %(go)s END),
    reason = coalesce(format(m.reason, v.detail), ''),
    address = CASE WHEN v.bar IS NULL THEN v.value ELSE '' END,
    account_id = CASE WHEN v.bar IS NULL THEN v.account_id END,
    decided_at = %(now)s,
    claimed_at = CASE WHEN %(go)s = 'sending' AND v.bar IS NULL AND v.arm = 'treated' THEN %(now)s::timestamptz END
FROM verdict v
LEFT JOIN meaning m ON m.bar = v.bar
WHERE d.id = v.id AND d.outcome = 'pending'
RETURNING d.id, d.outcome
