"""80/20: which share of the value the best fifth of buyers bring, and which share of our spending they get.

Value is what was paid in 365 days less what was refunded; the head is the best 20 % of buyers with a value above zero,
rounded up. V. Pareto's law of income (1896), as J. Juran applied it. "Are we squeezing them?": the head is under-rewarded when its
share of our spending is less than half of its share of the value.
"""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import selecting, spending
from reports.table import Column, Table
from tags.conditions.setting import Setting
from tags.conditions.sql import build
from tags.conditions.window import Window
from tags.models_of.transactional import Transactional
from tags.queries import catalogue

DAYS = 365
HEAD = Decimal("0.2")
FAIR = 0.5
LISTED = 500

RANKED = """
WITH worth AS MATERIALIZED (SELECT w.member_id, w.number::numeric AS value FROM ({worth}) w WHERE w.number > 0),
ranked AS MATERIALIZED (
    SELECT member_id, value, row_number() OVER (ORDER BY value DESC, member_id) <= ceil({head} * count(*) OVER ()) AS head
    FROM worth
), spent AS (
    SELECT r.head, sum(s.discounts) AS discounts, sum(s.points) AS points
    FROM ranked r JOIN ({spent}) s ON s.member_id = r.member_id GROUP BY r.head
), sides AS (
    SELECT head, count(*) AS people, sum(value) AS value, min(value) AS least FROM ranked GROUP BY head
)"""
SIDES = """
SELECT s.head, s.people, round(s.value, 4), round(s.least, 4), coalesce(p.discounts, 0), coalesce(p.points, 0),
       (SELECT count(*) FROM ranked r WHERE r.value >= s.least)
FROM sides s LEFT JOIN spent p ON p.head = s.head"""
LIST = """
SELECT m.oneid, round(r.value, 4) FROM ranked r JOIN members_member m ON m.id = r.member_id
WHERE r.head ORDER BY r.value DESC, r.member_id LIMIT {listed}"""


@dataclasses.dataclass(frozen=True)
class Side:
    """The head, or the rest: people, their value, and what we spent on them. ``least``: the smallest value among them, and
    ``reaching`` how many buyers reach it: more than the people where others have just as much."""

    people: int = 0
    value: Decimal = Decimal()
    least: Decimal = Decimal()
    discounts: Decimal = Decimal()
    points: Decimal = Decimal()
    reaching: int = 0

    @property
    def spent(self) -> Decimal:
        return self.discounts + self.points


@dataclasses.dataclass(frozen=True)
class Pareto:
    """``listed``: (OneID, value) of the head, the best first, at most 500."""

    as_of: dt.datetime
    head: Side
    rest: Side
    listed: list[tuple[str, Decimal]]

    @property
    def value_share(self) -> float | None:
        return _share(self.head.value, self.head.value + self.rest.value)

    @property
    def spend_share(self) -> float | None:
        return _share(self.head.spent, self.head.spent + self.rest.spent)

    @property
    def under_rewarded(self) -> bool:
        if self.value_share is None or self.spend_share is None:
            return False
        return self.spend_share < FAIR * self.value_share

    def groups(self) -> dict[str, selecting.Group]:
        if not self.head.people:
            return {}
        condition = selecting.worth(least=str(self.head.least), window=Window(days=DAYS))
        alike = self.head.reaching - self.head.people
        name = _("Head, the best 20 %")
        if alike:
            name = _("%(head)s, and %(alike)s with just as much") % {"head": name, "alike": f"{alike:,}"}
        return {"head": selecting.Group(name, self.head.reaching, condition)}

    def tables(self) -> list[Table]:
        return [self._sides(), self._list()]

    def _sides(self) -> Table:
        columns = [
            Column(_("Buyers")), Column(_("People"), "count"), Column(_("Value"), "money"),
            Column(_("Share of value"), "share"), Column(_("Discounts"), "money"), Column(_("Points"), "money"),
            Column(_("Our spending"), "money"), Column(_("Share of spending"), "share"),
        ]  # fmt: skip
        value, spent = self.head.value + self.rest.value, self.head.spent + self.rest.spent
        rows = [
            (name, i.people, i.value, _share(i.value, value), i.discounts, i.points, i.spent, _share(i.spent, spent))
            for name, i in ((_("Head, the best 20 %"), self.head), (_("All others"), self.rest))
        ]  # fmt: skip
        notes = [
            _("Value: paid in the last 365 days less refunds. Spending: discounts of those orders, and points at their worth."),
            _("Under-rewarded: the head's share of spending is less than half of its share of value."),
        ]  # fmt: skip
        return Table(_("Value and spending"), columns, rows, self.as_of, notes=notes)

    def _list(self) -> Table:
        columns = [Column(_("Place"), "count"), Column(_("OneID")), Column(_("Value"), "money")]
        rows = [(place, oneid, value) for place, (oneid, value) in enumerate(self.listed, start=1)]
        more = self.head.people - len(self.listed)
        note = _("%(more)s more: make an audience of all of them.") % {"more": f"{more:,}"}
        return Table(_("The head"), columns, rows, self.as_of, notes=[note] if more > 0 else [])


def report(*, node: Organization, as_of: dt.datetime) -> Pareto:
    """Of the buyers at the node; by what was bought and spent there and below."""
    setting = Setting(catalogue.at(node=node), as_of)
    ranked = build(
        RANKED,
        worth=Transactional(Window(days=DAYS)).rows(setting),
        head=HEAD,
        spent=spending.of(setting, days=DAYS),
    )
    with connection.cursor() as cursor:
        sides = build("{ranked}" + SIDES, ranked=ranked)
        cursor.execute(sides.text, sides.params)
        found = {head: Side(*figures) for head, *figures in cursor.fetchall()}
        listed = build("{ranked}" + LIST, ranked=ranked, listed=LISTED)
        cursor.execute(listed.text, listed.params)
        return Pareto(as_of, found.get(True, Side()), found.get(False, Side()), cursor.fetchall())


def _share(part: Decimal, whole: Decimal) -> float | None:
    return float(part / whole) if whole else None
