"""Three ways to grow: one product to a hundred users, a hundred products to one user, a hundred users brought by one.

Counted over the last 365 days: users a product (different buyers of an article, on average over articles), products a user
(different articles of a buyer), and people brought a user (each counts once, for whoever invited him first).
"""

import dataclasses
import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _

from members.models import Organization
from reports.table import Column, Table
from tags.conditions import moments
from tags.conditions.purchases import BOUGHT
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.models_of import referrals
from tags.queries import catalogue

DAYS = 365
TOP = 20

# A line counts unless its order was given back as a whole.
PAIRS = """
WITH pairs AS MATERIALIZED (
    SELECT DISTINCT a.member_id, l.sku
    FROM members_orderline l JOIN members_order o ON o.id = l.order_id
    JOIN members_account a ON a.id = o.account_id AND a.emptied_at IS NULL
    WHERE NOT o.reward AND o.status = ANY({statuses}) AND o.occurred_at >= {since} AND o.occurred_at <= {as_of} AND l.sku <> ''
      AND NOT EXISTS (SELECT FROM members_return r WHERE r.order_id = o.id AND r.occurred_at <= {as_of}
                      GROUP BY r.order_id HAVING sum(r.amount) >= o.amount - o.shipping){here}
), products AS MATERIALIZED (SELECT sku, count(*) AS users FROM pairs GROUP BY sku),
users AS MATERIALIZED (SELECT member_id, count(*) AS products FROM pairs GROUP BY member_id)"""
SUMS = "SELECT (SELECT count(*) FROM pairs), (SELECT count(*) FROM products), (SELECT count(*) FROM users)"
TOPS = """
SELECT p.sku, coalesce((SELECT l.name FROM members_orderline l WHERE l.sku = p.sku AND l.name <> '' LIMIT 1), ''), p.users
FROM products p ORDER BY p.users DESC, p.sku LIMIT {top}"""
WIDTHS = "SELECT width_bucket(products, {steps}::int[]), count(*) FROM users GROUP BY 1"

BROUGHT = """
SELECT b.up, count(*) FROM (
    SELECT DISTINCT ON (f.member_id) f.member_id, f.other::bigint AS up, f.first FROM ({told}) f
    WHERE f.kind = 1 AND f.member_id <> f.other ORDER BY f.member_id, f.first, f.second) b
WHERE b.first >= extract(epoch FROM {since}::timestamptz){here} GROUP BY b.up"""
STEPS = (1, 2, 5, 10, 100)


@dataclasses.dataclass(frozen=True)
class Growth:
    """``pairs``: different (buyer, article); ``brought``: people brought by each who brought any; ``widths``: buyers by how
    many articles, and ``spreads``: those who brought by how many people, by the steps 1, 2, 5, 10, 100."""

    as_of: dt.datetime
    pairs: int
    products: int
    users: int
    brought: list[int]
    top: list[tuple[str, str, int]]
    widths: dict[int, int]

    @property
    def users_per_product(self) -> float | None:
        return self.pairs / self.products if self.products else None

    @property
    def products_per_user(self) -> float | None:
        return self.pairs / self.users if self.users else None

    @property
    def brought_per_user(self) -> float | None:
        """Of the buyers: how many each brought on average, those who brought nobody included."""
        return sum(self.brought) / self.users if self.users else None

    @property
    def brought_per_inviter(self) -> float | None:
        return sum(self.brought) / len(self.brought) if self.brought else None

    def tables(self) -> list[Table]:
        return [self._modes(), self._top(), self._steps()]

    def _modes(self) -> Table:
        columns = [Column(_("Way to grow")), Column(_("Measure")), Column(_("On average"), "number"), Column(_("Counted"), "count")]  # fmt: skip
        rows = [
            (_("One product, many users"), _("users a product"), self.users_per_product, self.products),
            (_("One user, many products"), _("products a user"), self.products_per_user, self.users),
            (_("One user brings many"), _("people brought a user"), self.brought_per_user, sum(self.brought)),
            (_("of those who brought any"), _("people brought"), self.brought_per_inviter, len(self.brought)),
        ]
        note = _(
            "Of the last 365 days. Counted: products, buyers, people brought, and those who brought them."
        )
        return Table(_("Three ways to grow"), columns, rows, self.as_of, notes=[note])

    def _top(self) -> Table:
        columns = [Column(_("Article")), Column(_("Name")), Column(_("Users"), "count")]
        return Table(_("Products with the most users"), columns, self.top, self.as_of)

    def _steps(self) -> Table:
        spreads = {step: 0 for step in range(1, len(STEPS) + 1)}
        for number in self.brought:
            spreads[sum(number >= step for step in STEPS)] += 1
        labels = ["1", "2–4", "5–9", "10–99", _("100 and more")]
        rows = [
            (label, self.widths.get(number, 0), spreads[number])
            for number, label in enumerate(labels, start=1)
        ]
        columns = [Column(_("How many")), Column(_("Users with so many products"), "count"), Column(_("Users who brought so many"), "count")]  # fmt: skip
        return Table(_("How far one user goes"), columns, rows, self.as_of)


def report(*, node: Organization, as_of: dt.datetime) -> Growth:
    setting = Setting(catalogue.at(node=node), as_of)
    since = moments.start_of(moments.day_of(as_of) - DAYS * moments.DAY)
    pairs = build(
        PAIRS,
        statuses=list(BOUGHT),
        since=since,
        as_of=as_of,
        here=also([setting.sold_here(Sql("o.organization_id"))]),
    )

    def rows(after: str, **slots) -> list[tuple]:
        return _rows(build("{pairs} " + after, pairs=pairs, **slots))

    known = setting.known_here()
    brought = build(
        BROUGHT,
        told=referrals.facts(setting),
        since=since,
        here=build(" AND b.up IN ({known})", known=known) if known else known,
    )
    [sums] = rows(SUMS)
    return Growth(
        as_of,
        *sums,
        brought=sorted(number for _up, number in _rows(brought)),
        top=rows(TOPS, top=TOP),
        widths=dict(rows(WIDTHS, steps=list(STEPS))),
    )


def _rows(query: Sql) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return cursor.fetchall()
