"""What is derived of a member: the profile from the accounts' traits, the features from orders and returns.

Both are functions of the facts (and features of the clock): refreshing twice changes nothing, and rebuilding
everything gives what refreshing member by member gave.
"""

from django.db import transaction

from members import sets

DAYS = 365
UNUSUAL = 1_000_000_000  # orders of this amount and more are kept, listed, and left out of features

PROFILES = """
WITH touched AS (SELECT DISTINCT unnest(%s::bigint[]) AS member_id),
said AS (
    SELECT DISTINCT ON (a.member_id, t.key) a.member_id, t.key, t.value ->> 'value' AS value
    FROM touched JOIN members_account a USING (member_id), jsonb_each(a.traits) t
    WHERE a.revoked_at IS NULL
    ORDER BY a.member_id, t.key, t.value ->> 'at' DESC, t.value ->> 'value' DESC
), traits AS (
    SELECT member_id,
           max(value) FILTER (WHERE key = 'name') AS name,
           max(value) FILTER (WHERE key = 'nickname') AS nickname,
           max(value) FILTER (WHERE key = 'gender') AS gender,
           max(value) FILTER (WHERE key = 'birth_date') AS birth_date,
           max(value) FILTER (WHERE key = 'province') AS province,
           max(value) FILTER (WHERE key = 'city') AS city
    FROM said GROUP BY member_id
), seen AS (
    SELECT a.member_id, count(*) FILTER (WHERE a.revoked_at IS NULL) AS account_count,
           min(a.first_seen_at) AS first_at, max(a.last_seen_at) AS last_at
    FROM touched JOIN members_account a USING (member_id) WHERE a.emptied_at IS NULL GROUP BY a.member_id
)
INSERT INTO members_memberprofile AS p (member_id, name, nickname, gender, birth_date, province, city,
                                        account_count, first_seen_at, last_seen_at)
SELECT member_id, coalesce(name, ''), coalesce(nickname, ''), coalesce(gender, ''), birth_date::date,
       coalesce(province, ''), coalesce(city, ''), account_count, first_at, last_at
FROM seen LEFT JOIN traits USING (member_id)
ORDER BY member_id
ON CONFLICT (member_id) DO UPDATE SET
    name = excluded.name, nickname = excluded.nickname, gender = excluded.gender,
    birth_date = excluded.birth_date, province = excluded.province, city = excluded.city,
    account_count = excluded.account_count, first_seen_at = excluded.first_seen_at,
    last_seen_at = excluded.last_seen_at
WHERE (p.name, p.nickname, p.gender, p.birth_date, p.province, p.city, p.account_count, p.first_seen_at,
       p.last_seen_at)
   IS DISTINCT FROM (excluded.name, excluded.nickname, excluded.gender, excluded.birth_date, excluded.province,
       excluded.city, excluded.account_count, excluded.first_seen_at, excluded.last_seen_at)
"""

# A return lowers the amount of its order, at the order's time; one whose sale was never seen counts at its own.
FEATURES = """
WITH touched AS (SELECT DISTINCT unnest(%s::bigint[]) AS member_id),
clock AS (SELECT %s::timestamptz AS now, %s::timestamptz - interval '365 days' AS since),
bought AS (
    SELECT a.member_id, min(o.occurred_at) AS first_at, max(o.occurred_at) AS last_at, count(*) AS orders,
           sum(o.amount) AS amount,
           count(*) FILTER (WHERE o.occurred_at > since AND o.occurred_at <= now) AS orders_365d,
           coalesce(sum(o.amount) FILTER (WHERE o.occurred_at > since AND o.occurred_at <= now), 0) AS amount_365d
    FROM touched JOIN members_account a USING (member_id) JOIN members_order o ON o.account_id = a.id, clock
    WHERE a.emptied_at IS NULL AND o.status IN ('paid', 'completed') AND NOT o.reward AND o.amount < 1000000000
    GROUP BY a.member_id
), returned AS (
    SELECT a.member_id, sum(r.amount) AS amount,
           coalesce(sum(r.amount) FILTER (WHERE coalesce(o.occurred_at, r.occurred_at) > since
                                           AND coalesce(o.occurred_at, r.occurred_at) <= now), 0) AS amount_365d
    FROM touched JOIN members_account a USING (member_id) JOIN members_return r ON r.account_id = a.id
         LEFT JOIN members_order o ON o.id = r.order_id, clock
    WHERE a.emptied_at IS NULL AND r.amount < 1000000000
      AND (o.id IS NULL OR (o.status IN ('paid', 'completed') AND o.amount < 1000000000))
    GROUP BY a.member_id
), gone AS (
    DELETE FROM members_memberfeatures k USING touched t
    WHERE k.member_id = t.member_id AND NOT EXISTS (SELECT FROM bought b WHERE b.member_id = t.member_id)
      AND NOT EXISTS (SELECT FROM returned r WHERE r.member_id = t.member_id)
)
INSERT INTO members_memberfeatures AS f (member_id, first_order_at, last_order_at, order_count, amount,
                                         order_count_365d, amount_365d, as_of)
SELECT member_id, b.first_at, b.last_at, coalesce(b.orders, 0), coalesce(b.amount, 0) - coalesce(r.amount, 0),
       coalesce(b.orders_365d, 0), coalesce(b.amount_365d, 0) - coalesce(r.amount_365d, 0), now
FROM bought b FULL JOIN returned r USING (member_id), clock
ORDER BY member_id
ON CONFLICT (member_id) DO UPDATE SET
    first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at,
    order_count = excluded.order_count, amount = excluded.amount,
    order_count_365d = excluded.order_count_365d, amount_365d = excluded.amount_365d, as_of = excluded.as_of
WHERE (f.first_order_at, f.last_order_at, f.order_count, f.amount, f.order_count_365d, f.amount_365d)
   IS DISTINCT FROM (excluded.first_order_at, excluded.last_order_at, excluded.order_count, excluded.amount,
       excluded.order_count_365d, excluded.amount_365d)
"""

EMPTY = """
WITH touched AS (SELECT DISTINCT unnest(%s::bigint[]) AS member_id),
gone AS (SELECT member_id FROM touched t
         WHERE NOT EXISTS (SELECT FROM members_account a
                           WHERE a.member_id = t.member_id AND a.emptied_at IS NULL)),
profiles AS (DELETE FROM members_memberprofile p USING gone g WHERE p.member_id = g.member_id)
DELETE FROM members_memberfeatures f USING gone g WHERE f.member_id = g.member_id
"""

LOCK = "SELECT id FROM members_member WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
LOCK_OF = """
SELECT id FROM members_member WHERE id IN (SELECT member_id FROM members_account WHERE id = ANY(%s::bigint[]))
ORDER BY id FOR NO KEY UPDATE
"""
MEMBERS = "SELECT DISTINCT member_id FROM members_account WHERE id = ANY(%s::bigint[])"
ACTIVE = "SELECT id FROM members_member WHERE id > %s ORDER BY id LIMIT %s"
BATCH = 50_000


def members_of(*, accounts) -> set[int]:
    """The members that accounts belong to now."""
    rows = [(id,) for id in accounts]
    return {row[0] for row in sets.run(MEMBERS, rows, 1, planned_once=len(rows) == 1)} if rows else set()


def refresh(*, members, now) -> None:
    """Derive profile and features of `members` (ids) again; those without an account lose both."""
    derive(described=(), traded=(), members=set(members), now=now)


def derive(*, described, traded, members, now) -> None:
    """Derive profiles of the members of accounts `described`, features of those of `traded`, both of `members`.

    Members are locked first, and read by statements of their own afterwards: of two transactions that write
    facts of one member, the second sees what the first wrote. Whom the accounts belong to is read again behind
    the locks, because a concurrent merge may have moved them.
    """
    locked = _lock_of(set(traded)) if not (described or members) else set()
    while True:
        profiled = members | members_of(accounts=described)
        featured = members | members_of(accounts=traded)
        missing = (profiled | featured) - locked
        if not missing:
            break
        sets.run(LOCK, _rows(missing), 1)
        locked |= missing
    if profiled:
        sets.run(EMPTY, _rows(profiled), 1, planned_once=True)
        sets.run(PROFILES, _rows(profiled), 1, planned_once=True)
    if featured:
        sets.run(FEATURES, _rows(featured), 1, now, now, planned_once=True)


def _lock_of(accounts) -> set[int]:
    """The members of accounts, locked; whom they belong to then has to be read again."""
    rows = _rows(accounts)
    return {row[0] for row in sets.run(LOCK_OF, rows, 1, planned_once=len(rows) == 1)} if rows else set()


def _rows(ids):
    return [(id,) for id in sorted(ids)]


def rebuild(*, now) -> int:
    """Derive every member's profile and features again, in batches of members; how many there were."""
    last, count = 0, 0
    while rows := sets.run(ACTIVE, [], 0, last, BATCH):
        with transaction.atomic():
            refresh(members=[row[0] for row in rows], now=now)
        last, count = rows[-1][0], count + len(rows)
    return count
