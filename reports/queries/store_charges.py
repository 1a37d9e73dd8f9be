"""What tills gave without a line that nobody else pays for: the store's own cost, by what it was given for."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from campaigns.models import StoreCharge
from campaigns.offers import currencies
from members.models import Organization


class Charge(NamedTuple):
    """``what``: an offer, a coupon or an allowance."""

    store: Organization
    kind: StoreCharge.Kind
    what: str
    currency: str
    amount: Decimal


def charged(*, node: Organization, since: dt.datetime, until: dt.datetime) -> list[Charge]:
    """To stores of the node, from ``since`` to just before ``until``, by store, kind and code."""
    told = StoreCharge.objects.filter(store__path__startswith=node.path, at__gte=since, at__lt=until)
    rows = list(told.values_list("store", "kind", "what", "currency").annotate(Sum("amount")).order_by())
    stores = Organization.objects.in_bulk({row[0] for row in rows})
    found = [
        Charge(stores[store], StoreCharge.Kind(kind), what, currency, _money(amount, currency))
        for store, kind, what, currency, amount in rows
    ]
    return sorted(found, key=lambda each: (each.store.path, each.kind, each.what, each.currency))


def _money(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-currencies.digits(currency))
