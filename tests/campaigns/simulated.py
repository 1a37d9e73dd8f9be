"""Past orders, and drafts tried on them, for tests."""

import datetime as dt
from decimal import Decimal

from campaigns.actions import simulating
from campaigns.models import Simulation
from campaigns.queries.simulating import parts
from members.models import Account, OrderLine, Organization
from tests import factories
from tests.campaigns import offering

NOW = offering.NOW
SINCE, UNTIL = dt.date(2025, 12, 1), dt.date(2026, 1, 1)


def at(day: int, hour: int = 12) -> dt.datetime:
    """In December 2025, by the clocks of the shops."""
    return dt.datetime(2025, 12, day, hour, tzinfo=offering.SHANGHAI)


def sold(account: Account | None, *lines: str, store: Organization, day: int = 5, **fields):
    """An order of pieces at these prices; the articles are A1, A2 …"""
    made = factories.order(
        account=account, organization=store, at=fields.pop("at", at(day)), amount=lines[0], sku="A1", **fields
    )
    for number, price in enumerate(lines[1:], start=2):
        OrderLine.objects.create(
            order=made,
            line=number,
            sku=f"A{number}",
            quantity=1,
            unit_price=Decimal(price),
            amount=Decimal(price),
        )
    return made


def asked(version, **fields) -> Simulation:
    told = {
        "organization": version.activity.organization, "since": SINCE, "until": UNTIL, "by": offering.author(), "now": NOW,
    }  # fmt: skip
    return simulating.ask(version=version, **(told | fields))


def worked(*, size: int = simulating.SIZE, now: dt.datetime = NOW) -> int:
    """All that is to be done, as a worker does it; how many orders it priced."""
    settings, count = parts.Settings(), 0
    while (priced := simulating.advance(now=now, settings=settings, size=size)) is not None:
        count += priced
    return count


def found(version, *, size: int = simulating.SIZE, **fields) -> dict:
    simulation = asked(version, **fields)
    worked(size=size)
    simulation.refresh_from_db()
    assert simulation.state == "done", simulation.fault
    return simulation.found
