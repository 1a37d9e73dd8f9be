"""What one member did, over all channels together, newest first, as far as the reader reaches."""

import dataclasses
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from members.models import Account, Consent, Event, Member, Order, Return, Review
from members.queries import scopes
from members.queries.scopes import Reach


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
    """What he bought and gave back, for each currency. Cancelled and unpaid orders do not count."""
    paid = Q(status__in=[Order.Status.PAID, Order.Status.COMPLETED])
    orders = _orders(member, reach)
    sums = (
        orders.values("currency")
        .annotate(orders=Count("id", filter=paid), amount=Sum("amount", filter=paid, default=Decimal(0)))
        .order_by("currency")
    )
    refunds = dict(
        Return.objects.filter(order__in=orders).values_list("order__currency").annotate(Sum("amount"))
    )
    return [Bought(**row, refunded=refunds.get(row["currency"], Decimal(0))) for row in sums]


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
