"""What follows from authorising: a benefit, once, and identifiers that link. Both derived from the consents."""

from members import sets
from members.privacy.purposes import IDENTIFICATION

# The first authorisation under a promise that names a benefit grants it; the latest word on the purpose may end it.
# A benefit is an account's once: another version of the promise does not grant it again.
GRANT = """
WITH touched AS (SELECT DISTINCT unnest(%s::bigint[]) AS account_id),
latest AS (
    SELECT DISTINCT ON (c.account_id, c.purpose) c.account_id, c.purpose, c.granted, c.stated_at
    FROM touched JOIN members_consent c USING (account_id)
    ORDER BY c.account_id, c.purpose, c.stated_at DESC, c.granted
), earned AS (
    SELECT DISTINCT ON (c.account_id, p.benefit) c.account_id, p.id AS promise_id, p.benefit, c.purpose, c.stated_at
    FROM touched JOIN members_consent c USING (account_id)
         JOIN members_promisetext p ON p.purpose = c.purpose AND p.version = c.text_version
              AND c.language IN (p.language, '')
    WHERE c.granted AND p.benefit <> '' AND NOT EXISTS (SELECT FROM members_account a
                                                       WHERE a.id = c.account_id AND a.emptied_at IS NOT NULL)
    ORDER BY c.account_id, p.benefit, c.stated_at, p.id
)
INSERT INTO members_benefitgrant AS g (account_id, promise_id, benefit, granted_at, ended_at)
SELECT e.account_id, e.promise_id, e.benefit, e.stated_at, CASE WHEN NOT l.granted THEN l.stated_at END
FROM earned e JOIN latest l USING (account_id, purpose)
ORDER BY e.account_id, e.benefit
ON CONFLICT (account_id, benefit) DO UPDATE
SET promise_id = excluded.promise_id, granted_at = excluded.granted_at, ended_at = excluded.ended_at
WHERE (g.promise_id, g.granted_at, g.ended_at)
   IS DISTINCT FROM (excluded.promise_id, excluded.granted_at, excluded.ended_at)
"""

LINKS = """
WITH touched AS (SELECT DISTINCT unnest(%s::bigint[]) AS account_id),
latest AS (
    SELECT DISTINCT ON (c.account_id) c.account_id, c.granted, c.stated_at
    FROM touched JOIN members_consent c USING (account_id)
    WHERE c.purpose = %s
    ORDER BY c.account_id, c.stated_at DESC, c.granted
), opened AS (
    DELETE FROM members_closedlink k USING touched t
    WHERE k.account_id = t.account_id
      AND NOT EXISTS (SELECT FROM latest l WHERE l.account_id = t.account_id AND NOT l.granted)
    RETURNING k.account_id
), closed AS (
    INSERT INTO members_closedlink AS k (account_id, closed_at)
    SELECT account_id, stated_at FROM latest WHERE NOT granted ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE SET closed_at = excluded.closed_at
        WHERE k.closed_at <> excluded.closed_at
    RETURNING account_id
)
SELECT account_id FROM opened UNION SELECT account_id FROM closed
"""


def derive(*, accounts) -> set[int]:
    """Derive benefits and closed links of these accounts from all their consents; those whose link turned.

    The result is a function of the consents alone. Who links must be told of the accounts that turned.
    """
    rows = [(id,) for id in sorted(set(accounts))]
    if not rows:
        return set()
    sets.run(GRANT, rows, 1)
    return {row[0] for row in sets.run(LINKS, rows, 1, IDENTIFICATION)}
