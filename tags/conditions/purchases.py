"""Which orders count as purchases, and for how much: shared by the ``orders`` leaf and by models such as RFM.

An order counts when it is paid or completed, not given back, and no reward of another order. It is given back when the refunds on it reach what
the goods cost (amount without shipping); then nothing of it counts. Otherwise its amount is what was paid less what
was refunded, whenever that was (up to the as-of moment). A return whose sale was never seen lowers the amount only.
Orders and returns of an unusual amount (``members.actions.profiles.UNUSUAL``) are left out, as in the features.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from members.actions.profiles import UNUSUAL
from tags.conditions.comparison import Comparison
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build, join, one_of
from tags.conditions.where import ANY_CHANNEL, ANYWHERE, ChannelFilter, PlaceFilter
from tags.conditions.window import EVER, Window

BOUGHT = ("paid", "completed")

ORDERS = """
SELECT o.account_id, o.occurred_at, o.amount, {refunded} AS refunded, o.id, o.channel_id, o.organization_id
FROM members_order o{refunds}
WHERE o.account_id IS NOT NULL AND NOT o.reward{terms}"""

LINES = """
SELECT o.account_id, o.occurred_at, sum(l.amount) AS amount, sum({refunded}) AS refunded
FROM members_orderline l JOIN members_order o ON o.id = l.order_id{refunds}
WHERE o.account_id IS NOT NULL AND NOT o.reward{terms}
GROUP BY o.id"""

REFUNDS = """
LEFT JOIN (SELECT order_id, sum(amount) AS refunded FROM members_return
           WHERE order_id IS NOT NULL AND occurred_at <= {as_of} GROUP BY order_id) b ON b.order_id = o.id"""

REFUNDS_OF_FEW = """
LEFT JOIN LATERAL (SELECT sum(r.amount) AS refunded FROM members_return r
                   WHERE r.order_id = o.id AND r.occurred_at <= {as_of}) b ON TRUE"""

# A line of a return that names only the article is of the order's first line with it.
LINE_REFUNDS = """
LEFT JOIN (
    SELECT r.order_id, coalesce(g.line, (SELECT min(s.line) FROM members_orderline s
                                         WHERE s.order_id = r.order_id AND s.sku = g.sku)) AS line,
           sum(g.refund) AS refunded
    FROM members_return r JOIN members_returnline g ON g.returned_id = r.id
    WHERE r.order_id IS NOT NULL AND r.occurred_at <= {as_of} GROUP BY 1, 2
) g ON g.order_id = o.id AND g.line = l.line"""

LINE_REFUNDS_OF_FEW = """
LEFT JOIN LATERAL (
    SELECT sum(g.refund) AS refunded FROM members_return r JOIN members_returnline g ON g.returned_id = r.id
    WHERE b.refunded IS NOT NULL AND r.order_id = o.id AND r.occurred_at <= {as_of}
      AND l.line = coalesce(g.line, (SELECT min(s.line) FROM members_orderline s
                                     WHERE s.order_id = o.id AND s.sku = g.sku))
) g ON TRUE"""

KEPT = Sql("(b.refunded IS NOT NULL AND b.refunded >= o.amount - o.shipping) IS NOT TRUE")
UNSOLD = Sql("(g.refunded >= l.amount) IS NOT TRUE")


@dataclass(frozen=True)
class Purchases:
    window: Window = EVER
    channel: ChannelFilter = ANY_CHANNEL
    place: PlaceFilter = ANYWHERE
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    statuses: tuple[str, ...] = BOUGHT
    returned: bool | None = None
    net: bool = True
    amount: Comparison | None = None

    @property
    def by_line(self) -> bool:
        return bool(self.categories or self.skus)

    def sql(self, setting: Setting) -> Sql:
        """Rows (account_id, occurred_at, amount, refunded), one an order; refunded is NULL where nothing was. Of whole orders
        also (id, channel_id, organization_id)."""
        return build(
            LINES if self.by_line else ORDERS,
            refunded=self._refunded(),
            refunds=refunds_of([self], setting),
            terms=also(
                [
                    *self.tests(setting),
                    setting.sold_here(Sql("o.organization_id")),
                    setting.only_accounts(Sql("o.account_id")),
                ]
            ),
        )

    def term(self, setting: Setting) -> Sql:
        """Which orders ``o`` (of lines: ``l``) with refunds ``b`` (``g``) are meant, wherever they were sold."""
        return join(self.tests(setting), " AND ")

    def goods(self) -> Sql:
        """Which lines are meant."""
        return join(
            [
                one_of(Sql("l.category"), self.categories) if self.categories else Sql(),
                one_of(Sql("l.sku"), self.skus) if self.skus else Sql(),
            ],
            " AND ",
        )

    def amounts(self) -> Sql:
        """The sum of what was paid less what was refunded."""
        amount = "l.amount" if self.by_line else "o.amount"
        if not self.net:
            return Sql(f"sum({amount})")
        return Sql(f"sum({amount} - coalesce({self._refunded().text}, 0))")

    def unmatched_term(self, setting: Setting) -> Sql:
        """Which returns ``r`` without a sale are meant."""
        return join(self._when_and_where(Sql("r."), setting), " AND ")

    @property
    def plain(self) -> bool:
        """Whether returns without a sale can be told to belong."""
        return (
            self.net
            and not self.by_line
            and self.statuses == BOUGHT
            and self.returned is None
            and not self.amount
        )

    def _refunded(self) -> Sql:
        if not self.net:
            return Sql("NULL::numeric")
        return Sql("g.refunded") if self.by_line else Sql("b.refunded")

    @property
    def asks_refunds(self) -> bool:
        return self.net or self.returned is not None

    def tests(self, setting: Setting) -> list[Sql]:
        """The parts of ``term``."""
        return [
            one_of(Sql("o.status"), self.statuses),
            *self._when_and_where(Sql("o."), setting),
            self.goods(),
            self.amount.sql(Sql("o.amount"), setting.as_of) if self.amount else Sql(),
            self._had_return(),
            KEPT if self.net else Sql(),
            UNSOLD if self.net and self.by_line else Sql(),
        ]

    def _when_and_where(self, row: Sql, setting: Setting) -> list[Sql]:
        """When, where and through which channel: the same for orders and for returns without a sale."""
        at, channel, place, amount = (
            Sql(row.text + column) for column in ("occurred_at", "channel_id", "organization_id", "amount")
        )
        return [
            build("{amount} < {unusual}", amount=amount, unusual=UNUSUAL),
            *self.window.tests(at, setting.as_of),
            self.channel.sql(channel, setting.catalogue),
            self.place.sql(place, setting.catalogue),
        ]

    def _had_return(self) -> Sql:
        if self.returned is None:
            return Sql()
        return Sql("b.refunded IS NOT NULL" if self.returned else "b.refunded IS NULL")


def refunds_of(purchases: Iterable[Purchases], setting: Setting) -> Sql:
    """The joins that orders and lines need to know what came back, up to the as-of moment."""
    asked = list(purchases)
    if not any(each.asks_refunds for each in asked):
        return Sql()
    of_orders = build(REFUNDS if setting.members is None else REFUNDS_OF_FEW, as_of=setting.as_of)
    if not any(each.by_line and each.net for each in asked):
        return of_orders
    of_lines = LINE_REFUNDS if setting.members is None else LINE_REFUNDS_OF_FEW
    return join([of_orders, build(of_lines, as_of=setting.as_of)], "")
