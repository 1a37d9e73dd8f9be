"""Sources about what was bought, given back, and said of it: order lines, returns, reviews. One row a member."""

from dataclasses import dataclass
from typing import ClassVar

from tags.conditions.comparison import Comparison
from tags.conditions.flagged import Goods
from tags.conditions.purchases import refunds_of
from tags.conditions.setting import Setting
from tags.conditions.sources import Source
from tags.conditions.sql import NOTHING, Sql, also, build, join
from tags.conditions.where import ChannelFilter, PlaceFilter
from tags.conditions.window import Window

LINES = """
SELECT a.member_id, count(*) AS lines, sum(l.quantity) AS quantity, {amount} AS amount, {part} AS part,
       count(DISTINCT l.sku) AS skus, count(DISTINCT l.category) FILTER (WHERE l.category <> '') AS categories,
       min(o.occurred_at) AS first_at, max(o.occurred_at) AS last_at
FROM members_orderline l JOIN members_order o ON o.id = l.order_id{refunds}
JOIN members_account a ON a.id = o.account_id AND a.emptied_at IS NULL
WHERE NOT o.reward AND {terms}
GROUP BY a.member_id"""

RETURNS = """
SELECT a.member_id, count(*) AS returns, sum(r.amount) AS amount,
       min(r.occurred_at) AS first_at, max(r.occurred_at) AS last_at
FROM members_return r JOIN members_account a ON a.id = r.account_id AND a.emptied_at IS NULL
WHERE {terms}
GROUP BY a.member_id"""

REVIEWS = """
SELECT a.member_id, count(*) AS reviews, avg(v.rating) AS average, min(v.rating) AS lowest,
       min(v.occurred_at) AS first_at, max(v.occurred_at) AS last_at
FROM members_review v JOIN members_account a ON a.id = v.account_id AND a.emptied_at IS NULL{orders}
WHERE {terms}
GROUP BY a.member_id"""


@dataclass(frozen=True)
class Lines(Source):
    """The lines of purchases, each less its own refund. ``part``: of which goods the share in the amount is wanted."""

    goods: Goods
    part: Goods | None = None

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("lines", "bigint"), ("quantity", "numeric"), ("amount", "numeric"),
        ("part", "numeric"), ("skus", "bigint"), ("categories", "bigint"),
        ("first_at", "timestamptz"), ("last_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("lines", self.goods, self.part)

    def rows(self, setting: Setting) -> Sql:
        amount = self.goods.amounts()
        part = Sql("NULL::numeric")
        if self.part:
            part = build("{amount} FILTER (WHERE {goods})", amount=amount, goods=self.part.goods())
        return build(
            LINES,
            amount=amount,
            part=part,
            refunds=refunds_of([self.goods], setting),
            terms=join(
                [
                    self.goods.term(setting),
                    setting.sold_here(Sql("o.organization_id")),
                    setting.only_accounts(Sql("o.account_id")),
                ],
                " AND ",
            ),
        )


@dataclass(frozen=True)
class Returned(Source):
    """What was given back, whether or not the sale was ever seen."""

    window: Window
    channel: ChannelFilter
    place: PlaceFilter
    skus: tuple[str, ...] = ()

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("returns", "bigint"), ("amount", "numeric"),
        ("first_at", "timestamptz"), ("last_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("returned", self)

    def rows(self, setting: Setting) -> Sql:
        skus = NOTHING
        if self.skus:
            skus = build(
                "EXISTS (SELECT FROM members_returnline g LEFT JOIN members_orderline l"
                " ON l.order_id = r.order_id AND l.line = g.line"
                " WHERE g.returned_id = r.id AND coalesce(nullif(g.sku, ''), l.sku) = ANY({skus}))",
                skus=list(self.skus),
            )
        terms = [
            build("TRUE{when}", when=self.window.terms(Sql("r.occurred_at"), setting.as_of)),
            self.channel.sql(Sql("r.channel_id"), setting.catalogue),
            self.place.sql(Sql("r.organization_id"), setting.catalogue),
            skus,
            setting.sold_here(Sql("r.organization_id")),
            setting.only_accounts(Sql("r.account_id")),
        ]
        return build(RETURNS, terms=join(terms, " AND "))


@dataclass(frozen=True)
class Reviewed(Source):
    """What was said of goods, 1 to 5 stars. At a node below the group: of what was bought there."""

    window: Window
    channel: ChannelFilter
    skus: tuple[str, ...] = ()
    rating: Comparison | None = None

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("reviews", "bigint"), ("average", "numeric"), ("lowest", "smallint"),
        ("first_at", "timestamptz"), ("last_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("reviewed", self)

    def rows(self, setting: Setting) -> Sql:
        here = setting.sold_here(Sql("o.organization_id"))
        terms = [
            self.channel.sql(Sql("v.channel_id"), setting.catalogue),
            build("v.sku = ANY({skus})", skus=list(self.skus)) if self.skus else NOTHING,
            self.rating.sql(Sql("v.rating"), setting.as_of) if self.rating else NOTHING,
            here,
            setting.only_accounts(Sql("v.account_id")),
        ]
        return build(
            REVIEWS,
            orders=Sql(" JOIN members_order o ON o.id = v.order_id") if here else NOTHING,
            terms=build(
                "TRUE{when}{terms}",
                when=self.window.terms(Sql("v.occurred_at"), setting.as_of),
                terms=also(terms),
            ),
        )
