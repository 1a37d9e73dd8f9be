"""What a draft would have made of the orders and actions of the last days, beside what the plans in force made of them; and
whom it would put into another tier today."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest

from members.models import Account, Book, Member, Order, Plan
from members.queries import actions_told, acts, earnings, rulebooks, tier_changes
from members.queries.actions_told import Acted
from members.queries.tier_changes import Changes

MOST = 20_000
PEOPLE = 100_000
LARGEST = 10


@dataclass(frozen=True)
class Change:
    """In one book: what was and would be earned, in its unit, and how many people would have more or less."""

    book: Book
    before: Decimal
    after: Decimal
    gain: int
    lose: int
    largest: list["Share"]

    @property
    def more(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Share:
    """What one member earned and would earn."""

    member: Member
    before: Decimal
    after: Decimal

    @property
    def more(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Preview:
    """``orders`` and ``actions``: how many were looked at; ``all_of_them``: false if there were more than are looked
    at. Of actions given once, those before these days are not asked for. ``moves``: from tier to tier, by the growth of
    today."""

    days: int
    orders: int
    actions: int
    all_of_them: bool
    changes: list[Change]
    tiers: Changes


def of(*, plan: Plan, now: dt.datetime, days: int = 30) -> Preview:
    """As if the draft had held all those days: a version in the place of the one that ruled, a short plan on top."""
    at_home = Order.objects.bought().filter(
        organization__path__startswith=plan.programme.organization.path,
        occurred_at__gt=now - dt.timedelta(days=days), occurred_at__lte=now, account__isnull=False,
    )  # fmt: skip
    keys = list(at_home.order_by("-occurred_at", "-pk").values_list("channel_id", "external_id")[: MOST + 1])
    both = rulebooks.published(), rulebooks.with_draft(plan=plan)
    acted = _acted(plan, both, now, days)
    whole = len(keys) <= MOST and len(acted) <= MOST
    keys, acted = keys[:MOST], acted[-MOST:]
    tiers = tier_changes.preview(plan=plan, now=now, most=PEOPLE)
    return Preview(days, len(keys), len(acted), whole, _changes(both, set(keys), acted), tiers)


def _acted(plan: Plan, both, now, days) -> list[Acted]:
    names = {event for rulebook in both for event, _per in rulebook.actions()}
    node, since = plan.programme.organization, now - dt.timedelta(days=days)
    return (
        actions_told.lately(names=names, node=node, since=since, until=now, limit=MOST + 1) if names else []
    )


def _changes(both, keys, acted: list[Acted]) -> list[Change]:
    """Sums of steps, before and after, for each book and account."""
    sales = list(earnings.sales(keys=keys, rulebook=both[1]))
    sums: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for place, rules in enumerate(both):
        for book, account, steps in acts.given_once(happened=acted, rulebook=rules):
            sums[book][account][place] += steps
        for sold, dues in earnings.reckoned(sales=sales, rulebook=rules).dues:
            for due in dues:
                sums[due.book][sold.account][place] += due.steps
    member_of = dict(
        Account.objects.filter(pk__in={account for each in sums.values() for account in each})
        .values_list("pk", "member_id")
    )  # fmt: skip
    books = Book.objects.in_bulk(sums)
    return [_change(books[pk], _by_member(sums[pk], member_of)) for pk in sorted(sums)]


def _by_member(sums, member_of) -> dict[int, list[int]]:
    people: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for account, (before, after) in sums.items():
        have = people[member_of[account]]
        have[0], have[1] = have[0] + before, have[1] + after
    return people


def _change(book: Book, people: dict[int, list[int]]) -> Change:
    moved = {member: after - before for member, (before, after) in people.items() if after != before}
    largest = nlargest(LARGEST, moved, key=lambda member: (abs(moved[member]), -member))
    members = Member.objects.select_related("profile").in_bulk(largest)
    before, after = (sum(each[place] for each in people.values()) for place in (0, 1))
    return Change(
        book, book.shown(before), book.shown(after),
        sum(steps > 0 for steps in moved.values()), sum(steps < 0 for steps in moved.values()),
        [Share(members[each], *(book.shown(steps) for steps in people[each])) for each in largest],
    )  # fmt: skip
