"""Memberships: what an account is to an organization node, merged commutatively from statements and visits."""

from django.db import connection, transaction

from members import sets

# Each part of a statement is of the latest time at which something was said of it; at the same time the greatest rules.
PARTS = ("number", "tier", "points", "growth")
LATER = """excluded.{0}_at IS NOT NULL AND (
        m.{0}_at IS NULL OR (excluded.{0}_at, excluded.{0}{1}) > (m.{0}_at, m.{0}))"""
NEW = {part: LATER.format(part, ' COLLATE "C"' if part in ("number", "tier") else "") for part in PARTS}
JOINED = """excluded.joined_at IS NOT NULL AND (
        m.joined_at IS NULL OR (excluded.joined_at, excluded.join_source_id) < (m.joined_at, m.join_source_id))"""
KEEP = "{0} = CASE WHEN {1} THEN excluded.{0} ELSE m.{0} END, {0}_at = greatest(m.{0}_at, excluded.{0}_at)"
LATEST = ", ".join(KEEP.format(part, newer) for part, newer in NEW.items())
STATED = f"""
INSERT INTO members_membership AS m
    (organization_id, account_id, known_at, joined_at, join_source_id, stated_at, number, number_at, tier, tier_at,
     points, points_at, growth, growth_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::timestamptz[],
                     %s::text[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::numeric[], %s::timestamptz[],
                     %s::numeric[], %s::timestamptz[])
         AS n (organization_id, account_id, known_at, joined_at, join_source_id, stated_at, number, number_at, tier,
               tier_at, points, points_at, growth, growth_at)
ORDER BY organization_id, account_id
ON CONFLICT (organization_id, account_id) DO UPDATE SET
    known_at = least(m.known_at, excluded.known_at),
    joined_at = least(m.joined_at, excluded.joined_at),
    join_source_id = CASE WHEN {JOINED} THEN excluded.join_source_id ELSE m.join_source_id END,
    stated_at = greatest(m.stated_at, excluded.stated_at),
    {LATEST}
WHERE m.known_at IS NULL OR excluded.known_at < m.known_at OR {JOINED}
   OR excluded.stated_at > m.stated_at OR m.stated_at IS NULL AND excluded.stated_at IS NOT NULL
   OR {" OR ".join(NEW.values())}
"""  # noqa: S608

VISITED = """
INSERT INTO members_membership AS m (organization_id, account_id, first_visited_at, last_visited_at)
SELECT organization_id, account_id, first_at, last_at
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
     AS n (organization_id, account_id, first_at, last_at)
ORDER BY organization_id, account_id
ON CONFLICT (organization_id, account_id) DO UPDATE SET
    first_visited_at = least(m.first_visited_at, excluded.first_visited_at),
    last_visited_at = greatest(m.last_visited_at, excluded.last_visited_at)
WHERE m.first_visited_at IS NULL OR excluded.first_visited_at < m.first_visited_at
   OR excluded.last_visited_at > m.last_visited_at
"""

# Orders that changed store, account or time: the visits they made are read anew from the orders themselves. Those that
# stayed with an erased account say nothing of who visited.
SPANS = """
SELECT p.organization_id, p.account_id, min(o.occurred_at), max(o.occurred_at)
FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS n (organization_id, account_id)) p
LEFT JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL
LEFT JOIN members_order o ON o.account_id = a.id AND o.organization_id = p.organization_id
GROUP BY 1, 2
"""
REVISITED = """
WITH spans AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
                  AS n (organization_id, account_id, first_at, last_at)
), never AS (
    DELETE FROM members_membership m USING spans s
    WHERE m.organization_id = s.organization_id AND m.account_id = s.account_id
      AND s.first_at IS NULL AND m.known_at IS NULL
)
UPDATE members_membership m SET first_visited_at = s.first_at, last_visited_at = s.last_at
FROM spans s
WHERE m.organization_id = s.organization_id AND m.account_id = s.account_id
  AND (s.first_at IS NOT NULL OR m.known_at IS NOT NULL)
"""

VISITS = """
SELECT organization_id, account_id FROM members_order WHERE account_id > %(after)s AND account_id <= %(until)s
UNION
SELECT organization_id, account_id FROM members_membership
WHERE account_id > %(after)s AND account_id <= %(until)s AND first_visited_at IS NOT NULL
"""
BATCH = 20_000


def state(*, statements) -> None:
    """Record statements (organization, account, known, joined, source, stated, number, tier, points, growth).

    Ids are database ids; several statements about one pair may come in any order: the earliest (joining, source) rules,
    and of number, tier, points and growth each the latest that was said. A statement without one says nothing of it.
    """
    merged = {}
    for each in statements:
        row = _timed(each)
        known = merged.get(each[:2])
        merged[each[:2]] = row if known is None else _merged(known, row)
    if merged:
        sets.run(STATED, list(merged.values()), 14)


def _timed(statement):
    """With the time at which each part was said, None where nothing was."""
    *known, stated, number, tier, points, growth = statement
    return (
        *known, stated, number, stated if number else None, tier, stated if tier else None,
        points, None if points is None else stated, growth, None if growth is None else stated,
    )  # fmt: skip


def _merged(one, other):
    joined = min((each[3:5] for each in (one, other) if each[3]), default=(None, None))
    stated = max((each[5] for each in (one, other) if each[5]), default=None)
    said = (part for at in (6, 8, 10, 12) for part in _later(one[at : at + 2], other[at : at + 2]))
    return (*one[:2], min(one[2], other[2]), *joined, stated, *said)


def _later(one, other):
    if one[1] is None or other[1] is None:
        return other if one[1] is None else one
    return max(one, other, key=_when)


def _when(part):
    value, at = part
    return at, value


def visit(*, visits) -> None:
    """Record that an account's orders were placed at nodes: rows (organization, account, time)."""
    spans = {}
    for organization, account, at in visits:
        first, last = spans.get((organization, account), (at, at))
        spans[organization, account] = min(first, at), max(last, at)
    if spans:
        sets.run(VISITED, [(*pair, *span) for pair, span in spans.items()], 4, planned_once=len(spans) == 1)


def revisit(*, pairs) -> None:
    """Read the visits of `pairs` (organization, account) anew; what was only a visit and is none now goes."""
    if not pairs:
        return
    spans = sets.run(SPANS, sorted(pairs), 2)
    visit(visits=[(*row[:2], at) for row in spans for at in row[2:] if at])
    sets.run(REVISITED, sorted(spans, key=lambda row: row[:2]), 4)


def revisit_everybody() -> int:
    """Read all visits anew from the orders, in batches of accounts; how many places of accounts there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM members_account")
        last, count = cursor.fetchone()[0], 0
    for after in range(0, last, BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(VISITS, {"after": after, "until": after + BATCH})
            pairs = set(cursor.fetchall())
            revisit(pairs=pairs)
        count += len(pairs)
    return count
