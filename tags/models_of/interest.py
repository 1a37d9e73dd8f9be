"""What somebody is interested in: the category of which he looked at, and bought, the most.

A view's category is what the event says, else that of its SKU in orders (as sold last). Bought lines count ``bought`` times
a view. It counts from ``least`` views and lines on, if at least the part ``share`` of them is of that category and no other
has as many.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.window import Window
from tags.models_of import facts

CODE = "interest"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop(
    "The category with the most views plus weighted purchases, where it has its part of them; nothing below the fewest facts."
)
VIEWS = ("product_view", "category_view", "collect", "add_to_cart", "live_product_click")

SOLD_AS = """
LEFT JOIN (SELECT DISTINCT ON (l.sku) l.sku, l.category FROM members_orderline l
           WHERE l.sku <> '' AND l.category <> '' ORDER BY l.sku, l.id DESC) g ON g.sku = v.sku AND v.category = ''"""

TOLD = "coalesce(e.properties ->> 'category', '') AS category, coalesce(e.properties ->> 'sku', '') AS sku"

MOST = """
SELECT member_id, category FROM (
    SELECT member_id, category, weight, sum(facts) OVER w AS facts, sum(weight) OVER w AS total,
           lead(weight) OVER (w ORDER BY weight DESC) AS next, row_number() OVER (w ORDER BY weight DESC) AS place
    FROM (SELECT member_id, category, sum(facts) AS facts, sum(weight) AS weight FROM (
              SELECT v.member_id, coalesce(nullif(v.category, ''), g.category) AS category, count(*) AS facts,
                     count(*) AS weight
              FROM ({views}) v{sold_as} GROUP BY 1, 2
              UNION ALL
              SELECT member_id, category, count(*) * least({bought}, 1), count(*) * {bought}
              FROM ({lines}) b GROUP BY 1, 2) f
          WHERE category <> '' GROUP BY member_id, category) s
    WINDOW w AS (PARTITION BY member_id)) r
WHERE place = 1 AND facts >= {least} AND weight >= {share}::float8 * total AND weight > coalesce(next, 0)"""


@dataclass(frozen=True)
class Interest:
    """``whole``: which category an article is of is read from all orders, so it is found out for everybody at once."""

    views: tuple[str, ...] = VIEWS
    window: Window = facts.HALF_A_YEAR
    bought: int = 1
    least: int = 3
    share: float = 0.3
    whole = True

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in self.views} | {"orders"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        return build(
            MOST,
            views=facts.events(setting, names=self.views, window=self.window, columns=Sql(TOLD)),
            sold_as=Sql(SOLD_AS),
            lines=facts.lines(
                setting, window=self.window, columns=Sql("l.category"), more=Sql("l.category <> ''")
            ),
            bought=self.bought,
            least=self.least,
            share=self.share,
        )


def parse(parameters: object, place: str = "parameters") -> Interest:
    """``{"views": ["product_view"], "window": {"days": 180}, "bought": 1, "least": 3, "share": 0.3}``; all may be left
    out."""
    fields = reading.mapping(parameters, place, optional=["views", "window", "bought", "least", "share"])
    return Interest(
        views=facts.texts(fields, "views", place, default=VIEWS),
        window=window.parse(fields.get("window", {"days": 180}), reading.inside(place, "window")),
        bought=facts.number(fields, "bought", place, default=1, least=0, most=100),
        least=facts.number(fields, "least", place, default=3),
        share=facts.share(fields, "share", place, default="0.3"),
    )
