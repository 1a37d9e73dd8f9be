"""What is told of coupons to the event log: one statement for any number of them. A guest's is nobody's event."""

import datetime as dt
import json
from collections.abc import Collection

from members import sets

TELL = """
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT a.id, coalesce(c.channel_id, c.claim_channel_id, a.channel_id), coalesce(c.organization_id, t.organization_id), %s, %s,
       jsonb_strip_nulls(jsonb_build_object('coupon', c.code, 'template', t.code, 'order', nullif(c.order_key, '')))
       || %s::jsonb
FROM campaigns_coupon c JOIN campaigns_coupontemplate t ON t.id = c.template_id
JOIN members_account a ON a.id = c.account_id
WHERE c.id = ANY(%s::bigint[]) ORDER BY c.id
"""


def tell(*, name: str, coupons: Collection[int], now: dt.datetime, **more) -> None:
    """As they stand now, after the change."""
    if coupons:
        sets.run(TELL, [], 0, name, now, json.dumps(more), sets.array(sorted(coupons)))
