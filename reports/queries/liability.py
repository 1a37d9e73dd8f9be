"""What a house owes its customers in points and other value: outstanding, when it expires, and how much is never used."""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.ledger import amounts, expiry
from members.models import Organization
from reports.table import Column, Table

MONTHS = 12

BOOKS = """
SELECT b.id, b.name, o.name, b.unit, b.scale, b.worth
FROM members_book b JOIN members_organization o ON o.id = b.organization_id
WHERE o.path LIKE %(path)s ORDER BY o.path, b.kind, b.code
"""
# By the month of a lot's last day: it is gone as the next day begins.
LOTS = """
SELECT w.book_id, date_trunc('month', (l.expires_at AT TIME ZONE %(zone)s) - interval '1 microsecond')::date,
       coalesce(sum(l.remaining) FILTER (WHERE l.remaining > 0), 0),
       coalesce(sum(l.remaining) FILTER (WHERE l.remaining > 0 AND l.available_from > %(at)s), 0),
       coalesce(sum(l.remaining) FILTER (WHERE l.remaining > 0 AND w.pot <> ''), 0),
       coalesce(-sum(l.remaining) FILTER (WHERE l.remaining < 0), 0)
FROM members_lot l JOIN members_wallet w ON w.id = l.wallet_id
WHERE w.book_id = ANY(%(books)s) AND l.remaining <> 0 AND (l.expires_at IS NULL OR l.expires_at > %(at)s)
GROUP BY 1, 2
"""
HELD = """
SELECT p.book_id, -sum(p.amount) FROM members_hold h JOIN members_posting p ON p.hold_id = h.id AND p.verb = 'hold'
WHERE h.state = 'open' AND p.book_id = ANY(%(books)s) GROUP BY 1
"""
# What the house's own wallets gained is what customers lost by it. What expires does so as its last day ends.
FLOWS = """
SELECT w.book_id, w.role, sum(e.amount)
FROM members_wallet w JOIN members_entry e ON e.wallet_id = w.id JOIN members_posting p ON p.id = e.posting_id
WHERE w.book_id = ANY(%(books)s) AND w.role NOT IN ('', 'held')
  AND p.occurred_at - CASE p.verb WHEN 'expire' THEN interval '1 microsecond' ELSE interval '0' END >= %(since)s
  AND p.occurred_at - CASE p.verb WHEN 'expire' THEN interval '1 microsecond' ELSE interval '0' END < %(until)s
GROUP BY 1, 2
"""


@dataclasses.dataclass(frozen=True)
class Line:
    """One book, in its own unit. ``outstanding``: all that can or will be spent, of it ``waiting``, ``held`` by tills and
    ``unclaimed`` (gift cards that nobody has activated). ``expiring``: by month, those after them together, and what
    never does; with ``held`` they sum to ``outstanding``. The flows are of the twelve months before this one; below zero
    where more was taken back than given."""

    book: str
    organization: str
    unit: str
    scale: int
    worth: Decimal | None
    outstanding: Decimal
    waiting: Decimal
    held: Decimal
    unclaimed: Decimal
    owed: Decimal
    expiring: tuple[Decimal, ...]
    later: Decimal
    never: Decimal
    issued: Decimal
    spent: Decimal
    expired: Decimal
    adjusted: Decimal
    converted: Decimal

    @property
    def money(self) -> Decimal | None:
        """What is outstanding, in the group's money."""
        return None if self.worth is None else self.outstanding * self.worth

    @property
    def breakage(self) -> float | None:
        """Of what ended in those months, the share that expired unused: expired ÷ (expired + spent)."""
        ended = self.expired + self.spent
        return float(self.expired / ended) if ended > 0 else None


@dataclasses.dataclass(frozen=True)
class Liability:
    node: Organization
    as_of: dt.datetime
    months: tuple[dt.date, ...]
    lines: list[Line]

    @property
    def money(self) -> Decimal:
        return sum((line.money for line in self.lines if line.money is not None), Decimal(0))

    def tables(self) -> list[Table]:
        return [self._outstanding(), self._expiring(), self._flows()]

    def _outstanding(self):
        columns = [
            Column(_("Book")), Column(_("Organization")), Column(_("Unit")), Column(_("Outstanding"), "number"),
            Column(_("of it waiting"), "number"), Column(_("of it held"), "number"),
            Column(_("of it nobody's yet"), "number"), Column(_("Owed by customers"), "number"),
            Column(_("Worth of one")), Column(_("Outstanding in money"), "money"),
        ]  # fmt: skip
        rows = [
            (i.book, i.organization, i.unit, i.outstanding, i.waiting, i.held, i.unclaimed, i.owed,
             "" if i.worth is None else f"{i.worth.normalize():f}", i.money)
            for i in self.lines
        ]  # fmt: skip
        total = (_("All"), *(None for _each in range(8)), self.money) if self.lines else None
        note = _("Books of this organization and those below it. What customers owe is not set off.")
        return Table(_("Outstanding"), columns, rows, self.as_of, total=total, notes=[note])

    def _expiring(self):
        columns = [
            Column(_("Month")),
            *(Column(f"{i.book} ({i.unit})", "number" if i.scale else "count") for i in self.lines),
        ]
        named = [date_format(month, "F Y") for month in self.months]
        labels = [*named, _("later"), _("never"), _("held")]
        parts = [[*i.expiring, i.later, i.never, i.held] for i in self.lines]
        rows = [(label, *(part[place] for part in parts)) for place, label in enumerate(labels)]
        total = (_("Outstanding"), *(line.outstanding for line in self.lines))
        return Table(_("Expiring by month"), columns, rows, self.as_of, total=total)

    def _flows(self):
        columns = [
            Column(_("Book")), Column(_("Unit")), Column(_("Issued"), "number"), Column(_("Spent"), "number"),
            Column(_("Expired"), "number"), Column(_("Adjusted by hand"), "number"),
            Column(_("Converted"), "number"), Column(_("Breakage"), "share"),
        ]  # fmt: skip
        rows = [
            (i.book, i.unit, i.issued, i.spent, i.expired, i.adjusted, i.converted, i.breakage)
            for i in self.lines
        ]
        note = _("Breakage: what expired, as a share of what expired or was spent.")
        return Table(_("The last twelve closed months"), columns, rows, self.as_of, notes=[note])


def report(*, node: Organization, as_of: dt.datetime) -> Liability:
    """Of every book of ``node`` or below, as it stands. Nothing in it is about members, so joining people changes nothing."""
    first = timezone.localtime(as_of).date().replace(day=1)
    months = tuple(expiry.after(first, months=number) for number in range(MONTHS))
    books = _rows(BOOKS, {"path": f"{node.path}%"})
    asked = {
        "books": [book[0] for book in books], "at": as_of, "zone": str(timezone.get_current_timezone()),
        "since": _midnight(expiry.after(first, months=-MONTHS)), "until": _midnight(first),
    }  # fmt: skip
    lots: dict[int, dict] = {}
    for book, month, *sums in _rows(LOTS, asked):
        lots.setdefault(book, {})[month] = sums
    flows: dict[int, dict] = {}
    for book, role, steps in _rows(FLOWS, asked):
        flows.setdefault(book, {})[role] = steps
    held = dict(_rows(HELD, asked))
    lines = [
        _line(book, months, lots.get(book[0], {}), held.get(book[0], 0), flows.get(book[0], {}))
        for book in books
    ]
    return Liability(node, as_of, months, lines)


def _line(book, months, lots, held, flows) -> Line:
    _id, name, organization, unit, scale, worth = book
    left, waiting, unclaimed, owed = (sum(sums[place] for sums in lots.values()) for place in range(4))
    ending = {month: sums[0] for month, sums in lots.items()}
    never, soon = ending.pop(None, 0), [ending.pop(month, 0) for month in months]
    gained = flows.get
    shown = [
        amounts.shown(int(steps), scale=scale)
        for steps in (
            left + held, waiting, held, unclaimed, owed, sum(ending.values()), never,
            -gained("issued", 0) - gained("opened", 0), gained("spent", 0) + gained("paid_out", 0),
            gained("expired", 0), -gained("adjusted", 0), -gained("converted", 0),
        )
    ]  # fmt: skip
    expiring = tuple(amounts.shown(int(steps), scale=scale) for steps in soon)
    return Line(name, organization, unit, scale, worth, *shown[:5], expiring, *shown[5:])


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, timezone.get_current_timezone())


def _rows(statement, asked) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchall()
