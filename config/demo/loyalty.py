"""The sample company's programme: a point for each yuan, for two years, at every channel of the group; twice as many around
the Mid-Autumn Festival."""

import datetime as dt

from config.demo import company
from members.actions import books, earning, plans, points
from members.models import Book, EarningRule, Organization, Plan, Posting, Programme

BOOK = "points"
BEGAN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def found(*, now: dt.datetime) -> None:
    """The programme with its book and plans, whatever of them is not there yet."""
    group = Organization.objects.get(code=company.GROUP)
    programme, _made = Programme.objects.get_or_create(
        organization=group, defaults={"name": "Harbour Club 海港会"}
    )
    ours = Book.objects.filter(code=BOOK).first() or books.create(
        organization=group, code=BOOK, name="Club points", kind=Book.Kind.POINTS, unit="points",
        expiry=Book.Expiry.MONTHS_AFTER, expiry_months=24,
    )  # fmt: skip
    if not programme.plans.exists():
        _publish(programme, ours, now, cycle=Plan.Cycle.LONG, name="Harbour Club", rule={"rate": 1})
        _publish(
            programme, ours, now, cycle=Plan.Cycle.SHORT, name="Double points at Mid-Autumn 中秋双倍积分",
            rule={"times": 2}, calendar=Plan.Calendar.HOLIDAY, holiday="mid_autumn", days_before=3, days_after=3,
        )  # fmt: skip


def _publish(programme, book, now, *, rule, **plan) -> None:
    made = plans.draft(programme=programme, starts_at=BEGAN, by=None, now=now, **plan)
    EarningRule.objects.create(plan=made, book=book, currency="CNY", **rule)
    plans.publish(plan=made, by=None, now=now)


def earn(*, now: dt.datetime) -> int:
    """Give all orders their points, and take out what has expired; how many movements there are."""
    while earning.follow(now=now):
        pass
    while points.expire(now=now):
        pass
    return Posting.objects.count()
