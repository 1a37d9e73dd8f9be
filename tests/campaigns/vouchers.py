"""Coupon templates and coupons for tests, each through its verbs."""

import itertools

from campaigns.actions import coupon_batches, coupon_templates, coupons
from campaigns.models import Coupon, CouponTemplate
from members.models import Account, Organization
from tests.campaigns.offering import DAY, NOW, approver, author, off
from tests.members.ledger import purses

GIFT = {
    "trigger": {},
    "execution": "add",
    "form": {"kind": "goods", "skus": ["G1"], "worth": 1_000},
    "limits": {},
}
_numbers = itertools.count(1)


def drafted(
    *, organization: Organization, kind: str = "consumption", code: str = "", **fields
) -> CouponTemplate:
    code = code or f"COUPON{next(_numbers)}"
    content = {"consumption": off(), "gift": GIFT, "service": {"ticket_kind": "care"}}[kind]
    told = {**content, "name": code, "claim_from": NOW - DAY, **fields}
    return coupon_templates.draft(
        organization=organization, code=code, kind=kind, by=author(), now=NOW, **told
    )


def template(**fields) -> CouponTemplate:
    """An open one."""
    return coupon_templates.open_(template=drafted(**fields), by=approver(), now=NOW)


def claim(template: CouponTemplate, account: Account, *, now=NOW, key: str = "", **more) -> Coupon:
    return coupons.claim(template=template, account=account, key=key or purses.key(), now=now, **more)


def brought(template: CouponTemplate, *codes: str) -> list[Coupon]:
    """Codes of nobody yet."""
    batch = coupon_batches.bring(template=template, name="brought", codes=codes, by=author(), now=NOW)
    return list(Coupon.objects.filter(batch=batch).order_by("id"))


def state(coupon: Coupon) -> str:
    coupon.refresh_from_db()
    return coupon.state


def standing(template: CouponTemplate) -> tuple[int, int]:
    """Coupons issued, gifts given or set aside."""
    template.counter.refresh_from_db()
    return template.counter.issued, template.counter.given
