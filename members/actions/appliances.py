"""Appliances as sales and connections tell of them, by serial number. Derived: told anew for each serial number that a
record speaks of."""

import datetime as dt
from collections.abc import Collection

from django.db import connection, transaction

from members import sets
from members.actions import settling
from members.models import Event
from members.queries import appliances
from members.queries.bought_rights import Key

BATCH = 5_000
BOUND = "bind_device"

# The earliest line that tells a serial number says what the appliance is; lines of other goods are services for it.
TOLD = """
WITH asked AS MATERIALIZED (
    SELECT DISTINCT serial FROM unnest(%s::text[]) AS n (serial) WHERE serial <> ''
), lines AS MATERIALIZED (
    SELECT l.serial, l.sku, l.name, l.category, l.line, o.id AS order_id, o.account_id, o.organization_id, o.channel_id,
           o.external_id, o.occurred_at, o.status IN ('paid', 'completed') AND o.account_id IS NOT NULL AS bought,
           l.sku = first_value(l.sku) OVER same
               OR l.category <> '' AND l.category = first_value(l.category) OVER same AS itself
    FROM asked JOIN members_orderline l ON l.serial = asked.serial AND l.serial <> ''
    JOIN members_order o ON o.id = l.order_id
    WINDOW same AS (PARTITION BY l.serial ORDER BY o.occurred_at, o.channel_id, o.external_id, l.line)
), sold AS (
    SELECT DISTINCT ON (l.serial) l.* FROM lines l
    WHERE l.bought AND l.itself
      AND NOT EXISTS (SELECT FROM members_return r JOIN members_returnline rl ON rl.returned_id = r.id
                      WHERE r.order_id = l.order_id AND rl.quantity > 0
                        AND (rl.line = l.line OR rl.line IS NULL AND rl.sku = l.sku))
      AND NOT EXISTS (SELECT FROM members_return r JOIN members_order o ON o.id = r.order_id WHERE r.order_id = l.order_id
                      GROUP BY o.id HAVING sum(r.amount) > 0 AND sum(r.amount) >= o.amount - o.shipping)
    ORDER BY l.serial, l.occurred_at, l.channel_id, l.external_id, l.line
), bound AS (
    SELECT DISTINCT ON (asked.serial) asked.serial, e.account_id, e.occurred_at
    FROM asked JOIN members_event e ON e.name = 'bind_device' AND e.properties ->> 'serial' = asked.serial
    WHERE e.account_id IS NOT NULL ORDER BY asked.serial, e.occurred_at DESC, e.id DESC
), found AS (
    SELECT serial, coalesce(s.sku, '') AS sku, coalesce(s.name, '') AS name, coalesce(s.category, '') AS category,
           s.account_id, s.organization_id, s.channel_id, coalesce(s.external_id, '') AS order_key,
           s.occurred_at AS bought_at, b.account_id AS bound_account_id, b.occurred_at AS bound_at
    FROM sold s FULL JOIN bound b USING (serial)
), gone AS (
    DELETE FROM members_appliance a USING asked
    WHERE a.serial = asked.serial AND NOT EXISTS (SELECT FROM found f WHERE f.serial = a.serial)
    RETURNING a.serial
), kept AS (
    INSERT INTO members_appliance AS a (serial, sku, name, category, account_id, organization_id, channel_id, order_key,
                                        bought_at, bound_account_id, bound_at)
    SELECT * FROM found ORDER BY serial
    ON CONFLICT (serial) DO UPDATE SET
        sku = excluded.sku, name = excluded.name, category = excluded.category, account_id = excluded.account_id,
        organization_id = excluded.organization_id, channel_id = excluded.channel_id, order_key = excluded.order_key,
        bought_at = excluded.bought_at, bound_account_id = excluded.bound_account_id, bound_at = excluded.bound_at,
        tx = excluded.tx
    WHERE (a.sku, a.name, a.category, a.account_id, a.organization_id, a.channel_id, a.order_key, a.bought_at,
           a.bound_account_id, a.bound_at)
       IS DISTINCT FROM
          (excluded.sku, excluded.name, excluded.category, excluded.account_id, excluded.organization_id,
           excluded.channel_id, excluded.order_key, excluded.bought_at, excluded.bound_account_id, excluded.bound_at)
    RETURNING a.serial
)
SELECT serial FROM gone UNION ALL SELECT serial FROM kept
"""

OF_ORDERS = """
SELECT l.serial FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_order o USING (channel_id, external_id) JOIN members_orderline l ON l.order_id = o.id WHERE l.serial <> ''
"""
# By account and number: an order that was taken back or corrected no longer tells what it told.
OF_APPLIANCES = """
SELECT a.serial FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
JOIN members_appliance a USING (channel_id, order_key) WHERE a.order_key <> ''
"""

EVERY = """
SELECT serial FROM (
    (SELECT DISTINCT serial FROM members_orderline WHERE serial <> '' AND serial > %(last)s ORDER BY 1 LIMIT %(batch)s)
    UNION
    (SELECT DISTINCT properties ->> 'serial' FROM members_event
     WHERE name = 'bind_device' AND properties ->> 'serial' > %(last)s ORDER BY 1 LIMIT %(batch)s)
    UNION
    (SELECT serial FROM members_appliance WHERE serial > %(last)s ORDER BY 1 LIMIT %(batch)s)
) told ORDER BY serial LIMIT %(batch)s
"""


def told(*, told: Collection[Event], orders: Collection[Key], accounts: Collection[int]) -> set[str]:
    """The serial numbers that events (with ``serial``), these orders and accounts that came or went speak of."""
    found = {each.serial for each in told if each.name == BOUND and each.serial}
    if orders:
        found |= {row[0] for row in sets.run(OF_ORDERS, sorted(orders), 2)}
        found |= {row[0] for row in sets.run(OF_APPLIANCES, sorted(orders), 2)}
    return found | (appliances.serials_of(accounts=accounts) if accounts else set())


@transaction.atomic
def settle(*, serials: Collection[str], now: dt.datetime) -> int:
    """Tell anew what these appliances are, who bought and who connected them; how many that changed."""
    if not serials:
        return 0
    settling.alone()
    return len(sets.run(TOLD, [], 0, sorted(serials)))


def rebuild(*, now: dt.datetime) -> int:
    """Tell every appliance anew; how many serial numbers were looked at."""
    last, looked = "", 0
    while serials := _behind(last):
        settle(serials=serials, now=now)
        last, looked = serials[-1], looked + len(serials)
    return looked


def _behind(last: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(EVERY, {"last": last, "batch": BATCH})
        return [row[0] for row in cursor.fetchall()]
