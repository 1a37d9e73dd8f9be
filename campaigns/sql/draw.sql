-- One decision for every person of the audience whom the campaign's organization knows. The arm is a hash of
-- campaign and OneID: whoever draws again draws the same.
INSERT INTO campaigns_decision (campaign_id, member_id, arm)
SELECT %s, m.id,
       CASE WHEN ('x' || left(md5(%s || ':' || m.oneid), 8))::bit(32)::bigint < %s * 4294967296
            THEN 'holdout' ELSE 'treated' END
FROM (
    SELECT a.member_id
    FROM ({audience}) AS chosen (member_id)
    JOIN members_account a ON a.minted_id = chosen.member_id
    GROUP BY a.member_id
) AS person
JOIN members_member m ON m.id = person.member_id
WHERE EXISTS (
    SELECT
    FROM members_account a
    JOIN members_membership k ON k.account_id = a.id
    JOIN members_organization o ON o.id = k.organization_id
    WHERE a.member_id = m.id AND o.path LIKE %s
)
ORDER BY m.id
ON CONFLICT (member_id, campaign_id) DO NOTHING
