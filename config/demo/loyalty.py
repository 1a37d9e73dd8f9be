"""The sample company's programme: a point for each yuan, for two years, at every channel of the group; three tiers by the
purchases of the last twelve months, of which the higher ones earn more; twice as many points around the Mid-Autumn
Festival; some for a sign-in a day and for each review; and what members of the old web mall had saved there."""

import datetime as dt
from decimal import Decimal

from config.demo import company
from members.actions import books, earning, opening_rules, openings, plans, points, tiers
from members.lifecycle.house import REVIEWED
from members.models import (
    Book,
    Channel,
    EarningRule,
    OpeningRule,
    Organization,
    Plan,
    Programme,
    Tier,
    TierRule,
)
from members.queries import proofs

POINTS, GROWTH = "points", "growth"
QUARTERS = tuple(dt.timedelta(days=91 * number) for number in range(7, 0, -1))
BEGAN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ACTIONS = (("sign_in", "day", 2), (REVIEWED, "each", 20))
OLD_MALL, OLD_MALL_RATE = "mall", Decimal("0.1")
OLD_MALL_CLOSED = dt.timedelta(days=365)  # before now
TIERS = (
    ("member", "Member 会员", {"growth_from": 0}),
    (
        "silver",
        "Silver 银卡",
        {"growth_from": 8_000, "keep_from": 6_000, "validity_months": 12, "multiplier": "1.2"},
    ),
    (
        "gold",
        "Gold 金卡",
        {"growth_from": 25_000, "keep_from": 20_000, "validity_months": 12, "multiplier": "1.5"},
    ),
)


def found(*, now: dt.datetime) -> None:
    """The programme with its books, tiers and plans, whatever of them is not there yet."""
    group = Organization.objects.get(code=company.GROUP)
    programme, _made = Programme.objects.get_or_create(
        organization=group, defaults={"name": "Harbour Club 海港会"}
    )
    ours = _book(group, POINTS, name="Club points", kind=Book.Kind.POINTS, expiry=Book.Expiry.MONTHS_AFTER, expiry_months=24)  # fmt: skip
    growth = _book(group, GROWTH, name="Club growth", kind=Book.Kind.GROWTH)
    for rank, (code, name, _rule) in enumerate(TIERS, 1):
        Tier.objects.get_or_create(programme=programme, code=code, defaults={"name": name, "rank": rank})
    if not programme.plans.exists():
        _publish(
            programme, now,
            [_sale(ours, rate=1), _sale(growth, rate=1, multiplied=False), *(_action(ours, *each) for each in ACTIONS)],
            cycle=Plan.Cycle.LONG, name="Harbour Club", growth_book=growth, window_months=12, tier_grace_days=14,
            downgrade=Plan.Downgrade.ONE,
        )  # fmt: skip
        _publish(
            programme, now, [_sale(ours, times=2)], cycle=Plan.Cycle.SHORT,
            name="Double points at Mid-Autumn 中秋双倍积分", calendar=Plan.Calendar.HOLIDAY, holiday="mid_autumn",
            days_before=3, days_after=3,
        )  # fmt: skip
    if not programme.opening_rules.exists():
        _take_over(programme, ours, now)


def _sale(book, **rule) -> dict:
    return {"book": book, "currency": "CNY", **rule}


def _action(book, event: str, per: str, fixed: int) -> dict:
    return {"book": book, "event": event, "per": per, "fixed": fixed}


def _take_over(programme, book, now) -> None:
    """Ten points that the old mall had stated by its end are one of the club's."""
    rule = OpeningRule.objects.create(
        programme=programme, channel=Channel.objects.get(code=OLD_MALL), points_book=book,
        points_rate=OLD_MALL_RATE, tiers=False, until=now - OLD_MALL_CLOSED, state=OpeningRule.State.DRAFT,
    )  # fmt: skip
    opening_rules.begin(rule=rule, now=now)


def _book(group, code, **fields) -> Book:
    return Book.objects.filter(code=code).first() or books.create(
        organization=group, code=code, unit=code, **fields
    )


def _publish(programme, now, rules, **plan) -> None:
    made = plans.draft(programme=programme, starts_at=BEGAN, by=None, now=now, **plan)
    for position, rule in enumerate(rules, 1):
        EarningRule.objects.create(plan=made, position=position, **rule)
    if made.cycle == Plan.Cycle.LONG:
        for code, _name, rule in TIERS:
            TierRule.objects.create(plan=made, tier=programme.tiers.get(code=code), **rule)
    plans.publish(plan=made, by=None, now=now)


def earn(*, now: dt.datetime, looked_back: tuple[dt.timedelta, ...] = ()) -> None:
    """Give all orders and actions until now their points, members of the old mall theirs, and everybody the tier that is
    due. ``looked_back``: how long ago tiers would have been reviewed too, the longest first."""
    while openings.follow(now=now) or opening_rules.go_on(now=now) or earning.follow(now=now):
        pass
    for ago in (*looked_back, dt.timedelta()):
        tiers.review(now=now - ago)


def expire(*, now: dt.datetime) -> None:
    """Take out what has expired."""
    while points.expire(now=now):
        pass


def faults() -> int:
    """What of the whole ledger does not add up, as `manage.py check_ledger` counts it."""
    return sum(each.count for each in proofs.findings())
