"""Which orders count as purchases, and for how much: shared by the ``orders`` leaf and by models such as RFM.

An order counts when it is paid or completed, not given back, and no reward of another order. It is given back when the refunds on it reach what
the goods cost (amount without shipping); then nothing of it counts. Otherwise its amount is what was paid less what
was refunded, whenever that was (up to the as-of moment). A return whose sale was never seen lowers the amount only.
Orders and returns of an unusual amount (``members.actions.profiles.UNUSUAL``) are left out, as in the features.
"""

from dataclasses import dataclass

from members.actions.profiles import UNUSUAL
from tags.conditions.comparison import Comparison
from tags.conditions.leaves.where import ANY_CHANNEL, ANYWHERE, ChannelFilter, PlaceFilter
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.window import EVER, Window

BOUGHT = ("paid", "completed")

ORDERS = """
SELECT o.account_id, o.occurred_at, o.amount, {refunded} AS refunded
FROM members_order o{refunds}
WHERE o.account_id IS NOT NULL AND NOT o.reward AND o.status = ANY({statuses}){terms}"""

LINES = """
SELECT o.account_id, o.occurred_at, sum(l.amount) AS amount, sum({refunded}) AS refunded
FROM members_orderline l JOIN members_order o ON o.id = l.order_id{refunds}{line_refunds}
WHERE o.account_id IS NOT NULL AND NOT o.reward AND o.status = ANY({statuses}){terms}
GROUP BY o.id"""

REFUNDS = """
LEFT JOIN (SELECT order_id, sum(amount) AS refunded FROM members_return
           WHERE order_id IS NOT NULL AND occurred_at <= {as_of} GROUP BY order_id) b ON b.order_id = o.id"""

REFUNDS_OF_FEW = """
LEFT JOIN LATERAL (SELECT sum(r.amount) AS refunded FROM members_return r
                   WHERE r.order_id = o.id AND r.occurred_at <= {as_of}) b ON TRUE"""

LINE_REFUNDS = """
LEFT JOIN LATERAL (
    SELECT sum(g.refund) AS refunded FROM members_return r JOIN members_returnline g ON g.returned_id = r.id
    WHERE r.order_id = o.id AND r.occurred_at <= {as_of}
      AND l.line = coalesce(g.line, (SELECT min(s.line) FROM members_orderline s
                                     WHERE s.order_id = o.id AND s.sku = g.sku))
) g ON b.refunded IS NOT NULL"""

UNMATCHED = """
SELECT a.member_id, -sum(r.amount) AS amount
FROM members_return r JOIN members_account a ON a.id = r.account_id
WHERE r.order_id IS NULL AND a.emptied_at IS NULL AND {inside}
GROUP BY a.member_id"""

KEPT = Sql("(b.refunded IS NOT NULL AND b.refunded >= o.amount - o.shipping) IS NOT TRUE")
RETURNED = Sql("EXISTS (SELECT FROM members_return r WHERE r.order_id = o.id AND r.occurred_at <= ")


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
        """Rows (account_id, occurred_at, amount, refunded), one an order; refunded is NULL where nothing was."""
        return build(
            LINES if self.by_line else ORDERS,
            refunded=self._refunded(),
            refunds=self._refunds(setting),
            line_refunds=build(LINE_REFUNDS, as_of=setting.as_of) if self.net else Sql(),
            statuses=list(self.statuses),
            terms=also(self._terms(setting)),
        )

    def unmatched(self, setting: Setting) -> Sql:
        """Rows (member_id, amount below zero) of returns without a sale; nothing where they cannot be told to belong."""
        return build(UNMATCHED, inside=self._inside(Sql("r."), setting)) if self._plain else Sql()

    @property
    def _plain(self) -> bool:
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

    def _refunds(self, setting: Setting) -> Sql:
        if not self.net:
            return Sql()
        return build(REFUNDS if setting.members is None else REFUNDS_OF_FEW, as_of=setting.as_of)

    def _terms(self, setting: Setting) -> list[Sql]:
        return [
            self._inside(Sql("o."), setting),
            build("l.category = ANY({names})", names=list(self.categories)) if self.categories else Sql(),
            build("l.sku = ANY({names})", names=list(self.skus)) if self.skus else Sql(),
            self.amount.sql(Sql("o.amount"), setting.as_of) if self.amount else Sql(),
            self._had_return(setting),
            KEPT if self.net else Sql(),
            Sql("(g.refunded >= l.amount) IS NOT TRUE") if self.net and self.by_line else Sql(),
        ]

    def _inside(self, row: Sql, setting: Setting) -> Sql:
        """When, where, through which channel and whose: the same for orders and for returns without a sale."""
        at, channel, place, account, amount = (
            Sql(row.text + column)
            for column in ("occurred_at", "channel_id", "organization_id", "account_id", "amount")
        )
        terms = [
            self.channel.sql(channel, setting.catalogue),
            self.place.sql(place, setting.catalogue),
            setting.sold_here(place),
            setting.only_accounts(account),
        ]
        return build(
            "{amount} < {unusual}{when}{terms}",
            amount=amount,
            unusual=UNUSUAL,
            when=self.window.terms(at, setting.as_of),
            terms=also(terms),
        )

    def _had_return(self, setting: Setting) -> Sql:
        if self.returned is None:
            return Sql()
        found = build("{exists}{as_of})", exists=RETURNED, as_of=setting.as_of)
        return found if self.returned else build("NOT {found}", found=found)
