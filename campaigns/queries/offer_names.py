"""What people call the offers that tills know by a code, whether they are live or long over."""

from collections.abc import Iterable

from campaigns.models import ActivityOffer, CouponTemplate

COUPON = "coupon:"


def of(codes: Iterable[str]) -> dict[str, str]:
    """{code: name as last published} of those that are known, in two statements at most."""
    wanted = set(codes) - {""}
    return _of_coupons(wanted) | _of_activities(wanted)


def _of_coupons(wanted: set[str]) -> dict[str, str]:
    templates = {code.removeprefix(COUPON) for code in wanted if code.startswith(COUPON)}
    if not templates:
        return {}
    rows = CouponTemplate.objects.filter(code__in=templates).values_list("code", "name")
    return {f"{COUPON}{code}": name for code, name in rows}


def _of_activities(wanted: set[str]) -> dict[str, str]:
    activities = {code.rpartition("-")[0] for code in wanted if not code.startswith(COUPON)} - {""}
    if not activities:
        return {}
    known = ActivityOffer.objects.filter(
        version__activity__code__in=activities, version__published_at__isnull=False
    )
    rows = known.order_by("version__number").values_list("version__activity__code", "position", "name")
    named = {f"{activity}-{position}": name for activity, position, name in rows}
    return {code: name for code, name in named.items() if code in wanted}
