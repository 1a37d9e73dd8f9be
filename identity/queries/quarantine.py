"""What was kept aside, and why."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from identity.models import QuarantineItem


@dataclass(frozen=True)
class Reason:
    """How many open items there are of one reason in one channel."""

    code: str
    channel: str
    scope: str
    count: int


def open_items() -> QuerySet[QuarantineItem]:
    return QuarantineItem.objects.filter(state=QuarantineItem.State.OPEN)


def open_records(*, code="", channel="") -> QuerySet[QuarantineItem]:
    """Whole records that can be corrected or sent again."""
    found = open_items().filter(scope=QuarantineItem.Scope.RECORD)
    if code:
        found = found.filter(code=code)
    return found.filter(channel_code=channel) if channel else found


def reasons() -> list[Reason]:
    """Open items counted by reason and channel, most frequent first."""
    rows = open_items().values_list("code", "channel_code", "scope").annotate(count=Count("id"))
    return [Reason(*row) for row in rows.order_by("-count", "code", "channel_code")]
