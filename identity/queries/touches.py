"""Which ad brought an order: the clicks of its customer before it, first and last, derived anew whenever asked."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from identity.events import clicks
from members.models import Event, Order
from members.queries import scopes
from members.queries.scopes import Reach


@dataclass(frozen=True)
class Touch:
    """One contact with click parameters: an event of the customer, or what the order itself was sent with."""

    at: dt.datetime
    channel: str
    event: str
    attribution: dict

    @property
    def platform(self) -> str:
        return clicks.platform(self.attribution)

    def place(self) -> tuple:
        """Its place among the touches of an order: by the facts alone, whatever order they arrived in."""
        return self.at, self.channel, self.event, json.dumps(self.attribution, sort_keys=True, default=str)


@dataclass(frozen=True)
class Attribution:
    """What brought one order. ``touches``: everything within the window, earliest first, the order's own last."""

    order: Order
    touches: list[Touch] = field(default_factory=list)

    @property
    def first(self) -> Touch | None:
        return self.touches[0] if self.touches else None

    @property
    def last(self) -> Touch | None:
        return self.touches[-1] if self.touches else None


def of_orders(
    *, orders: Iterable[Order], window: dt.timedelta, reach: Reach = scopes.EVERYTHING
) -> dict[int, Attribution]:
    """Order id → what brought it, in one query: every touch of its member less than ``window`` before it.

    ``orders`` come with their accounts and channels. A touch counts through whatever account the member has now, so
    a click of an anonymous visitor counts as soon as he is known to be the buyer, and no longer if that is undone.
    """
    orders = list(orders)
    known = _events(orders, window=window, reach=reach)
    return {each.pk: Attribution(each, _of_order(each, known, window=window)) for each in orders}


def _events(orders, *, window, reach):
    owned = [each for each in orders if each.account_id]
    if not owned:
        return {}
    found = defaultdict(list)
    for event in scopes.around_organization(_telling(owned, window), reach=reach):
        touch = Touch(event.occurred_at, event.channel.code, event.name, event.properties["attribution"])
        found[event.account.member_id].append(touch)
    return found


def _telling(owned, window) -> QuerySet[Event]:
    times = [each.occurred_at for each in owned]
    return Event.objects.filter(
        account__member__in={each.account.member_id for each in owned},
        occurred_at__gt=min(times) - window,
        occurred_at__lte=max(times),
        properties__attribution__has_any_keys=sorted(clicks.TELLING),
    ).select_related("account", "channel")


def _of_order(order, known, *, window):
    mine = known.get(order.account.member_id, ()) if order.account_id else ()
    since = order.occurred_at - window
    touches = sorted((each for each in mine if since < each.at <= order.occurred_at), key=Touch.place)
    if not clicks.TELLING.isdisjoint(order.attribution):
        touches.append(Touch(order.occurred_at, order.channel.code, "order", order.attribution))
    return touches
