"""Facts taken off accounts and orders of which records were withdrawn, so that what remains can be told again.

Each function is one step of ``identity.actions.withdrawing``, which holds the locks and puts things together.
"""

from msgspec import Struct

from members import sets
from members.actions import labels, returns, reviews

LOCK_ACCOUNTS = """
SELECT a.id, a.channel_id, a.external_id, a.member_id, a.minted_id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_account a USING (channel_id, external_id)
ORDER BY a.channel_id, a.external_id FOR UPDATE OF a
"""

EMPTY = """
WITH emptied AS (SELECT unnest(%s::bigint[]) AS id),
visited AS (
    UPDATE members_membership m
    SET known_at = NULL, joined_at = NULL, join_source_id = NULL, stated_at = NULL, number = '', number_at = NULL,
        tier = '', tier_at = NULL, points = NULL, points_at = NULL, growth = NULL, growth_at = NULL
    FROM emptied e WHERE m.account_id = e.id AND m.first_visited_at IS NOT NULL
), known AS (
    DELETE FROM members_membership m USING emptied e WHERE m.account_id = e.id AND m.first_visited_at IS NULL
)
UPDATE members_account a SET emptied_at = %s, traits = '{}' FROM emptied e WHERE a.id = e.id
"""

UNSAY = """
DELETE FROM members_consent c
USING unnest(%s::bigint[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[])
      AS n (account_id, purpose, touchpoint, granted, stated_at)
WHERE c.account_id = n.account_id AND c.purpose = n.purpose AND c.touchpoint = n.touchpoint
  AND c.granted = n.granted AND c.stated_at = n.stated_at
"""

STILL_EMPTY = "SELECT id FROM members_account WHERE id = ANY(%s::bigint[]) AND emptied_at IS NOT NULL"

LOCK_ORDERS = """
SELECT o.id, o.account_id, o.organization_id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_order o USING (channel_id, external_id)
ORDER BY o.channel_id, o.external_id FOR UPDATE OF o
"""

AFTER = """
SELECT account_id FROM members_return WHERE order_id = ANY(%s::bigint[]) AND account_id IS NOT NULL
UNION SELECT account_id FROM members_review WHERE order_id = ANY(%s::bigint[]) AND account_id IS NOT NULL
"""

DROP_ORDERS = """
WITH dropped AS (SELECT unnest(%s::bigint[]) AS id),
     returned AS (UPDATE members_return r SET order_id = NULL FROM dropped d WHERE r.order_id = d.id),
     reviewed AS (UPDATE members_review r SET order_id = NULL FROM dropped d WHERE r.order_id = d.id),
     lines AS (DELETE FROM members_orderline l USING dropped d WHERE l.order_id = d.id),
     paid AS (DELETE FROM members_orderpayment p USING dropped d WHERE p.order_id = d.id)
SELECT 1
"""
DROP_EMPTY_ORDERS = "DELETE FROM members_order WHERE id = ANY(%s::bigint[])"

DROP_RETURNS = """
WITH named AS (
    SELECT r.id, r.account_id FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
    JOIN members_return r USING (channel_id, external_id)
    ORDER BY r.channel_id, r.external_id FOR UPDATE OF r
), lines AS (DELETE FROM members_returnline l USING named n WHERE l.returned_id = n.id)
SELECT id, account_id FROM named
"""
DROP_EMPTY_RETURNS = "DELETE FROM members_return WHERE id = ANY(%s::bigint[])"

DROP_REVIEWS = """
DELETE FROM members_review r USING unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
WHERE r.channel_id = k.channel_id AND r.external_id = k.external_id
RETURNING r.id, r.account_id
"""

RELEASE_ORDERS = """
UPDATE members_order SET account_id = NULL WHERE account_id = ANY(%s::bigint[])
RETURNING id, account_id, organization_id
"""
RELEASE = "UPDATE {table} SET account_id = NULL WHERE account_id = ANY(%s::bigint[])"
RELEASE_EVENTS = f"{RELEASE} AND account_key <> ''".format(table="members_event")

UNVISIT = "DELETE FROM members_membership WHERE account_id = ANY(%s::bigint[])"

RETIRE = """
WITH gone AS (
    UPDATE members_account SET member_id = minted_id
    WHERE id = ANY(%s::bigint[]) AND emptied_at IS NOT NULL RETURNING minted_id
)
UPDATE members_member m SET retired_at = %s FROM gone WHERE m.id = gone.minted_id AND m.retired_at IS NULL
"""

FORGOTTEN = """
SELECT a.id FROM members_account a WHERE a.emptied_at IS NOT NULL AND (
    EXISTS (SELECT FROM members_order o WHERE o.account_id = a.id)
    OR EXISTS (SELECT FROM members_return r WHERE r.account_id = a.id)
    OR EXISTS (SELECT FROM members_review r WHERE r.account_id = a.id)
    OR EXISTS (SELECT FROM members_event e WHERE e.account_id = a.id AND e.account_key <> ''))
"""


class Held(Struct):
    """A locked account and whose it is."""

    id: int
    channel: int
    external_id: str
    member: int
    minted: int


def _ids(ids) -> list[tuple[int]]:
    return [(id,) for id in sorted(ids)]


def hold(*, keys) -> list[Held]:
    """Lock the accounts of `keys` ((channel id, external id) each), also against new orders that name them."""
    return [Held(*row) for row in sets.run(LOCK_ACCOUNTS, sorted(keys), 2)] if keys else []


def empty(*, accounts, consents, now) -> None:
    """Take off `accounts` what records said of them; `consents` are those statements (account, purpose, touchpoint,
    granted, time) that were withdrawn. Visits stay: they come from orders."""
    if accounts:
        sets.run(EMPTY, _ids(accounts), 1, now)
        labels.unsay(accounts=accounts)
    if consents:
        sets.run(UNSAY, sorted(consents), 5)


def still_empty(*, accounts) -> set[int]:
    """Those of which nothing told again."""
    return {row[0] for row in sets.run(STILL_EMPTY, _ids(accounts), 1)} if accounts else set()


def drop_orders(*, orders) -> set[int]:
    """Delete orders (ids); what came after them waits for them again. The accounts that this concerns."""
    if not orders:
        return set()
    concerned = {
        row[0] for row in sets.run(AFTER, [], 0, sets.array(sorted(orders)), sets.array(sorted(orders)))
    }
    unowned = [(order, None) for order in sorted(orders)]
    concerned |= returns.follow(orders=unowned) | reviews.follow(orders=unowned)
    sets.run(DROP_ORDERS, _ids(orders), 1)
    sets.run(DROP_EMPTY_ORDERS, _ids(orders), 1)
    return concerned - {None}


def lock_orders(*, keys) -> list[tuple[int, int | None, int]]:
    """Lock orders: (order, account, organization) of each."""
    return sets.run(LOCK_ORDERS, sorted(keys), 2) if keys else []


def drop_after_sales(*, returned, reviewed) -> set[int]:
    """Delete returns and reviews by their keys; the accounts that had them."""
    rows = sets.run(DROP_RETURNS, sorted(returned), 2) if returned else []
    if rows:
        sets.run(DROP_EMPTY_RETURNS, _ids(row[0] for row in rows), 1)
    rows += sets.run(DROP_REVIEWS, sorted(reviewed), 2) if reviewed else []
    return {row[1] for row in rows} - {None}


def release(*, accounts) -> set[int]:
    """What others told of emptied `accounts` waits for them again; orders and returns that this concerns: accounts."""
    if not accounts:
        return set()
    released = [(row[0], None) for row in sets.run(RELEASE_ORDERS, _ids(accounts), 1)]
    concerned = returns.follow(orders=released) | reviews.follow(orders=released) if released else set()
    for table in ("members_return", "members_review"):
        sets.run(RELEASE.format(table=table), _ids(accounts), 1)
    sets.run(RELEASE_EVENTS, _ids(accounts), 1)
    sets.run(UNVISIT, _ids(accounts), 1)
    return concerned - {None}


def retire(*, accounts, now) -> None:
    """Give emptied accounts their own OneIDs back, and retire those: they lead nowhere until a record tells again."""
    if accounts:
        sets.run(RETIRE, _ids(accounts), 1, now)


def forgotten() -> set[int]:
    """Emptied accounts to which a concurrent transaction gave something all the same."""
    return {row[0] for row in sets.run(FORGOTTEN, [], 0)}
