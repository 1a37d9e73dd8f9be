"""The raw components of some accounts, walked by index from account to account.

A function, because a planner that does not know how small components are would read whole tables.
"""

from django.db import migrations

FORWARD = """
CREATE VIEW identity_carried AS
SELECT b.* FROM identity_binding b
WHERE NOT EXISTS (
    SELECT FROM identity_verdict v
    WHERE v.identifier_id = b.identifier_id AND v.kind = 'not_his' AND v.withdrawn_at IS NULL
      AND b.account_id = ANY (v."left")
) AND (b.source_id IS NULL OR NOT EXISTS (
    SELECT FROM identity_binding s JOIN identity_verdict v ON v.identifier_id = s.identifier_id
    WHERE s.id = b.source_id AND v.kind = 'not_his' AND v.withdrawn_at IS NULL AND s.account_id = ANY (v."left")
)) AND NOT EXISTS (SELECT FROM members_closedlink c WHERE c.account_id = b.account_id);
COMMENT ON VIEW identity_carried IS
    'Bindings that hold: without those of which a steward says that the identifier is not the account''s, and without those of accounts whose customer withdrew identification.';

CREATE VIEW identity_said AS
SELECT v.identifier_id, v.kind, v.decided_at, v.id FROM identity_verdict v
WHERE v.kind IN ('shared', 'not_shared') AND v.withdrawn_at IS NULL
UNION ALL
SELECT f.hashed_id, v.kind, v.decided_at, v.id
FROM identity_hashedform f JOIN identity_verdict v ON v.identifier_id = f.plain_id
WHERE v.kind IN ('shared', 'not_shared') AND v.withdrawn_at IS NULL;
COMMENT ON VIEW identity_said IS
    'What stewards say of identifiers; of a plain one they say it of its hashed forms too. The newest rules.';

CREATE FUNCTION identity_reach(accounts bigint[], turned bigint[], opened bigint[], crowded bigint[])
RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 20
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off
AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE reach (is_account, id) AS (
        (
            SELECT true, unnest(accounts)
            UNION SELECT true, mate.id
                  FROM (SELECT DISTINCT member_id FROM members_account WHERE id = ANY(accounts)) person
                       JOIN members_account mate USING (member_id)
            UNION SELECT false, unnest(turned)
        )
        UNION
        SELECT next.is_account, next.id
        FROM reach CROSS JOIN LATERAL (
            SELECT false AS is_account, own.identifier_id AS id
            FROM identity_carried own JOIN identity_identifier i ON i.id = own.identifier_id
                 JOIN identity_identifierkind k ON k.code = i.kind_id
            WHERE reach.is_account AND own.account_id = reach.id AND own.role <> 'receiver'
              AND k.links AND NOT i.blocked AND i.id <> ALL(crowded)
              AND (i.shared NOT IN ('accounts', 'distinct', 'verdict') OR i.id = ANY(opened))
            UNION ALL
            SELECT true, other.account_id FROM identity_carried other
            WHERE NOT reach.is_account AND other.identifier_id = reach.id AND other.role <> 'receiver'
        ) next
    )
    SELECT reach.id FROM reach WHERE reach.is_account;
END
$$;
COMMENT ON FUNCTION identity_reach IS
    'Accounts reachable through linking identifiers from the accounts, from those that are one person with them now, and from the carriers of turned identifiers. Opened identifiers link although flagged, crowded ones do not.';

CREATE FUNCTION identity_lock(accounts bigint[], identifiers bigint[])
RETURNS TABLE (identifier bigint, seed bool, flag varchar, barred bool, crowded bool) LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off
AS $$
DECLARE
    locked bigint[];
    perhaps bigint[] := ARRAY(
        SELECT DISTINCT i.id FROM identity_carried b JOIN identity_identifier i ON i.id = b.identifier_id
        WHERE b.account_id = ANY(accounts) AND b.role <> 'receiver' AND i.shared = 'distinct'
    );
BEGIN
    locked := ARRAY(
        SELECT i.id FROM identity_identifier i
        WHERE i.id IN (
            SELECT c.id
            FROM identity_reach(accounts, identifiers, perhaps, '{}') AS reached (id)
                 JOIN identity_carried b ON b.account_id = reached.id AND b.role <> 'receiver'
                 JOIN identity_identifier c ON c.id = b.identifier_id AND NOT c.blocked AND c.shared <> 'accounts'
                 JOIN identity_identifierkind k ON k.code = c.kind_id AND k.links
            UNION SELECT unnest(identifiers)
        )
        ORDER BY i.id FOR NO KEY UPDATE OF i
    );
    RETURN QUERY
    WITH bound AS (
        SELECT b.identifier_id AS id FROM identity_carried b WHERE b.account_id = ANY(accounts) AND b.role <> 'receiver'
        UNION SELECT unnest(identifiers)
    ), judged AS (
        SELECT i.id, i.shared, i.blocked, k.links, k.max_accounts, (
                   SELECT v.kind FROM identity_said v WHERE v.identifier_id = i.id
                   ORDER BY v.decided_at DESC, v.id DESC LIMIT 1
               ) AS said
        FROM bound JOIN identity_identifier i USING (id) JOIN identity_identifierkind k ON k.code = i.kind_id
    )
    SELECT j.id, true, j.shared, NOT j.links OR j.blocked OR coalesce(j.said = 'shared', false),
           coalesce(j.said <> 'not_shared', true) AND j.max_accounts IS NOT NULL AND j.max_accounts < (
               SELECT count(*) FROM (
                   SELECT DISTINCT b.account_id FROM identity_carried b JOIN members_account a ON a.id = b.account_id
                   WHERE b.identifier_id = j.id AND b.role <> 'receiver' AND a.revoked_at IS NULL
                   LIMIT j.max_accounts + 1
               ) carriers
           )
    FROM judged j
    UNION ALL
    SELECT id, false, NULL, NULL, NULL FROM unnest(locked) AS id;
END
$$;
COMMENT ON FUNCTION identity_lock IS
    'Locks, in sorted order, what may link in the components of the accounts and the identifiers named; then says of the identifiers of these accounts, and of those named, how they are flagged, whether a kind, a block or a verdict bars them, and whether more accounts that are not revoked carry them than their kind allows. Rows with seed false are the locked ones.';
"""

BACKWARD = """
DROP FUNCTION identity_lock(bigint[], bigint[]);
DROP FUNCTION identity_reach(bigint[], bigint[], bigint[], bigint[]);
DROP VIEW identity_said;
DROP VIEW identity_carried;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_rules_of_the_database"), ("members", "0002_rules_of_the_database")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
