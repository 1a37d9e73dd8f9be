-- One decision for every person of the audience whom the campaign's organization knows. The arm is a hash of
-- campaign and OneID: whoever draws again draws the same.
WITH chosen AS MATERIALIZED (
    SELECT a.member_id
    FROM ({audience}) AS given (member_id)
    JOIN members_account a ON a.minted_id = given.member_id
    GROUP BY a.member_id
),
known AS MATERIALIZED (
    SELECT a.member_id
    FROM members_membership k
    JOIN members_organization o ON o.id = k.organization_id AND o.path LIKE %s
    JOIN members_account a ON a.id = k.account_id
    GROUP BY a.member_id
)
INSERT INTO campaigns_decision (campaign_id, member_id, arm)
SELECT %s, m.id,
       CASE WHEN ('x' || left(md5(%s || ':' || m.oneid), 8))::bit(32)::bigint < %s * 4294967296
            THEN 'holdout' ELSE 'treated' END
FROM chosen
JOIN known USING (member_id)
JOIN members_member m ON m.id = chosen.member_id
ORDER BY m.id
ON CONFLICT (member_id, campaign_id, round) DO NOTHING
