"""What is in somebody's cart: each SKU put in within the window, and since then neither taken out nor paid for.

Paid is an order with that SKU, by any account of the person, at the time of putting in or later. A SKU that nobody knows
the name of is said as it came.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.purchases import BOUGHT
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.window import Window
from tags.models_of import facts

CODE = "in_cart"
VERSION = "1"
SHAPE = "several"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop("SKUs put into the cart within the window, and neither taken out nor paid for since.")
MONTH = Window(days=30)
PUT, OUT = "add_to_cart", "remove_from_cart"

LEFT_IN = """
SELECT c.member_id, c.sku FROM (
    SELECT member_id, sku, max(at) FILTER (WHERE name = 'add_to_cart') AS put_at,
           max(at) FILTER (WHERE name = 'remove_from_cart') AS out_at
    FROM ({moves}) m WHERE sku <> '' AND length(sku) <= 100 GROUP BY 1, 2) c
WHERE c.put_at > coalesce(c.out_at, '-infinity') AND NOT EXISTS (
    SELECT FROM members_account a JOIN members_order o ON o.account_id = a.id JOIN members_orderline l ON l.order_id = o.id
    WHERE a.member_id = c.member_id AND o.status = ANY({bought}) AND o.occurred_at >= c.put_at
      AND o.occurred_at <= {as_of} AND l.sku = c.sku)"""


@dataclass(frozen=True)
class InCart:
    window: Window = MONTH

    def signals(self) -> set[str]:
        return {f"event.{PUT}", "orders"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        moves = facts.events(
            setting,
            names=(PUT, OUT),
            window=self.window,
            columns=Sql("e.name, e.properties ->> 'sku' AS sku, e.occurred_at AS at"),
        )
        return build(LEFT_IN, moves=moves, bought=list(BOUGHT), as_of=setting.as_of)


def parse(parameters: object, place: str = "parameters") -> InCart:
    """``{"window": {"days": 30}}``; it may be left out."""
    fields = reading.mapping(parameters, place, optional=["window"])
    return InCart(window.parse(fields.get("window", {"days": 30}), reading.inside(place, "window")))
