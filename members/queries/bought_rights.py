"""Which rights the goods of orders bring, and which have been granted for them, by channel and order number."""

import datetime as dt
from collections.abc import Collection

from msgspec import Struct

from members import sets

PIECES = 100  # of one line that bring a right each: more is a wholesale

# A piece brings its uses once, to whomever it goes and comes back: of what stands for it, a grant answers that stands, or
# that a person revoked, or that has exactly the uses that are left. What another order told of the same appliance, which was
# not given back there, is the same sale told twice: its uses count as well. So do the account's own where it was cancelled.
# Full joins on purpose: whatever the planner guesses of these sets, they are never compared row by row.
# Only lines of goods that rules speak of, lines that have brought something and lines with a serial number are looked at.
# Of lines that tell one serial number, the earliest one is the appliance; those of other goods are done for it, and bring
# their rights as often as they are bought. Of several sales of the appliance itself, the earliest that stands counts.
DIFFERENCES = """
WITH asked AS MATERIALIZED (
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
), lines AS MATERIALIZED (
    SELECT o.channel_id, o.external_id AS order_key, l.* FROM asked k
    CROSS JOIN LATERAL (
        SELECT * FROM members_order o WHERE o.channel_id = k.channel_id AND o.external_id = k.order_key OFFSET 0
    ) o CROSS JOIN LATERAL (
        SELECT l.id, l.line, l.sku, l.category, l.serial FROM members_orderline l WHERE l.order_id = o.id OFFSET 0
    ) l
), brought AS MATERIALIZED (
    SELECT g.* FROM asked k CROSS JOIN LATERAL (
        SELECT g.id, g.channel_id, g.order_key, g.serial, split_part(g.source_key, ':', 2)::bigint AS line
        FROM members_rightgrant g
        WHERE g.channel_id = k.channel_id AND g.order_key = k.order_key AND g.order_key <> '' AND g.source = 'order' OFFSET 0
    ) g
), serials AS MATERIALIZED (
    SELECT serial FROM lines WHERE serial <> '' UNION SELECT serial FROM brought WHERE serial <> ''
), chosen AS MATERIALIZED (
    SELECT id FROM lines
    WHERE sku IN (SELECT unnest(skus) FROM members_rightrule WHERE goods_id IS NOT NULL)
       OR category IN (SELECT unnest(categories) FROM members_rightrule WHERE goods_id IS NOT NULL)
       OR (channel_id, order_key, line) IN (SELECT channel_id, order_key, line FROM brought)
    UNION
    SELECT l.id FROM serials s JOIN members_orderline l ON l.serial = s.serial AND l.serial <> ''
), told AS MATERIALIZED (
    SELECT l.line, l.sku, l.category, o.channel_id, o.external_id AS order_key, o.account_id, o.occurred_at,
           o.organization_id, node.path, o.status IN ('paid', 'completed') AND NOT o.reward AS bought,
           CASE WHEN l.serial <> '' AND (l.sku = first_value(l.sku) OVER same
                     OR l.category <> '' AND l.category = first_value(l.category) OVER same)
                THEN l.serial ELSE '' END AS serial,
           CASE WHEN back.amount > 0 AND back.amount >= o.amount - o.shipping THEN 0
                ELSE least(floor(l.quantity - named.quantity - greatest(0, unnamed.quantity - before.quantity)),
                           CASE l.serial WHEN '' THEN %s ELSE 1 END) END AS kept
    FROM chosen JOIN members_orderline l USING (id) JOIN members_order o ON o.id = l.order_id
    JOIN members_organization node ON node.id = o.organization_id
    CROSS JOIN LATERAL (SELECT sum(r.amount) AS amount FROM members_return r WHERE r.order_id = o.id) back
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(rl.quantity), 0) AS quantity
        FROM members_return r JOIN members_returnline rl ON rl.returned_id = r.id
        WHERE r.order_id = o.id AND rl.line = l.line
    ) named
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(rl.quantity), 0) AS quantity
        FROM members_return r JOIN members_returnline rl ON rl.returned_id = r.id
        WHERE r.order_id = o.id AND rl.line IS NULL AND rl.sku = l.sku
    ) unnamed
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(x.quantity), 0) AS quantity FROM members_orderline x
        WHERE x.order_id = l.order_id AND x.sku = l.sku AND x.line < l.line
    ) before
    WINDOW same AS (PARTITION BY l.serial ORDER BY o.occurred_at, o.channel_id, o.external_id, l.line)
), standing AS MATERIALIZED (
    SELECT g.id, g.right_id, g.channel_id, g.order_key, g.account_id, g.serial, g.quantity, g.used, g.revoked_at,
           g.reason, split_part(g.source_key, ':', 2)::bigint AS line, split_part(g.source_key, ':', 3)::int AS piece
    FROM members_rightgrant g WHERE g.id IN (
        SELECT id FROM brought
        UNION ALL
        SELECT g.id FROM serials s JOIN members_rightgrant g ON g.serial = s.serial AND g.serial <> ''
        UNION ALL
        SELECT g.id FROM told t JOIN members_rightgrant g USING (channel_id, order_key)
        WHERE g.order_key <> '' AND split_part(g.source_key, ':', 2)::bigint = t.line
    ) AND g.source = 'order'
), due AS (
    SELECT t.*, piece, r.rule_id, r.right_id, r.uses,
           row_number() OVER (PARTITION BY r.right_id, t.serial ORDER BY t.occurred_at, t.channel_id, t.order_key, t.line)
               AS place
    FROM told t
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (r.right_id) r.id AS rule_id, r.right_id, r.quantity AS uses
        FROM members_rightrule r JOIN members_right x ON x.id = r.right_id
        JOIN members_organization at ON at.id = x.organization_id
        WHERE r.goods_id IS NOT NULL
          AND (t.sku = ANY(r.skus) OR t.category <> '' AND t.category = ANY(r.categories))
          AND r.starts_at <= t.occurred_at AND (r.ends_at IS NULL OR r.ends_at > t.occurred_at)
          AND x.active_from <= t.occurred_at AND (x.active_to IS NULL OR x.active_to > t.occurred_at)
          AND t.path LIKE at.path || '%%'
        ORDER BY r.right_id, r.starts_at, r.id
    ) r
    CROSS JOIN generate_series(1, t.kept::int) AS piece
    WHERE t.account_id IS NOT NULL AND t.bought
), wanted AS (
    SELECT * FROM due WHERE serial = '' OR place = 1
), uses AS (
    SELECT right_id, channel_id, order_key, line, piece, sum(used) AS used FROM standing WHERE used > 0 GROUP BY 1, 2, 3, 4, 5
), told_twice AS (
    SELECT s.right_id, s.serial, s.channel_id, s.order_key, sum(s.used) AS used
    FROM standing s JOIN told t USING (channel_id, order_key, line, serial)
    WHERE s.used > 0 AND s.serial <> '' AND t.bought AND t.kept >= 1 GROUP BY 1, 2, 3, 4
), undone AS (
    SELECT s.right_id, s.serial, s.account_id, sum(s.used) AS used
    FROM standing s LEFT JOIN told t USING (channel_id, order_key, line)
    WHERE s.used > 0 AND s.serial <> '' AND t.bought IS NOT TRUE GROUP BY 1, 2, 3
), open AS (
    SELECT w.*, w.uses - coalesce(u.used, 0) - coalesce(x.used, 0) + coalesce(own.used, 0) - coalesce(n.used, 0) AS left_over
    FROM wanted w LEFT JOIN uses u USING (right_id, channel_id, order_key, line, piece)
    LEFT JOIN (SELECT right_id, serial, sum(used) AS used FROM told_twice GROUP BY 1, 2) x USING (right_id, serial)
    LEFT JOIN told_twice own USING (right_id, serial, channel_id, order_key)
    LEFT JOIN undone n USING (right_id, serial, account_id)
), compared AS (
    SELECT s.id, s.revoked_at, s.reason, d.rule_id IS NOT NULL AS due, d.rule_id, d.occurred_at, d.organization_id,
           d.left_over, right_id, channel_id, order_key, line, piece, account_id, serial,
           CASE WHEN s.id IS NULL THEN 0 WHEN s.revoked_at IS NULL THEN 3 WHEN s.reason <> ALL(%s) THEN 2
                WHEN d.left_over = s.quantity - s.used THEN 1 ELSE 0 END AS answers,
           count(s.id) OVER (PARTITION BY right_id, channel_id, order_key, line, piece, account_id) AS times
    FROM open d FULL JOIN standing s USING (right_id, channel_id, order_key, line, piece, account_id, serial)
), answered AS (
    SELECT CASE WHEN answers > 0 THEN id END AS id, CASE WHEN answers > 0 THEN revoked_at END AS revoked_at, reason, due,
           rule_id, occurred_at, organization_id, left_over, right_id, channel_id, order_key, line, piece, account_id, serial,
           times, row_number() OVER (PARTITION BY right_id, channel_id, order_key, line, piece, account_id, serial
                                     ORDER BY answers DESC, id DESC) AS place
    FROM compared
)
SELECT c.id, c.right_id, c.due, c.channel_id, c.order_key, c.line, c.piece, c.account_id, c.serial, c.rule_id,
       c.occurred_at, coalesce(c.organization_id, o.organization_id), c.left_over, c.times,
       CASE WHEN o.id IS NULL OR o.status NOT IN ('paid', 'completed') OR o.reward THEN 'cancelled'
            WHEN o.account_id IS DISTINCT FROM c.account_id THEN 'moved'
            WHEN c.kept < c.piece THEN 'returned' ELSE 'corrected' END
FROM (
    SELECT a.*, t.kept FROM (
        SELECT * FROM answered WHERE place = 1 AND (
            due AND id IS NULL OR NOT due AND id IS NOT NULL AND revoked_at IS NULL
            OR due AND revoked_at IS NOT NULL AND reason = ANY(%s))
    ) a FULL JOIN told t USING (channel_id, order_key, line)
    WHERE coalesce(a.right_id, 0) <> 0
) c
LEFT JOIN members_order o ON NOT c.due AND o.channel_id = c.channel_id AND o.external_id = c.order_key
ORDER BY c.channel_id, c.order_key, c.line, c.piece, c.right_id, c.id
"""

ORDERS_OF = """
SELECT DISTINCT channel_id, order_key FROM members_rightgrant WHERE account_id = ANY(%s::bigint[]) AND order_key <> ''
"""

BY_ITSELF = ("returned", "cancelled", "moved", "corrected")  # reasons that no person gave

Key = tuple[int, str]  # channel, order number


class Difference(Struct):
    """A right that a piece of goods brings and that is not granted (``grant`` None), or that was granted and is due again,
    or no longer (not ``due``: then ``reason`` says why). ``uses``: how often it can be used, less earlier uses."""

    grant: int | None
    right: int
    due: bool
    channel: int
    order_key: str
    line: int
    piece: int
    account: int
    serial: str
    rule: int | None
    occurred_at: dt.datetime | None
    organization: int | None
    uses: int | None
    times: int
    reason: str

    def key(self) -> str:
        return f"{self.channel}:{self.line}:{self.piece}:{self.account}:{self.times}:{self.order_key}"


def differences(*, keys: Collection[Key]) -> list[Difference]:
    """What these orders bring and was not granted, and what was granted and they no longer bring."""
    rows = sets.run(DIFFERENCES, sorted(keys), 2, PIECES, *[list(BY_ITSELF)] * 2)
    return [Difference(*row) for row in rows if not (row[0] is None and row[12] <= 0)]


def orders_of(*, accounts: Collection[int]) -> set[Key]:
    """The orders for which these accounts were granted rights."""
    return set(sets.run(ORDERS_OF, [], 0, sets.array(accounts))) if accounts else set()
