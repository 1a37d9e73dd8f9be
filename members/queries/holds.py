"""What holds have taken, book by book, and how each part of them ended."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from members import sets
from members.models import Hold, Member

PARTS = """
SELECT p.hold_id, p.id, p.book_id, p.account_id, -p.amount, e.id, coalesce(e.verb, ''), coalesce(e.amount, 0)
FROM members_posting p
LEFT JOIN members_posting e ON e.corrects_id = p.id AND e.verb IN ('commit', 'release')
WHERE p.hold_id = ANY(%s::bigint[]) AND p.verb = 'hold' ORDER BY p.hold_id, p.book_id
"""


@dataclass(frozen=True)
class Part:
    """What a hold took in one book, in steps; ``back`` is what its ending gave back. ``ending`` is None while open,
    ``account`` None of what a pot of the house gave."""

    hold: int
    posting: int
    book: int
    account: int | None
    steps: int
    ending: int | None
    verb: str
    back: int

    @property
    def spent(self) -> int:
        return self.steps - self.back if self.ending else 0


def parts(*, holds: Collection[int]) -> list[Part]:
    """Ordered by hold and book."""
    rows = [(id,) for id in sorted(holds)]
    return [Part(*row) for row in sets.run(PARTS, rows, 1, planned_once=len(rows) == 1)] if rows else []


def open_of(*, member: Member) -> QuerySet[Hold]:
    """Of all accounts that are this person now; the first to end first."""
    return Hold.objects.filter(account__member=member, state=Hold.State.OPEN).order_by("until", "id")
