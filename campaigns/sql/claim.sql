-- Decisions that wait, each with its person: whom its member's minting account belongs to now.
SELECT d.id, coalesce((SELECT a.member_id FROM members_account a WHERE a.minted_id = d.member_id), d.member_id)
FROM campaigns_decision d
WHERE d.campaign_id = %(campaign)s AND d.outcome = 'pending' AND d.id > %(after)s
ORDER BY d.id
LIMIT %(size)s
FOR UPDATE OF d SKIP LOCKED
