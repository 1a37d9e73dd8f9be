"""What one member did, over all channels together, newest first, as far as the reader reaches."""

import dataclasses
from decimal import Decimal

from django.db.models import QuerySet

from members import sets
from members.models import Account, Consent, Event, Member, Order, Return, Review
from members.queries import scopes
from members.queries.scopes import Reach

BOUGHT = """
WITH bought AS MATERIALIZED (
    SELECT o.id, o.currency, o.amount, o.status IN ('paid', 'completed') AND NOT o.reward AS counts
    FROM members_account a JOIN members_order o ON o.account_id = a.id
    WHERE a.member_id = %s AND a.emptied_at IS NULL
      AND (%s OR o.organization_id IN (SELECT id FROM members_organization WHERE path LIKE %s))
), back AS (
    SELECT b.currency, sum(r.amount) AS amount FROM bought b JOIN members_return r ON r.order_id = b.id GROUP BY 1
)
SELECT b.currency, count(*) FILTER (WHERE b.counts), coalesce(sum(b.amount) FILTER (WHERE b.counts), 0),
       coalesce((SELECT amount FROM back WHERE back.currency = b.currency), 0)
FROM bought b GROUP BY b.currency ORDER BY b.currency
"""


@dataclasses.dataclass(frozen=True)
class Bought:
    """Sums over one member's orders in one currency. ``amount`` and ``orders`` count what was bought."""

    currency: str
    orders: int
    amount: Decimal
    refunded: Decimal

    @property
    def net(self) -> Decimal:
        return self.amount - self.refunded


def accounts(*, member: Member, reach: Reach) -> QuerySet[Account]:
    """His child IDs, first seen first."""
    seen = scopes.of_account(member.accounts.all(), reach=reach, field="pk")
    return seen.select_related("channel", "organization").order_by("first_seen_at", "id")


def orders(*, member: Member, reach: Reach) -> QuerySet[Order]:
    """Orders of every channel together, with their lines and returns: three queries, however many."""
    return (
        _orders(member, reach)
        .select_related("channel", "organization", "account")
        .prefetch_related("lines", "returns")
        .order_by("-occurred_at", "-id")
    )


def bought(*, member: Member, reach: Reach) -> list[Bought]:
    """What he bought and gave back, for each currency. Cancelled and unpaid orders do not count. One statement."""
    if not reach:
        return []
    path = reach.node.path if reach.node else ""
    return [Bought(*row) for row in sets.prepared(BOUGHT, member.pk, reach.everything, f"{path}%")]


def returns(*, member: Member, reach: Reach) -> QuerySet[Return]:
    return (
        scopes.at_organization(Return.objects.filter(account__in=_all(member)), reach=reach)
        .select_related("channel", "order")
        .prefetch_related("lines")
        .order_by("-occurred_at", "-id")
    )


def reviews(*, member: Member, reach: Reach) -> QuerySet[Review]:
    return (
        Review.objects.filter(account__in=_seen(member, reach))
        .select_related("channel", "order")
        .order_by("-occurred_at", "-id")
    )


def events(*, member: Member, reach: Reach) -> QuerySet[Event]:
    return (
        scopes.at_organization(Event.objects.filter(account__in=_all(member)), reach=reach)
        .select_related("channel", "organization")
        .order_by("-occurred_at", "-id")
    )


def consents(*, member: Member, reach: Reach) -> list[Consent]:
    """The statement that rules, for each purpose and way of contact: the latest; of two at once the refusal."""
    return list(
        Consent.objects.filter(account__in=_seen(member, reach))
        .select_related("account__channel")
        .order_by("purpose", "touchpoint", "-stated_at", "granted", "id")
        .distinct("purpose", "touchpoint")
    )


def _orders(member, reach):
    return scopes.at_organization(Order.objects.filter(account__in=_all(member)), reach=reach)


def _all(member):
    return list(member.accounts.values_list("pk", flat=True))


def _seen(member, reach):
    return list(accounts(member=member, reach=reach).values_list("pk", flat=True))
