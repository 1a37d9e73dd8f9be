"""Sales by organization and channel in a period: orders, what was paid, what was given back."""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Organization
from reports.table import Column, Table

STEPS = ("day", "week", "month", "year")

# An order counts where and when it was placed, a return where and when it came back.
STATEMENT = """
WITH node AS MATERIALIZED (
    SELECT id, code, name, path FROM members_organization WHERE path LIKE %(path)s
),
fact AS (
    SELECT o.organization_id, o.channel_id, o.currency, o.occurred_at, 1 AS orders,
           (o.account_id IS NULL)::int AS anonymous, o.amount AS paid, 0 AS refunded
    FROM members_order o
    WHERE o.status IN ('paid', 'completed') AND NOT o.reward AND o.occurred_at >= %(start)s AND o.occurred_at < %(until)s
    UNION ALL
    SELECT r.organization_id, r.channel_id, coalesce(o.currency, ''), r.occurred_at, 0, 0, 0, r.amount
    FROM members_return r
    LEFT JOIN members_order o ON o.id = r.order_id
    WHERE r.occurred_at >= %(start)s AND r.occurred_at < %(until)s
)
SELECT date_trunc(%(step)s, f.occurred_at AT TIME ZONE %(zone)s)::date, n.code, n.name, c.code, c.name, f.currency,
       sum(f.orders), sum(f.anonymous), sum(f.paid), sum(f.refunded)
FROM fact f
JOIN node n ON n.id = f.organization_id
JOIN members_channel c ON c.id = f.channel_id
GROUP BY 1, n.path, n.code, n.name, c.code, c.name, f.currency
ORDER BY 1, n.path, c.code, f.currency
"""


@dataclasses.dataclass(frozen=True)
class Line:
    """Sales of one node itself (not those below it) through one channel in one period and currency."""

    period: dt.date
    organization: str
    organization_name: str
    channel: str
    channel_name: str
    currency: str
    orders: int
    anonymous: int
    paid: Decimal
    refunded: Decimal

    @property
    def net(self) -> Decimal:
        return self.paid - self.refunded


@dataclasses.dataclass(frozen=True)
class Sales:
    node: Organization
    start: dt.datetime
    until: dt.datetime
    lines: list[Line]

    @property
    def orders(self) -> int:
        return sum(line.orders for line in self.lines)

    def net(self, *, currency: str, organization: str | None = None) -> Decimal:
        """What is left after returns in one currency, at all nodes or at the one of this code."""
        chosen = (line for line in self.lines if organization is None or line.organization == organization)
        return sum((line.net for line in chosen if line.currency == currency), Decimal(0))

    @property
    def currencies(self) -> list[str]:
        return sorted({line.currency for line in self.lines})

    def tables(self) -> list[Table]:
        """One table a currency: amounts of two are never added."""
        return [self._table(currency) for currency in self.currencies]

    def _table(self, currency):
        lines = [line for line in self.lines if line.currency == currency]
        columns = [
            Column(_("Period from"), "date"),
            Column(_("Organization")),
            Column(_("Channel")),
            Column(_("Orders"), "count"),
            Column(_("of these anonymous"), "count"),
            Column(_("Paid"), "money"),
            Column(_("Refunded"), "money"),
            Column(_("Net"), "money"),
        ]
        rows = [
            (i.period, i.organization_name, i.channel_name, i.orders, i.anonymous, i.paid, i.refunded, i.net)
            for i in lines
        ]
        total = (None, _("All"), "", *(sum(row[place] for row in rows) for place in range(3, 8)))
        title = _("Sales in %s") % (currency or _("unknown currency"))
        return Table(title, columns, rows, self.until, total=total)


def report(*, node: Organization, start: dt.datetime, as_of: dt.datetime, step: str = "month") -> Sales:
    """Sales at ``node`` and below from ``start`` to just before ``as_of``, by day, week, month or year.

    Each sale belongs to exactly one node, so the sales of a dealer are the sum of its own and its stores'.
    """
    if step not in STEPS:
        raise ValueError(f"a step is one of {', '.join(STEPS)}")
    parameters = {
        "path": f"{node.path}%", "start": start, "until": as_of, "step": step,
        "zone": str(timezone.get_current_timezone()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        lines = [Line(*row) for row in cursor.fetchall()]
    return Sales(node, start, as_of, lines)
