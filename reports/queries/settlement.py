"""What offers cost in a month, where they were given and whose budgets paid: the account that organizations settle by.

Every figure is a sum of ledger postings, in the steps of the budget's book: no cent is rounded or lost.
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.models import Activity, Budget, CouponTemplate
from campaigns.offers import currencies
from campaigns.queries import budgets, offer_names
from campaigns.queries.budgets import Settled
from members.models import Organization
from reports.queries import store_charges
from reports.queries.store_charges import Charge
from reports.table import Column, Table

COUPON = "coupon:"


@dataclasses.dataclass(frozen=True)
class Line:
    """One activity (or sort of coupons) at one dealer, paid by one budget. ``drawn`` − ``back`` = net. ``share``: of the net
    of that activity at that dealer; None where other budgets paid for it that the node does not see."""

    activity: str
    dealer: Organization
    payer: Organization
    budget: str
    currency: str
    drawn: Decimal
    back: Decimal
    share: float | None
    own: bool

    @property
    def net(self) -> Decimal:
        return self.drawn - self.back


@dataclasses.dataclass(frozen=True)
class Settlement:
    node: Organization
    start: dt.datetime
    until: dt.datetime
    as_of: dt.datetime
    lines: list[Line]
    charges: list[Charge]

    @property
    def currencies(self) -> list[str]:
        return sorted({each.currency for each in (*self.lines, *self.charges)})

    def net(self, *, currency: str) -> Decimal:
        return sum((line.net for line in self.lines if line.currency == currency), Decimal())

    def owed(self, *, currency: str) -> dict[tuple[Organization, Organization], Decimal]:
        """{(who paid, where it was given): net} of what is paid for another dealer than one's own."""
        found: dict[tuple[Organization, Organization], Decimal] = defaultdict(Decimal)
        for line in self.lines:
            if line.currency == currency and not line.own:
                found[line.payer, line.dealer] += line.net
        return {pair: found[pair] for pair in sorted(found, key=lambda pair: (pair[0].path, pair[1].path))}

    def tables(self) -> list[Table]:
        """Apart by currency: amounts of two are never added."""
        return [table for currency in self.currencies or [""] for table in self._of(currency)]

    def _of(self, currency):
        found = [self._shares(currency), self._owed(currency)]
        charges = [each for each in self.charges if each.currency == currency]
        return [*found, self._charged(currency, charges)] if charges else found

    def _shares(self, currency):
        columns = [
            Column(_("Activity")), Column(_("Given at")), Column(_("Paid by")), Column(_("Budget")),
            Column(_("Share"), "share"), Column(_("Drawn"), _kind(currency)),
            Column(_("Came back"), _kind(currency)), Column(_("Net"), _kind(currency)),
        ]  # fmt: skip
        lines = [line for line in self.lines if line.currency == currency]
        rows = [
            (i.activity, i.dealer.name, i.payer.name, i.budget, i.share, i.drawn, i.back, i.net)
            for i in lines
        ]
        total = (
            _("All"),
            "",
            "",
            "",
            None,
            *(sum((row[place] for row in rows), Decimal()) for place in (5, 6, 7)),
        )
        title = _("Costs of offers in %s") % (currency or _("any currency"))
        note = _(
            "Drawn when a sale was done, came back when goods were returned: each counts when it happened."
        )
        return Table(title, columns, rows, self.as_of, total=total, notes=[note])

    def _owed(self, currency):
        columns = [Column(_("Who pays")), Column(_("For offers given at")), Column(_("Net"), _kind(currency))]
        owed = self.owed(currency=currency)
        rows = [(payer.name, dealer.name, net) for (payer, dealer), net in owed.items()]
        total = (_("All"), "", sum((row[2] for row in rows), Decimal()))
        note = _("What a dealer pays out of budgets of its own or of its stores, it owes nobody.")
        title = _("Owed to others in %s") % (currency or _("any currency"))
        return Table(title, columns, rows, self.as_of, total=total, notes=[note])

    def _charged(self, currency, charges):
        columns = [
            Column(_("Store")), Column(_("What for")), Column(_("Offer, coupon or allowance")),
            Column(_("Amount"), _kind(currency)),
        ]  # fmt: skip
        names = offer_names.of(each.what for each in charges)
        rows = [
            (each.store.name, each.kind.label, _called(each.what, names), each.amount) for each in charges
        ]
        total = (_("All"), "", "", sum((row[3] for row in rows), Decimal()))
        note = _(
            "Given by tills without a line, and nobody else pays for it. Each counts when it was uploaded."
        )
        title = _("Charged to stores in %s") % currency
        return Table(title, columns, rows, self.as_of, total=total, notes=[note])


def _kind(currency: str) -> str:
    """Of a column: amounts of a currency without parts are counts."""
    return "money" if currencies.digits(currency) else "count"


def _called(code: str, names: dict[str, str]) -> str:
    return f"{names[code]} · {code}" if code in names else code


def report(*, node: Organization, as_of: dt.datetime, start: dt.datetime, until: dt.datetime) -> Settlement:
    """What was given at places of the node, and what budgets of the node paid elsewhere, from ``start`` to just before
    ``until``. Who a sale belongs to by now changes nothing in it."""
    rows = budgets.settlement(node=node, since=start, until=until)
    paid = Budget.objects.select_related("organization", "book").in_bulk({row.budget for row in rows})
    dealers = _dealers({row.organization for row in rows} | {each.organization_id for each in paid.values()})
    sums: dict[tuple[str, Organization, int], list[Settled]] = defaultdict(list)
    for row in rows:
        sums[_activity(row.offer), dealers[row.organization], row.budget].append(row)
    names, whole = _names({activity for activity, _dealer, _budget in sums}), defaultdict(int)
    for (activity, dealer, budget), group in sums.items():
        whole[activity, dealer, paid[budget].book_id] += sum(row.spent - row.back for row in group)
    lines = []
    for (activity, dealer, id), group in sums.items():
        budget = paid[id]
        seen = whole[activity, dealer, budget.book_id] if dealer.path.startswith(node.path) else 0
        own = dealers[budget.organization_id] == dealer
        lines.append(_line(names[activity], dealer, budget, group, seen, own=own))
    order = sorted(lines, key=lambda line: (line.activity, line.dealer.path, line.payer.path, line.budget))
    charges = store_charges.charged(node=node, since=start, until=until)
    return Settlement(node, start, until, as_of, order, charges)


def _line(
    activity: str, dealer: Organization, budget: Budget, rows: list[Settled], whole: int, *, own: bool
) -> Line:
    spent, back = sum(row.spent for row in rows), sum(row.back for row in rows)
    return Line(
        activity=activity, dealer=dealer, payer=budget.organization, budget=budget.name, currency=budget.book.unit,
        drawn=budget.book.shown(spent), back=budget.book.shown(back), share=(spent - back) / whole if whole else None,
        own=own,
    )  # fmt: skip


def _activity(offer: str) -> str:
    """Its code; of a coupon the whole, which no activity is called."""
    return offer if offer.startswith(COUPON) else offer.rpartition("-")[0] or offer


def _dealers(places: Iterable[int]) -> dict[int, Organization]:
    """Of each place the dealer it belongs to; places above dealers stand for themselves."""
    found = Organization.objects.in_bulk(set(places))
    above = {int(id) for place in found.values() for id in place.path.strip("/").split("/")}
    every = Organization.objects.in_bulk(above)
    return {id: _dealer(place, every) for id, place in found.items()}


def _dealer(place: Organization, every: dict[int, Organization]) -> Organization:
    line = [every[int(id)] for id in place.path.strip("/").split("/")]
    return next((each for each in line if each.kind == Organization.Kind.DEALER), place)


def _names(activities: set[str]) -> dict[str, str]:
    """What people call them; the code where nobody knows it."""
    coupons = {code.removeprefix(COUPON) for code in activities if code.startswith(COUPON)}
    templates = dict(CouponTemplate.objects.filter(code__in=coupons).values_list("code", "name"))
    called = {
        COUPON + code: _("coupon %(name)s") % {"name": templates.get(code, code)} for code in coupons
    }  # fmt: skip
    known = dict(Activity.objects.filter(code__in=activities - set(called)).values_list("code", "name"))
    return {code: code for code in activities} | known | called
