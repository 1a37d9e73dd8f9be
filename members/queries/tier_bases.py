"""Which accounts of a person matter for a tier that is given to him now."""

import datetime as dt

from members.models import Member, Programme
from members.queries import tier_candidates as facts

# Those with growth, with a grant or a statement that counts, and all in the bases of what counts now: so that what is
# given supersedes what it was decided upon. A person of whom nothing is known yet goes by his first account.
MATTER = f"""
WITH wanted AS (
    SELECT 1 AS ask, %(member)s::bigint AS member_id, %(programme)s::bigint AS programme_id, %(at)s::timestamptz AS at
), {facts.ASKED}, {facts.TOLD}, {facts.CANDIDATES}, own AS (
    SELECT id FROM members_account WHERE member_id = %(member)s AND emptied_at IS NULL
), matter AS (
    SELECT o.id FROM asked w JOIN members_wallet k ON k.book_id = w.book_id JOIN own o ON o.id = k.account_id
    UNION
    SELECT o.id FROM own o JOIN members_tiergrant g ON g.account_id = o.id AND g.programme_id = %(programme)s
    UNION
    SELECT account_id FROM said
    UNION
    SELECT b.id FROM left_over l CROSS JOIN unnest(l.basis) AS b (id)
)
SELECT id FROM matter UNION SELECT min(id) FROM own WHERE NOT EXISTS (SELECT FROM matter) ORDER BY id
"""  # noqa: S608


def of(*, member: Member, programme: Programme, at: dt.datetime) -> list[int]:
    """Account ids in order; none for a person whose accounts were all emptied."""
    found = facts.run(MATTER, member=member.pk, programme=programme.pk, at=at)
    return [id for (id,) in found if id is not None]
