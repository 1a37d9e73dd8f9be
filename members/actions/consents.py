"""Consents: every statement is kept, once, with its proof; the latest rules."""

from members import sets
from members.actions import benefits

# Two proofs of one statement: the same one is kept whichever came first.
STATE = """
INSERT INTO members_consent AS c
    (account_id, purpose, touchpoint, granted, stated_at, text_version, language, shown, ip, device, record)
SELECT DISTINCT ON (account_id, purpose, touchpoint, stated_at, granted)
       account_id, purpose, touchpoint, granted, stated_at, text_version, language, shown, ip, device, record
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[], %s::text[], %s::text[],
            %s::text[], %s::inet[], %s::text[], %s::uuid[])
     AS n (account_id, purpose, touchpoint, granted, stated_at, text_version, language, shown, ip, device, record)
ORDER BY account_id, purpose, touchpoint, stated_at, granted, text_version DESC, language DESC, shown DESC,
         host(ip) DESC NULLS LAST, device DESC, record DESC NULLS LAST
ON CONFLICT (account_id, purpose, touchpoint, stated_at, granted) DO UPDATE
SET text_version = excluded.text_version, language = excluded.language, shown = excluded.shown, ip = excluded.ip,
    device = excluded.device, record = excluded.record
WHERE (excluded.text_version, excluded.language, excluded.shown, coalesce(host(excluded.ip), ''), excluded.device,
       coalesce(excluded.record::text, ''))
    > (c.text_version, c.language, c.shown, coalesce(host(c.ip), ''), c.device, coalesce(c.record::text, ''))
"""


def state(*, statements) -> set[int]:
    """Record rows (account, purpose, touchpoint, granted, stated at, version, language, shown, ip, device, record).

    ``shown`` is the SHA-256 of the text that was shown, ``record`` the digest of the record that says so. Returns
    the accounts whose identifiers link no more, or again: whoever resolves people must hear of them.
    """
    if not statements:
        return set()
    sets.run(STATE, statements, 11)
    return benefits.derive(accounts={row[0] for row in statements})
