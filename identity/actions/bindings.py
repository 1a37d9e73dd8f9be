"""Identifiers, and which account carries them: its own, and those that its orders name."""

from identity.actions import derived
from members import sets
from members.actions.versions import Raced

KNOWN = """
SELECT i.id, i.kind_id, i.namespace, i.value
FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (kind_id, namespace, value)
JOIN identity_identifier i USING (kind_id, namespace, value)
"""

CREATE = """
INSERT INTO identity_identifier (kind_id, namespace, value)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (kind_id, namespace, value)
ORDER BY value, kind_id, namespace
ON CONFLICT (value, kind_id, namespace) DO NOTHING
RETURNING id, kind_id, namespace, value
"""

# The accounts for which something began, or began earlier, or was done by the customer; that it was seen again makes
# another person only where it expires.
HOLD = """
WITH told AS (
    SELECT account_id, identifier_id, role, min(first_at) AS first_at, max(last_at) AS last_at, max(act) AS act
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[])
         AS n (account_id, identifier_id, role, first_at, last_at, act)
    GROUP BY 1, 2, 3
), held AS (
    INSERT INTO identity_binding AS b (account_id, identifier_id, role, first_at, last_at, orders, act)
    SELECT account_id, identifier_id, role, first_at, last_at, 0, act FROM told
    ORDER BY identifier_id, account_id, role
    ON CONFLICT (identifier_id, account_id, role, source_id) DO UPDATE
        SET first_at = least(b.first_at, excluded.first_at), last_at = greatest(b.last_at, excluded.last_at),
            act = greatest(b.act, excluded.act)
        WHERE excluded.first_at < b.first_at OR excluded.last_at > b.last_at OR excluded.act > b.act
    RETURNING account_id, identifier_id, role, first_at, act
)
SELECT DISTINCT account_id FROM held JOIN told USING (account_id, identifier_id, role)
WHERE held.first_at = told.first_at OR told.act <> '' OR EXISTS (
    SELECT FROM identity_identifier i JOIN identity_identifierkind k ON k.code = i.kind_id
    WHERE i.id = held.identifier_id AND k.validity_days IS NOT NULL
)
"""

CONTACTS = "identity_ordercontact (order_id, identifier_id, role, name)"

CLEAR_CONTACTS = """
DELETE FROM identity_ordercontact WHERE order_id = ANY (%s::bigint[]) RETURNING order_id, identifier_id, role
"""

# Orders that were nobody's before: their contacts are added to what the accounts already carry. The accounts for
# which that may say who they are: not a receiver's contact, nor one that the account holds anyway.
ADD = """
WITH added AS (
    INSERT INTO identity_binding AS b (account_id, identifier_id, role, first_at, last_at, orders)
    SELECT o.account_id, c.identifier_id, c.role, min(o.occurred_at), max(o.occurred_at), count(*)
    FROM unnest(%s::bigint[]) AS n (order_id)
    JOIN members_order o ON o.id = n.order_id JOIN identity_ordercontact c ON c.order_id = o.id
    WHERE o.account_id IS NOT NULL
    GROUP BY 1, 2, 3
    ORDER BY 2, 1, 3
    ON CONFLICT (identifier_id, account_id, role, source_id) DO UPDATE
        SET first_at = least(b.first_at, excluded.first_at), last_at = greatest(b.last_at, excluded.last_at),
            orders = b.orders + excluded.orders
    RETURNING account_id, identifier_id, role
)
SELECT DISTINCT account_id, identifier_id, role = 'buyer' OR (role = 'contact' AND NOT EXISTS (
    SELECT FROM identity_binding own
    WHERE own.account_id = added.account_id AND own.identifier_id = added.identifier_id
      AND own.role IN ('holder', 'buyer')
)) AS tells
FROM added
"""

# Orders that changed hands, time or contacts: what they touched is counted again from the orders themselves.
RECOUNT = """
WITH pairs AS (
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n (account_id, identifier_id, role)
), counted AS (
    SELECT p.account_id, p.identifier_id, p.role, min(o.occurred_at) AS first_at, max(o.occurred_at) AS last_at,
           count(*) AS orders
    FROM pairs p JOIN members_order o ON o.account_id = p.account_id
         JOIN identity_ordercontact c ON c.order_id = o.id AND c.identifier_id = p.identifier_id AND c.role = p.role
    GROUP BY 1, 2, 3
), gone AS (
    DELETE FROM identity_binding b USING pairs p
    WHERE b.account_id = p.account_id AND b.identifier_id = p.identifier_id AND b.role = p.role
      AND b.source_id IS NULL AND NOT EXISTS (SELECT FROM counted c WHERE c.account_id = p.account_id
                      AND c.identifier_id = p.identifier_id AND c.role = p.role)
)
INSERT INTO identity_binding AS b (account_id, identifier_id, role, first_at, last_at, orders)
SELECT account_id, identifier_id, role, first_at, last_at, orders FROM counted
ORDER BY identifier_id, account_id, role
ON CONFLICT (identifier_id, account_id, role, source_id) DO UPDATE
    SET first_at = excluded.first_at, last_at = excluded.last_at, orders = excluded.orders
"""

CONTACTS_OF = (
    "SELECT order_id, identifier_id, role FROM identity_ordercontact WHERE order_id = ANY (%s::bigint[])"
)


def identify(*, keys) -> dict:
    """{(kind, namespace, value): id}; those not seen before are made. Raises Raced."""
    if not keys:
        return {}
    known = {row[1:]: row[0] for row in sets.run(KNOWN, sorted(keys), 3, planned_once=True)}
    new = sorted(keys - known.keys())
    if new:
        made = sets.run(CREATE, new, 3)
        if len(made) < len(new):
            raise Raced
        known.update((row[1:], row[0]) for row in made)
    return known


def hold(*, rows) -> set[int]:
    """Bind identifiers to accounts (account, identifier, role, first, last, act or ""); the accounts that changed."""
    if not rows:
        return set()
    changed = {row[0] for row in sets.run(HOLD, rows, 6, planned_once=True)}
    derived.follow(pairs=[row[:2] for row in rows])
    return changed


def clear_contacts(*, orders) -> list[tuple]:
    """Take the contacts off orders whose version no longer rules; (order, identifier, role) of each."""
    return sets.run(CLEAR_CONTACTS, [(id,) for id in orders], 1) if orders else []


def contacts_of(*, orders) -> list[tuple]:
    return sets.run(CONTACTS_OF, [(id,) for id in orders], 1) if orders else []


def name_contacts(*, rows) -> None:
    """Write what orders name: rows (order, identifier, role, name given), each at most once."""
    if rows:
        sets.copy(CONTACTS, rows)


def add_orders(*, orders) -> set[int]:
    """Count orders that had no account until now into the bindings of their accounts; the accounts."""
    if not orders:
        return set()
    added = sets.run(ADD, [(id,) for id in orders], 1)
    derived.follow(pairs=[row[:2] for row in added])
    return {account for account, _identifier, tells in added if tells}


def recount(*, pairs) -> set[int]:
    """Derive bindings (account, identifier, role) anew from all orders of the account; the accounts.

    Only roles of orders: an identifier that an account holds itself is not a matter of orders.
    """
    pairs = sorted({pair for pair in pairs if pair[0] is not None})
    if pairs:
        sets.run(RECOUNT, pairs, 3)
        # The first counting waited for whoever was adding to the same bindings; the second sees what they added.
        sets.run(RECOUNT, pairs, 3)
        derived.follow(pairs=[pair[:2] for pair in pairs])
    return {pair[0] for pair in pairs}


def carried(*, accounts) -> set[int]:
    """The identifiers that accounts carry, whether these link now or not."""
    query = "SELECT DISTINCT identifier_id FROM identity_binding WHERE account_id = ANY (%s::bigint[])"
    return {row[0] for row in sets.run(query, [(id,) for id in sorted(accounts)], 1)} if accounts else set()
