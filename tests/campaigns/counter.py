"""Callers of the coupon doors for tests."""

from campaigns.models import CouponTemplate
from members.models import Member


def of(oneid: str) -> str:
    return f"/api/v1/members/{oneid}/coupons"


OFFERED = "/api/v1/coupons/offered"
LOOK = "/api/v1/coupons/look"
REDEEM = "/api/v1/coupons/redeem"


def claim(mini, member: Member, template: CouponTemplate | None = None, *, key: str, code: str = ""):
    told = {"code": code} if code else {"template": template.code}
    return mini.post(of(member.oneid), {"key": key, **told})


def problem(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def redeem(till, code: str, *, key: str, number: str = "R-1", **more):
    return till.post(REDEEM, {"key": key, "code": code, "number": number, **more})
