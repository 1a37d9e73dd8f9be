"""The whole story of one sale at a till: what its till asked for, the offers as they were then, its coupons."""

import datetime as dt
from collections.abc import Iterable

import msgspec
from django.db.models import Q, QuerySet

from campaigns.models import ActivityOffer, Coupon, CouponTemplate, TillOperation, TillOrder
from campaigns.offers import reading
from campaigns.offers.offer import Offer
from members.models import Channel


def operations(*, key: str) -> list[TillOperation]:
    """What happened under this key, whichever channel's it is: the index begins with the channel."""
    callers = list(Channel.objects.values_list("code", flat=True))
    return list(TillOperation.objects.filter(caller__in=callers, key=key).order_by("at"))


def of_number(*, number: str) -> QuerySet[TillOrder]:
    """Sales of this number, whatever the store."""
    channels = list(Channel.objects.values_list("pk", flat=True))
    return TillOrder.objects.filter(channel__in=channels, number=number)


def operations_of(*, sale: TillOrder) -> list[TillOperation]:
    """What its till asked for, in order: every basket, by their numbers; all else by the instants that the sale keeps of it, so
    that no index of all operations by number is needed."""
    moments = {sale.opened_at, sale.changed_at, sale.held_at, sale.committed_at, sale.cancelled_at} - {None}
    moments |= set(sale.returns.values_list("at", flat=True))
    rows = TillOperation.objects.filter(caller=sale.channel.code, number=sale.number)
    return list(rows.filter(verb="put").union(rows.filter(at__in=moments)).order_by("at", "id"))


def answered(operation: TillOperation) -> dict:
    """The answer as it was sent; empty if it is none that we can read."""
    try:
        found = msgspec.json.decode(operation.answer)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def offers(*, codes: Iterable[str], at: dt.datetime) -> dict[str, Offer]:
    """Offers as they were live at an instant, by their codes. Only these are read: tills keep their rules."""
    wanted = set(codes)
    templates = {code.removeprefix("coupon:") for code in wanted if code.startswith("coupon:")}
    found = CouponTemplate.objects.filter(code__in=templates).exclude(frozen=None)
    places = {code.rpartition("-")[0] for code in wanted}
    live = ActivityOffer.objects.filter(
        Q(version__closes_at=None) | Q(version__closes_at__gt=at), version__activity__code__in=places,
        version__published_at__isnull=False, version__starts_at__lte=at,
    ).exclude(frozen=None)  # fmt: skip
    rows = [*found.values_list("frozen", flat=True), *live.values_list("frozen", flat=True)]
    every = (reading.from_builtins(each, Offer) for each in rows)
    return {offer.code: offer for offer in every if offer.code in wanted}


def coupons_of(*, sale: TillOrder) -> list[Coupon]:
    """Those it holds, and those it used."""
    used = Q(channel=sale.channel_id, order_key=sale.number) & ~Q(order_key="")
    held = Q(state=Coupon.State.HELD, held_by=f"{sale.store.code}/{sale.number}")
    return list(Coupon.objects.filter(used | held).select_related("template").order_by("id"))
