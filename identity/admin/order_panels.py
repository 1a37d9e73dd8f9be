"""What brought an order: the clicks of its customer within the window, the first and the last."""

import datetime as dt

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from identity.queries import touches
from members.admin import order_panels
from members.admin.base import reach
from members.models import Order

SHOWN = 20


def _brought(order: Order, request: HttpRequest) -> dict | None:
    window = dt.timedelta(days=settings.ATTRIBUTION_WINDOW_DAYS)
    found = touches.of_orders(orders=[order], window=window, reach=reach(request))[order.pk].touches
    if not found:
        return None
    rows = [
        {
            "touch": touch,
            "before": order.occurred_at - touch.at,
            "first": touch is found[0],
            "last": touch is found[-1],
            "carried": sorted(touch.attribution.items()),
        }
        for touch in found
    ]
    shown = rows if len(rows) <= SHOWN else [*rows[: SHOWN // 2], *rows[-SHOWN // 2 :]]
    return {"rows": shown, "count": len(rows), "days": settings.ATTRIBUTION_WINDOW_DAYS}


order_panels.register(
    order_panels.OrderPanel(_("What brought this order"), "identity/panels/brought.html", _brought)
)
