"""Whose coupons are whose, which can be used where, and through which channels they come and go."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.models import Coupon, CouponTemplate
from campaigns.offers import forms
from campaigns.offers.basket import Held
from campaigns.offers.offer import Trigger
from campaigns.queries import coupon_words
from members.models import Member, Organization
from members.queries import scopes

CAPS = ("per_member", "per_day", "per_store", "per_campaign")


@dataclass(frozen=True)
class Flow:
    """So many coupons claimed through one channel and redeemed through another; codes, "" for none (yet)."""

    claimed: str
    redeemed: str
    coupons: int


def of_member(*, member: Member) -> QuerySet[Coupon]:
    """Of all accounts that are this person now, whatever became of them; the newest first."""
    mine = Coupon.objects.filter(account__member=member)
    return mine.select_related("template__organization", "claim_channel").order_by("-claimed_at", "-id")


def usable(*, member: Member, store: Organization, now: dt.datetime) -> QuerySet[Coupon]:
    """Those he can use there and then; the first to end first."""
    here = [int(part) for part in store.path.strip("/").split("/")]
    good = Q(valid_until=None) | Q(valid_until__gt=now)
    mine = of_member(member=member).filter(good, state=Coupon.State.CLAIMED, valid_from__lte=now)
    return mine.filter(template__organization__in=here).order_by("valid_until", "id")


def for_basket(*, member: Member, store: Organization, now: dt.datetime) -> tuple[Held, ...]:
    """The same as the engine takes them: those that are priced, with the store's wall time."""
    found = usable(member=member, store=store, now=now).exclude(template__kind=CouponTemplate.Kind.SERVICE)
    return tuple(
        Held(
            code=coupon.code,
            template=coupon.template.code,
            usable_from=_wall(coupon.valid_from),
            usable_until=_wall(coupon.valid_until),
        )
        for coupon in found
    )


def offered(
    *, node: Organization, now: dt.datetime, member: Member | None = None
) -> QuerySet[CouponTemplate]:
    """What customers can claim around a node now, what ends first first. Of each ``left`` of its quota (None: no end), and
    of a member ``has``, how many are his."""
    open_ = Q(claim_until=None) | Q(claim_until__gt=now)
    good = Q(valid_until=None) | Q(valid_until__gt=now)
    left = Q(counter__quota=None) | Q(counter__issued__lt=F("counter__quota"))
    found = CouponTemplate.objects.filter(
        open_, good, left, state=CouponTemplate.State.OPEN, self_service=True, claim_from__lte=now
    )
    his = Coupon.objects.filter(template=OuterRef("pk"), account__member=member).exclude(state="withdrawn")
    each = his.order_by().values("template").annotate(number=Count("pk")).values("number")
    has = Coalesce(Subquery(each), 0) if member else Value(0)
    return (
        scopes.around_organization(found, reach=scopes.of_node(node))
        .annotate(left=F("counter__quota") - F("counter__issued"), has=has)
        .select_related("organization")
        .order_by(F("claim_until").asc(nulls_last=True), "id")
    )


def is_handed_over(*, template: CouponTemplate) -> bool:
    """Whether it is a gift for nothing, that asks for no purchase: no condition and no cap that only a sale can meet."""
    if template.kind != CouponTemplate.Kind.GIFT:
        return False
    offer = coupon_words.offer(template)
    free = isinstance(offer.form, forms.Article) and offer.trigger == Trigger(coupon=offer.trigger.coupon)
    return free and not offer.after and not any(getattr(offer.limits, cap) for cap in CAPS)


def numbers(*, template: CouponTemplate) -> dict[str, int]:
    """How many coupons stand in each state; those of no coupon are 0."""
    counted = Coupon.objects.filter(template=template).values_list("state").annotate(Count("id")).order_by()
    return dict.fromkeys(Coupon.State.values, 0) | dict(counted)


def flows(*, template: CouponTemplate) -> list[Flow]:
    """Claimed online, used offline: how many went which way."""
    claimed = Coupon.objects.filter(template=template).exclude(account=None)
    pairs = claimed.values_list("claim_channel__code", "channel__code").annotate(coupons=Count("id"))
    return [
        Flow(first or "", last or "", coupons)
        for first, last, coupons in pairs.order_by("claim_channel__code", "channel__code")
    ]


def _wall(at: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(at).replace(tzinfo=None) if at else None
