"""Satisfaction of one member as a number from 0 to 100: what he says, what he gives back, whether he stays in touch.

    satisfaction = Σ weight · part / Σ weight, over the parts that are known

- reviews (35): the mean of his stars, (stars − 1) / 4 · 100;
- tickets (30): the mean of his ratings of installations, repairs and care, likewise;
- returns (20): 100 − the share of his orders with a return, in per cent;
- engagement (15): interactions of 90 days, full at 20.

Reviews, tickets, orders and returns count for 365 days. Who has said nothing (no review, no rating) and bought less than
three times has no value: that would be a guess. An additive index with the house's own weights, after the two sides of
satisfaction in Hirschman, "Exit, Voice, and Loyalty" (1970): what customers say, and what they do.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.window import Window
from tags.models_of import everyone, interactions

CODE = "satisfaction"
VERSION = "1"
SHAPE = "number"
SORT = "score"
VALUES = ()
FORMULA = gettext_noop(
    "35 · stars of reviews + 30 · ratings of tickets + 20 · orders without a return + 15 · interactions of 90 days (full at 20),"
    " each from 0 to 100, over the weights of what is known. Nothing said and fewer than 3 orders: no value. After Hirschman 1970."
)
PARTS = ("reviews", "tickets", "returns", "engagement")
WEIGHTS = (Decimal(35), Decimal(30), Decimal(20), Decimal(15))
YEAR, SEASON = Window(days=365), 90
FULL, FEWEST = 20, 3

REVIEWS = """
SELECT a.member_id, avg(r.rating) AS stars FROM members_review r
JOIN members_account a ON a.id = r.account_id AND a.emptied_at IS NULL
LEFT JOIN members_order o ON o.id = r.order_id
WHERE r.rating IS NOT NULL{terms} GROUP BY 1"""
TICKETS = """
SELECT a.member_id, avg(t.rating) AS stars FROM members_ticket t
JOIN members_account a ON a.id = t.account_id AND a.emptied_at IS NULL
WHERE t.rating IS NOT NULL{terms} GROUP BY 1"""
ORDERS = """
SELECT a.member_id, count(*) AS orders,
       count(*) FILTER (WHERE EXISTS (SELECT FROM members_return x WHERE x.order_id = o.id AND x.occurred_at <= {as_of})) AS returned
FROM members_order o JOIN members_account a ON a.id = o.account_id AND a.emptied_at IS NULL
WHERE o.status IN ('paid', 'completed') AND NOT o.reward{terms} GROUP BY 1"""

ROWS = """
WITH said AS (
    SELECT member_id, avg((stars - 1) / 4 * 100) FILTER (WHERE kind = 1) AS reviews,
           avg((stars - 1) / 4 * 100) FILTER (WHERE kind = 2) AS tickets
    FROM (SELECT member_id, stars, 1 AS kind FROM ({reviews}) r UNION ALL SELECT member_id, stars, 2 FROM ({tickets}) t) v
    GROUP BY member_id
), known AS (
    SELECT member_id, s.reviews, s.tickets, 100 - 100.0 * b.returned / b.orders AS kept,
           100.0 * least(coalesce(e.events, 0), {full}) / {full} AS engagement
    FROM said s FULL JOIN ({orders}) b USING (member_id) LEFT JOIN {acted} e USING (member_id)
    WHERE s.member_id IS NOT NULL OR b.orders >= {fewest}
)
SELECT k.member_id, round(
    (coalesce({w_reviews}::numeric * reviews, 0) + coalesce({w_tickets}::numeric * tickets, 0)
     + coalesce({w_returns}::numeric * kept, 0) + {w_engagement}::numeric * engagement)
    / nullif(CASE WHEN reviews IS NULL THEN 0 ELSE {w_reviews}::numeric END + CASE WHEN tickets IS NULL THEN 0 ELSE {w_tickets}::numeric END
             + CASE WHEN kept IS NULL THEN 0 ELSE {w_returns}::numeric END + {w_engagement}::numeric, 0), 1)::float8 AS number
FROM known k JOIN members_member m ON m.id = k.member_id AND m.retired_at IS NULL WHERE TRUE{here}"""


@dataclass(frozen=True)
class Satisfaction:
    """``weights`` (sum 100) in the order of PARTS; ``within``: when reviews, tickets and orders were."""

    weights: tuple[Decimal, ...] = WEIGHTS
    within: Window = YEAR

    def signals(self) -> set[str]:
        return {"orders", "returns", "reviews", "event.ticket.rated"}

    def sources(self) -> tuple:
        return (interactions.within(days=SEASON),)

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        (acted,) = self.sources()
        return build(
            ROWS,
            reviews=self._facts(REVIEWS, setting, "r.occurred_at", "r.account_id", "o.organization_id"),
            tickets=self._facts(TICKETS, setting, "t.closed_at", "t.account_id", "t.organization_id"),
            orders=self._facts(ORDERS, setting, "o.occurred_at", "o.account_id", "o.organization_id"),
            acted=setting.table(acted),
            full=FULL,
            fewest=FEWEST,
            **{f"w_{part}": weight for part, weight in zip(PARTS, self.weights, strict=True)},
            here=everyone.here(setting, Sql("k.member_id")),
        )

    def _facts(self, template: str, setting: Setting, at: str, account: str, place: str) -> Sql:
        """Of this node and below, within the window."""
        within = self.within.terms(Sql(at), setting.as_of)
        further = also([setting.sold_here(Sql(place)), setting.only_accounts(Sql(account))])
        terms = build("{within}{further}", within=within, further=further)
        return build(template, terms=terms, **({"as_of": setting.as_of} if "{as_of}" in template else {}))


def parse(parameters: object, place: str = "parameters") -> Satisfaction:
    """``{"weights": {"reviews": 35, …}, "window": {"days": 365}}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["weights", "window"])
    given = window.parse(fields["window"], reading.inside(place, "window")) if "window" in fields else YEAR
    return Satisfaction(_weights(fields.get("weights", {}), reading.inside(place, "weights")), given)


def _weights(value: object, place: str) -> tuple[Decimal, ...]:
    given = reading.mapping(value, place, optional=PARTS)
    found = tuple(
        reading.decimal(given[part], reading.inside(place, part)) if part in given else usual
        for part, usual in zip(PARTS, WEIGHTS, strict=True)
    )
    if sum(found) != 100 or min(found) < 0:
        raise Fault(
            place,
            _("the weights sum to %(sum)s") % {"sum": sum(found)},
            _("Make them sum to 100, none below 0."),
        )
    return found
