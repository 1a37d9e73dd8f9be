"""Past orders as they were sold, a part of them at a time: two statements, whatever their number."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.utils import timezone

from campaigns.models import Simulation, SimulationPart
from campaigns.offers import currencies
from campaigns.offers.basket import Line
from campaigns.offers.scales import PIECE
from members import sets
from members.models import Organization

MOST_LINES = 1_000
# Gifts of sales are orders of their own: they were not bought.
CHOSEN = """
    o.occurred_at >= %(since)s AND o.occurred_at < %(until)s AND o.status IN ('paid', 'completed')
    AND o.organization_id = ANY(%(places)s::bigint[])
    AND (%(channel)s::bigint IS NULL OR o.channel_id = %(channel)s) AND NOT o.reward
"""
COLUMNS = """o.id, o.organization_id, o.channel_id, o.account_id, o.occurred_at, o.currency,
    ARRAY(SELECT jsonb_array_elements_text(o.coupons)),
    round(o.discount * %(units)s)::bigint"""
OF_MEMBERS = f"""
SELECT a.member_id, {COLUMNS} FROM members_account a JOIN members_order o ON o.account_id = a.id
WHERE a.member_id > %(low)s AND a.member_id <= %(high)s AND {CHOSEN} ORDER BY o.occurred_at, o.id
"""  # noqa: S608
OF_GUESTS = f"""
SELECT NULL, {COLUMNS} FROM members_order o
WHERE o.id > %(low)s AND o.id <= %(high)s AND o.account_id IS NULL AND {CHOSEN} ORDER BY o.occurred_at, o.id
"""  # noqa: S608
LINES = """
SELECT order_id, sku, category, round(quantity * 1000)::bigint, round(unit_price * %(units)s)::bigint,
       round(discount * %(units)s)::bigint
FROM members_orderline WHERE order_id = ANY(%(orders)s::bigint[]) ORDER BY order_id, line
"""
# Parts of whole members, so that what each may have so often only is counted; guests by their orders.
CUT_MEMBERS = f"""
SELECT max(member_id), count(*) FROM (
    SELECT a.member_id, (row_number() OVER (ORDER BY a.member_id) - 1) / %(size)s AS part
    FROM members_order o JOIN members_account a ON a.id = o.account_id WHERE {CHOSEN}
) numbered GROUP BY part ORDER BY part
"""  # noqa: S608
CUT_GUESTS = f"""
SELECT max(id), count(*) FROM (
    SELECT o.id, (row_number() OVER (ORDER BY o.id) - 1) / %(size)s AS part
    FROM members_order o WHERE o.account_id IS NULL AND {CHOSEN}
) numbered GROUP BY part ORDER BY part
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sale:
    """``given``: what it was cheaper by in fact, in minor units. ``lines`` at their prices before any discount."""

    order: int
    member: int | None
    account: int | None
    place: int
    channel: int
    at: dt.datetime
    currency: str
    coupons: tuple[str, ...]
    given: int
    lines: tuple[Line, ...]


def cut(*, simulation: Simulation, size: int) -> list[SimulationPart]:
    """Parts of about ``size`` orders each, not saved."""
    told = {**_asked(simulation), "size": size}
    made = []
    for guests, statement in ((False, CUT_MEMBERS), (True, CUT_GUESTS)):
        low = 0
        for high, count in sets.named(statement, **told):
            if high > low:
                made.append(
                    SimulationPart(simulation=simulation, guests=guests, low=low, high=high, orders=count)
                )
                low = high
            else:
                made[-1].orders += count
    return made


def of(*, simulation: Simulation, part: SimulationPart) -> list[Sale]:
    """The orders of a part in the order in which they were placed."""
    units = 10 ** currencies.digits(simulation.currency)
    told = {**_asked(simulation), "units": units, "low": part.low, "high": part.high}
    return _sales(sets.named(OF_GUESTS if part.guests else OF_MEMBERS, **told), units)


def one(*, order: int, currency: str) -> Sale | None:
    """One order, as it would be priced."""
    units = 10 ** currencies.digits(currency)
    rows = sets.named(ONE, order=order, units=units)
    return _sales(rows, units)[0] if rows else None


ONE = f"""
SELECT a.member_id, {COLUMNS} FROM members_order o LEFT JOIN members_account a ON a.id = o.account_id WHERE o.id = %(order)s
"""  # noqa: S608


def _asked(simulation: Simulation) -> dict:
    places = Organization.objects.under(simulation.organization).values_list("pk", flat=True)
    return {
        "since": midnight(simulation.since),
        "until": midnight(simulation.until),
        "places": sets.array(sorted(places)),
        "channel": simulation.channel_id,
    }


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _sales(rows: list[tuple], units: int) -> list[Sale]:
    lines: dict[int, list[Line]] = defaultdict(list)
    given: dict[int, int] = defaultdict(int)
    orders = sets.array([row[1] for row in rows])
    for order, sku, category, quantity, price, discount in sets.named(LINES, orders=orders, units=units):
        of_order = lines[order]
        of_order.append(
            Line(number=len(of_order) + 1, sku=sku, quantity=quantity, unit_price=price, category=category)
        )
        given[order] += discount
    zone = timezone.get_current_timezone()
    return [
        Sale(
            order, member, account, place, channel, at.astimezone(zone), currency, tuple(coupons),
            given[order] + discount, tuple(lines.get(order, ())),
        )
        for member, order, place, channel, account, at, currency, coupons, discount in rows
    ]  # fmt: skip


def fits(sale: Sale, currency: str) -> str:
    """Why an order cannot be priced: currency, no_lines, lines; "": it can."""
    if sale.currency != currency:
        return "currency"
    if not sale.lines:
        return "no_lines"
    if len(sale.lines) > MOST_LINES or any(
        not (0 < line.quantity <= 10**6 * PIECE and 0 <= line.unit_price <= 10**12) for line in sale.lines
    ):
        return "lines"
    return ""
