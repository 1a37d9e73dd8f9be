"""What the house spends on its customers: discounts on what they bought (coupons among them), and points it gave.

Discounts are those that orders and their lines tell, of orders that count as purchases. Points count when they were earned,
less those taken back with an order, at what a unit of the book is worth; books without a worth cost nothing here. Messages,
gifts and people who serve are not counted: the house does not record what they cost.
"""

from tags.conditions import moments
from tags.conditions.purchases import BOUGHT
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build

SPENT = """
SELECT a.member_id, sum(x.discounts) AS discounts, sum(x.points) AS points
FROM (SELECT o.account_id, o.discount + coalesce(l.discount, 0) AS discounts, 0::numeric AS points
      FROM members_order o
      LEFT JOIN LATERAL (SELECT sum(l.discount) AS discount FROM members_orderline l WHERE l.order_id = o.id) l ON TRUE
      WHERE o.account_id IS NOT NULL AND NOT o.reward AND o.status = ANY({statuses}) AND o.occurred_at >= {since}
        AND o.occurred_at <= {as_of}{sold}
      UNION ALL
      SELECT p.account_id, 0, p.amount * b.worth / 10::numeric ^ b.scale
      FROM members_posting p JOIN members_book b ON b.id = p.book_id
      LEFT JOIN members_posting c ON c.id = p.corrects_id
      WHERE p.account_id IS NOT NULL AND (p.verb = 'earn' OR p.verb = 'reverse' AND c.verb = 'earn')
        AND p.occurred_at >= {since}
        AND p.occurred_at <= {as_of} AND b.kind = 'points' AND b.worth IS NOT NULL{owned}) x
JOIN members_account a ON a.id = x.account_id AND a.emptied_at IS NULL
GROUP BY a.member_id"""


def of(setting: Setting, *, days: int) -> Sql:
    """SELECT member_id, discounts, points (both in money) of the last so many days."""
    since = moments.start_of(moments.day_of(setting.as_of) - days * moments.DAY)
    return build(
        SPENT,
        statuses=list(BOUGHT),
        since=since,
        as_of=setting.as_of,
        sold=also([setting.sold_here(Sql("o.organization_id"))]),
        owned=also([setting.sold_here(Sql("b.organization_id"))]),
    )
