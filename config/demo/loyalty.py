"""The sample company's programme: a point for each yuan, for two years, at every channel of the group."""

import datetime as dt
from decimal import Decimal

from config.demo import company
from members.actions import books, earning, points
from members.models import Book, EarningRule, Organization, Posting, Programme

BOOK = "points"
BEGAN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def found(*, now: dt.datetime) -> None:
    """The programme with its book and rule, whatever of them is not there yet."""
    group = Organization.objects.get(code=company.GROUP)
    programme, _made = Programme.objects.get_or_create(
        organization=group, defaults={"name": "Harbour Club 海港会"}
    )
    ours = Book.objects.filter(code=BOOK).first() or books.create(
        organization=group, code=BOOK, name="Club points", kind=Book.Kind.POINTS, unit="points",
        expiry=Book.Expiry.MONTHS_AFTER, expiry_months=24,
    )  # fmt: skip
    if not EarningRule.objects.filter(programme=programme, book=ours).exists():
        books.add_rule(
            programme=programme, book=ours, currency="CNY", rate=Decimal(1), starts_at=BEGAN, now=now
        )


def earn(*, now: dt.datetime) -> int:
    """Give all orders their points, and take out what has expired; how many movements there are."""
    while earning.follow(now=now):
        pass
    while points.expire(now=now):
        pass
    return Posting.objects.count()
