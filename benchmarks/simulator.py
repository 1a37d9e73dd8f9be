"""Drafts tried on past orders: how many orders a second of a core prices, beside 20 offers and beside 200.

Orders of one month, of one to six lines, four in five of known members, a third of whom have a tier. All is timed that a worker
does: cutting, reading, who the buyers are, both prices, sums. The draft is about a third of the goods, from 199.00 on.
"""

import contextlib
import datetime as dt
import time
from typing import NamedTuple

import psutil
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from benchmarks import fixtures, house, offers_made
from benchmarks.measures import Measure, at_least, shown
from campaigns.actions import activities, coupon_templates, simulating
from campaigns.models import ActivityVersion, Simulation
from campaigns.offers import reading
from campaigns.offers.offer import Offer
from campaigns.queries.simulating import parts
from members.models import Channel, Organization, Programme, Tier

OFFERS, FEW, SEED, STORES = 200, 20, 1, 20
ORDERS, MEMBERS = 1_000_000, 300_000
SINCE, UNTIL = dt.date(2026, 6, 1), dt.date(2026, 7, 1)
NOW = dt.datetime(2026, 6, 8, 3, 30, tzinfo=dt.UTC)

MADE = """
INSERT INTO members_order
    (channel_id, external_id, account_id, organization_id, occurred_at, status, currency, amount, version_at, version_digest)
SELECT %(channel)s, 'm' || i, CASE WHEN i %% 5 > 0 THEN 1 + i * 7919 %% %(members)s END, stores.ids[1 + i %% %(stores)s],
       timestamptz '2026-06-01 00:00+08' + i * 2654435761 %% 2592000 * interval '1 second', 'completed', 'CNY', 1,
       now(), '00000000-0000-0000-0000-000000000000'
FROM generate_series(1::bigint, %(count)s) AS i,
     (SELECT array_agg(id ORDER BY id) AS ids FROM members_organization WHERE kind = 'store') stores
"""
LINES = """
INSERT INTO members_orderline (order_id, line, sku, category, quantity, unit_price, amount)
SELECT o.id, n, 'sku-' || lpad(c::text, 3, '0') || '-' || lpad((o.id %% 20)::text, 2, '0'), 'category-' || lpad(c::text, 3, '0'),
       1 + (o.id + n) %% 3, p, p * (1 + (o.id + n) %% 3)
FROM members_order o CROSS JOIN LATERAL generate_series(1, 1 + (o.id * 31 %% 11 / 2)::int) AS n
     CROSS JOIN LATERAL (SELECT (o.id * 7919 + n * 104729) %% %(categories)s AS c) drawn
     CROSS JOIN LATERAL (SELECT (%(prices)s::int[])[1 + c %% %(many)s] / 100.0 AS p) priced
WHERE o.external_id LIKE 'm%%'
"""
TIERS = """
UPDATE members_membership SET tier = (ARRAY['silver', 'gold', 'platinum'])[1 + account_id % 3], stated_at = '2026-01-01 00:00+08'
WHERE account_id % 9 < 3
"""


def run(*, scale: float) -> list[Measure]:
    count = max(2_000, int(ORDERS * scale))
    author, approver = _prepared(count=count, members=max(500, int(MEMBERS * scale)))
    _templates(author)
    draft = _draft(author)
    alone = _rate(draft, author)
    offers = offers_made.offers(count=OFFERS, seed=SEED)
    _publish(offers[:FEW], author, approver, name="FEW")
    few = _rate(draft, author)
    _publish(offers[FEW:], author, approver, name="MORE")
    many = _rate(draft, author)
    found = Simulation.objects.latest("pk").found
    return [
        at_least(
            f"past orders priced in a second of a core, beside {OFFERS} offers", many.of_core, "orders", 2_000
        ),
        shown("by the clock", many.by_clock, "orders/s"),
        at_least(f"the same in a second of a core, beside {FEW}", few.of_core, "orders", 2_000),
        shown("the same beside none", alone.of_core, "orders"),
        shown("orders", count, "orders"),
        shown("of them got the draft", 100 * found["touched"] / found["priced"], "%"),
        shown("not proven to be best", 100 * found["unproven"] / found["priced"], "%"),
    ]


def _prepared(*, count: int, members: int) -> tuple[User, User]:
    house.build(channels=["pos"], stores=offers_made.STORES[:STORES])
    fixtures.people(count=members)
    group = Organization.objects.get(code=house.GROUP)
    programme = Programme.objects.create(organization=group, name="Club")
    for rank, code in enumerate(("silver", "gold", "platinum")):
        Tier.objects.create(programme=programme, code=code, name=code, rank=rank)
    channel = Channel.objects.get(code="pos").pk
    categories, prices = OFFERS * 3 // 5, offers_made.PRICES
    with fixtures.filling() as cursor:
        cursor.execute(TIERS)
        cursor.execute(MADE, {"count": count, "channel": channel, "members": members, "stores": STORES})
        cursor.execute(LINES, {"categories": categories, "prices": prices, "many": len(prices)})
    fixtures.settle()
    return tuple(User.objects.create(username=name) for name in ("author", "approver"))


def _draft(author: User) -> ActivityVersion:
    categories = [f"category-{number:03}" for number in range(0, OFFERS * 3 // 5, 3)]
    draft = _drafted(author, "DRAFT")
    activities.put_offer(
        version=draft, position=1, by=author, now=NOW, name="20 off",
        trigger={"goods": {"categories": categories}, "threshold": {"of": "amount", "least": 19_900}},
        execution="reduce", form={"kind": "cash", "amount": 2_000}, limits={"stack": 2, "groups": ["threshold"]},
    )  # fmt: skip
    return draft


def _templates(author: User) -> None:
    """Those that offers name. Orders of the past show none of their coupons."""
    group = Organization.objects.get(code=house.GROUP)
    for code in ["next-time", *(f"template-{number}" for number in range(20))]:
        coupon_templates.draft(
            organization=group, code=code, name=code, kind="consumption", trigger={}, execution="reduce",
            form={"kind": "cash", "amount": 1_000}, limits={}, claim_from=NOW, by=author, now=NOW,
        )  # fmt: skip


def _publish(offers: tuple[Offer, ...], author: User, approver: User, *, name: str) -> None:
    """All in one activity; tiers are those of the group. Those that are over begin now: nothing that is over is submitted."""
    version = _drafted(author, name)
    for position, offer in enumerate(offers, start=1):
        told = reading.to_builtins(offer)
        if tiers := told["trigger"].get("tiers"):
            told["trigger"]["tiers"] = [f"{house.GROUP}:{each.partition(':')[2]}" for each in tiers]
        if offer.trigger.ends and offer.trigger.ends < timezone.make_naive(NOW):
            del told["trigger"]["ends"]
        elements = {key: told.get(key, {}) for key in ("trigger", "form", "limits")}
        activities.put_offer(
            version=version, position=position, by=author, now=NOW, name=offer.code, execution=offer.execution,
            after=offer.after, after_days=offer.days, **elements,
        )  # fmt: skip
    activities.submit(version=version, by=author, now=NOW)
    activities.approve(version=version, by=approver, now=NOW)


def _drafted(author: User, code: str) -> ActivityVersion:
    group = Organization.objects.get(code=house.GROUP)
    return activities.draft(organization=group, code=code, name=code, starts_at=NOW, by=author, now=NOW)


class Rate(NamedTuple):
    """Orders in a second of processor time, of the worker and its session at the server together, and by the clock."""

    of_core: float
    by_clock: float


def _rate(draft: ActivityVersion, author: User) -> Rate:
    simulation = simulating.ask(
        version=draft, organization=draft.activity.organization, since=SINCE, until=UNTIL, by=author, now=NOW
    )
    begun, busy, settings, count = time.perf_counter(), _busy(), parts.Settings(), 0
    while (priced := simulating.advance(now=NOW, settings=settings)) is not None:
        count += priced
    spent, worked = time.perf_counter() - begun, _busy() - busy
    simulation.refresh_from_db()
    if simulation.state != Simulation.State.DONE or simulation.found["priced"] != count:
        raise RuntimeError(f"it ended as {simulation.state} {simulation.fault}")
    return Rate(count / worked, count / spent)


def _busy() -> float:
    """Seconds; without the server's where it is on another machine."""
    connection.ensure_connection()
    times = time.process_time()
    with contextlib.suppress(psutil.Error):
        server = psutil.Process(connection.connection.info.backend_pid).cpu_times()
        times += server.user + server.system
    return times
