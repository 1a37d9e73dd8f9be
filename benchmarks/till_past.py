"""Past sales of the tills by SQL, any number: sale, order with two lines and a payment, use of an offer, event, operation, proof.

What tills wrote as text (baskets, quotes) is short here: only how many rows there are is measured.
"""

import datetime as dt

from benchmarks import fixtures

SALES = """
CREATE TEMP TABLE sold ON COMMIT DROP AS
SELECT b.sale + i AS sale, b.placed + i AS placed, 'past-' || i AS number, stores.ids[1 + i %% cardinality(stores.ids)] AS store,
       CASE WHEN i %% 5 < 3 THEN 1 + i * 7919 %% %(members)s END AS account, (100 + i * 7919 %% 49900) / 100.0 AS total,
       %(until)s::timestamptz - (%(last)s - i) * interval '6 seconds' AS at
FROM generate_series(%(first)s::bigint, %(last)s) i,
     (SELECT array_agg(id ORDER BY id) AS ids FROM members_organization WHERE kind = 'store') stores,
     (SELECT coalesce((SELECT max(id) FROM campaigns_tillorder), 0) - %(first)s + 1 AS sale,
             coalesce((SELECT max(id) FROM members_order), 0) - %(first)s + 1 AS placed) b
"""
TOLD = """
INSERT INTO campaigns_tillorder (id, number, revision, state, asked, basket, quote, paid, payments, rules, currency, total, cashier,
    opened_at, changed_at, held_at, held_until, committed_at, account_id, channel_id, order_id, rule_set_id, store_id)
SELECT sale, number, 1, 'committed', '{}', '{}', '{}', '[]', '[]', 1, 'CNY', total, '', at, at, at, at + interval '1 minute', at, account,
       %(channel)s, placed, %(rules)s, store
FROM sold
"""
ORDERS = """
INSERT INTO members_order (id, channel_id, external_id, account_id, organization_id, occurred_at, status, currency, amount, version_at,
                           version_digest, reward)
SELECT placed, %(channel)s, number, account, store, at, 'paid', 'CNY', total, at, '00000000-0000-0000-0000-000000000000', false FROM sold
"""
LINES = """
INSERT INTO members_orderline (order_id, line, sku, category, quantity, unit_price, amount)
SELECT placed, n, 'sku-' || placed %% 1200, 'category-' || placed %% 120, 1, total / 2, total / 2 FROM sold, generate_series(1, 2) n
"""
PAYMENTS = """
INSERT INTO members_orderpayment (order_id, position, method, amount) SELECT placed, 1, 'cash', total FROM sold
"""
USES = """
INSERT INTO campaigns_offeruse (sale_id, offer, activity, version, account_id, times, discount, counted, day, at)
SELECT sale, 'A' || sale %% 10 * 20 || '-' || 1 + sale %% 20, 'A' || sale %% 10 * 20, 1, account, 1, 500, '', at::date, at FROM sold
"""
EVENTS = """
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT account, %(channel)s, store, 'order.paid', at, jsonb_build_object('order', number, 'status', 'paid', 'amount', total::text)
FROM sold
"""
OPERATIONS = """
INSERT INTO campaigns_tilloperation (caller, node, key, verb, number, digest, status, answer, at)
SELECT 'pos', '/1/', number, 'commit', number, '00000000-0000-0000-0000-000000000000', 200, '{}', at FROM sold
"""
PROOFS = """
INSERT INTO campaigns_priceproof (sale_id, store_id, day, number, rules_id, inputs, answer, digest, hash)
SELECT sale, store, at::date, sale, %(rules)s,
       sha256(int8send(sale)), sha256(int8send(sale)), sha256(int8send(sale)), sha256(int8send(-sale))
FROM sold
"""
RULES = """
INSERT INTO campaigns_ruleset (digest, content, at) VALUES (sha256('past'), '{}', %s) RETURNING id
"""
BLOCK = 1_000_000


def sales(*, first: int, last: int, members: int, channel: int, until: dt.datetime) -> None:
    """Those of the numbers from ``first`` to ``last``, one each six seconds up to ``until``; three of five by members."""
    for begin in range(first, last + 1, BLOCK):
        with fixtures.filling() as cursor:
            cursor.execute(RULES, [until])
            told = {
                "first": begin, "last": min(last, begin + BLOCK - 1), "members": members, "channel": channel,
                "until": until - dt.timedelta(seconds=6 * (last - min(last, begin + BLOCK - 1))), "rules": cursor.fetchone()[0],
            }  # fmt: skip
            for statement in (SALES, TOLD, ORDERS, LINES, PAYMENTS, USES, EVENTS, OPERATIONS, PROOFS):
                cursor.execute(statement, told)
            fixtures.restart(cursor, "campaigns_tillorder", "members_order")
    fixtures.settle()
