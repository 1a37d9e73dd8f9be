"""Coupons and what channels tell of them, by the doors of the product."""

from campaigns.actions import coupons, told_coupons
from campaigns.models import Coupon, CouponTemplate, ToldCoupon
from members.models import Account, Event
from tests.campaigns.offering import NOW
from tests.campaigns.vouchers import brought
from tests.identity import company


def read(*, again: bool = False) -> None:
    """Everything in the log."""
    while told_coupons.follow(now=company.NOW):
        pass
    if again:
        told_coupons.look_again(now=company.NOW)


def known(external_id: str, *, channel: str = "tmall") -> Account:
    company.accept(company.account(external_id, channel=channel))
    return Account.objects.get(channel__code=channel, external_id=external_id)


def owned(template: CouponTemplate, account: Account, code: str = "C1") -> Coupon:
    """One with this code that is somebody's."""
    brought(template, code)
    return coupons.claim_code(code=code, account=account, now=NOW)


def sale(
    number: str = "T-1", account: str | None = "t1", *, channel: str = "tmall", on: int = 20, **more
) -> dict:
    """An order that names C1, three weeks into the year."""
    return company.order(number, account, channel=channel, on=on, **{"coupons": ["C1"]} | more)


def card(name: str, account: str, *, on: int, code: str = "C1", **properties) -> dict:
    named = {"coupon": code, **properties}
    return company.event(name, account, on=on, external_id=f"{name} {account} {on}", properties=named)


def verdicts() -> list[tuple[str, str, str]]:
    """(what was told, state, why), by time."""
    rows = ToldCoupon.objects.order_by("occurred_at", "kind", "key")
    return list(rows.values_list("kind", "state", "reason"))


def everything() -> tuple:
    """Whatever a replay must not change."""
    return (
        list(Coupon.objects.order_by("id").values()),
        list(ToldCoupon.objects.order_by("id").values()),
        Event.objects.filter(name__startswith="coupon.").count(),
    )
