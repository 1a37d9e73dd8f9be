"""What was left of a budget at the end of each of the last days."""

import datetime as dt

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from campaigns.models import Budget
from campaigns.queries import budgets
from members.models import Entry

DAYS = 30


def of(*, budget: Budget, now: dt.datetime, days: int = DAYS) -> list[tuple[dt.date, int]]:
    """(day, steps left at its end), the earliest first, today last with what is left now. What tills hold is not left."""
    wallets = budgets.wallets(budgets=[budget])[budget.pk]
    zone = timezone.get_current_timezone()
    today = now.astimezone(zone).date()
    first = today - dt.timedelta(days=days - 1)
    begin = dt.datetime.combine(first, dt.time.min, zone)
    moved = Entry.objects.filter(wallet__in=list(wallets), posting__recorded_at__gte=begin)
    sums = (
        moved.values_list(TruncDate("posting__recorded_at", tzinfo=zone)).annotate(Sum("amount")).order_by()
    )
    of_day, left, found = dict(sums), sum(wallets.values()), []
    for back in range(days):
        day = today - dt.timedelta(days=back)
        found.append((day, left))
        left -= of_day.get(day, 0)
    return found[::-1]
