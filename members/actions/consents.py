"""Consents: every statement is kept, once; the latest rules."""

from members import sets

STATE = """
INSERT INTO members_consent AS c (account_id, purpose, touchpoint, granted, stated_at, text_version)
SELECT account_id, purpose, touchpoint, granted, stated_at, max(text_version)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[], %s::text[])
     AS n (account_id, purpose, touchpoint, granted, stated_at, text_version)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 5, 4
ON CONFLICT (account_id, purpose, touchpoint, stated_at, granted) DO UPDATE
    SET text_version = excluded.text_version WHERE excluded.text_version > c.text_version
"""


def state(*, statements) -> None:
    """Record rows (account, purpose, touchpoint, granted, stated at, version of the text)."""
    if statements:
        sets.run(STATE, statements, 6)
