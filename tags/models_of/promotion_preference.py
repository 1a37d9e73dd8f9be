"""Which form of promotion somebody answers to: full reduction, coupon, price off, points, gift.

What an order says itself goes first: ``attribution.promotions``, a list of forms. Of others it is read from the sale: a
coupon was used; a discount on the whole order is a full reduction (满减), one on lines is a price off (直降); points paid
for a part. It counts from ``least`` orders with a promotion on, if at least the part ``share`` of them used that form and
no other form was used as often.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.window import Window
from tags.models_of import facts

CODE = "promotion_preference"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = (
    ("gift", gettext_noop("Gift"), "赠品"),
    ("points", gettext_noop("Points"), "积分抵扣"),
    ("price_off", gettext_noop("Price off"), "直降"),
    ("coupon", gettext_noop("Coupon"), "优惠券"),
    ("full_reduction", gettext_noop("Full reduction"), "满减"),
)
FORMS = tuple(code for code, _english, _chinese in VALUES)
FORMULA = gettext_noop(
    "The form of promotion that most orders with a promotion used, where it has its part of them; nothing below the fewest orders."
)

USED = """
o.id, CASE WHEN jsonb_typeof(o.attribution -> 'promotions') = 'array' THEN o.attribution -> 'promotions'
ELSE to_jsonb(array_remove(ARRAY[
    CASE WHEN jsonb_typeof(o.coupons) = 'array' AND o.coupons <> '[]' THEN 'coupon'
         WHEN o.discount > 0 THEN 'full_reduction' END,
    CASE WHEN EXISTS (SELECT FROM members_orderline l WHERE l.order_id = o.id AND l.discount > 0) THEN 'price_off' END,
    CASE WHEN EXISTS (SELECT FROM members_orderpayment p WHERE p.order_id = o.id AND p.method = ANY({points})) THEN 'points' END
], NULL)) END AS used"""

MOST = """
WITH used AS MATERIALIZED (
    SELECT f.member_id, f.id, u.form FROM ({orders}) f CROSS JOIN LATERAL jsonb_array_elements_text(f.used) u (form)
    WHERE u.form = ANY({forms})
)
SELECT member_id, form FROM (
    SELECT member_id, form, orders, total, lead(orders) OVER (w ORDER BY orders DESC) AS next,
           row_number() OVER (w ORDER BY orders DESC) AS place
    FROM (SELECT member_id, form, count(DISTINCT id) AS orders FROM used GROUP BY 1, 2) s
    JOIN (SELECT member_id, count(DISTINCT id) AS total FROM used GROUP BY 1) t USING (member_id)
    WINDOW w AS (PARTITION BY member_id)) r
WHERE place = 1 AND total >= {least} AND orders >= {share}::float8 * total AND orders > coalesce(next, 0)"""


@dataclass(frozen=True)
class PromotionPreference:
    """``points``: payment methods that are points."""

    window: Window = facts.YEAR
    least: int = 3
    share: float = 0.5
    points: tuple[str, ...] = ("points", "积分")

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        return build(
            MOST,
            orders=facts.orders(setting, window=self.window, columns=build(USED, points=list(self.points))),
            forms=list(FORMS),
            least=self.least,
            share=self.share,
        )


def parse(parameters: object, place: str = "parameters") -> PromotionPreference:
    """``{"window": {"days": 365}, "least": 3, "share": 0.5, "points": ["points"]}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["window", "least", "share", "points"])
    return PromotionPreference(
        window=window.parse(fields.get("window", {"days": 365}), reading.inside(place, "window")),
        least=facts.number(fields, "least", place, default=3),
        share=facts.share(fields, "share", place, default="0.5"),
        points=facts.texts(fields, "points", place, default=("points", "积分")),
    )
