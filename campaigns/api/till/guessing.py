"""Codes of coupons in baskets: wrong ones are counted as at every other door of codes (ADR 119)."""

from django.utils import timezone
from rest_framework.request import Request

from campaigns.api.till import bodies
from campaigns.queries.till.pricing import Priced
from members.actions import lookups
from members.api.throttles import CodeGuesses


def check(*, request: Request, body: bodies.Basket) -> None:
    """Who sent too many wrong codes is told nothing of any code. Raises Throttled."""
    if body.coupons and body.coupons != "auto":
        CodeGuesses(request=request).check()


def count(*, request: Request, priced: Priced) -> None:
    """Raises Throttled: then the basket is not answered."""
    wrong = [code for code, reason in priced.coupons.refused.items() if reason == "unknown"]
    if wrong and CodeGuesses(request=request).count_new(codes=wrong):
        lookups.record(action="code", by=request.auth, now=timezone.now(), member=None, field="coupon")
