"""A price list of what was sold: the house has no other one. What goods cost the house is not known, nor their brands."""

from campaigns.offers import currencies
from campaigns.offers.basket import Line
from campaigns.offers.scales import PIECE
from members import sets
from members.models import Organization

STORES, ORDERS, ARTICLES = 200, 20, 500
LATELY = """
SELECT DISTINCT ON (l.sku) l.sku, l.category, round(l.unit_price * %(units)s)::bigint
FROM unnest(%(places)s::bigint[]) AS p (id)
     CROSS JOIN LATERAL (
         SELECT o.id, o.occurred_at FROM members_order o
         WHERE o.organization_id = p.id AND o.currency = %(currency)s AND NOT o.reward
         ORDER BY o.occurred_at DESC LIMIT %(orders)s) o
     JOIN members_orderline l ON l.order_id = o.id
WHERE l.sku <> '' AND l.unit_price >= 0
ORDER BY l.sku, o.occurred_at DESC LIMIT %(articles)s
"""


def lately(*, node: Organization, currency: str) -> list[Line]:
    """Articles of the latest orders of each place at the node and below, each at its latest price before discounts. One statement."""
    places = Organization.objects.under(node).order_by("-kind", "path").values_list("pk", flat=True)[:STORES]
    rows = sets.named(
        LATELY, places=sets.array(list(places)), currency=currency, units=10 ** currencies.digits(currency),
        orders=ORDERS, articles=ARTICLES,
    )  # fmt: skip
    return [
        Line(number=number, sku=sku, category=category, quantity=PIECE, unit_price=price)
        for number, (sku, category, price) in enumerate(rows, start=1)
    ]
