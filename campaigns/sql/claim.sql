SELECT d.id, coalesce(a.member_id, d.member_id)
FROM campaigns_decision d
LEFT JOIN members_account a ON a.minted_id = d.member_id
WHERE d.campaign_id = %(campaign)s AND d.outcome = 'pending' AND d.id > %(after)s
ORDER BY d.id
LIMIT %(size)s
FOR UPDATE OF d SKIP LOCKED
