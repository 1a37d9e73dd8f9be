"""What campaigns decided about a member and why, which coupons he has, what tills sold him and which offers he used."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.admin import sale_words
from campaigns.admin.coupons import masked
from campaigns.admin.units import money
from campaigns.models import Coupon, Decision, TillOrder
from campaigns.queries import offer_names, progress
from campaigns.queries.till import activity
from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member
from members.queries import scopes

SHOWN = 20


def _messages(member: Member, request: HttpRequest) -> dict | None:
    seen = scopes.at_organization(
        progress.of_member(member=member), reach=reach(request), field="campaign__organization"
    )
    decisions = list(seen[:SHOWN])
    return {"decisions": decisions, "reached": Decision.REACHED} if decisions else None


def _coupons(member: Member, request: HttpRequest) -> dict | None:
    """The latest of those that can be used around the reader's organization."""
    if not request.user.has_perm("campaigns.view_coupon"):
        return None
    every = Coupon.objects.filter(account__member=member).select_related("template")
    seen = scopes.around_organization(every, reach=reach(request), field="template__organization")
    rows = [
        {"coupon": each, "code": masked(each.code), "tone": sale_words.COUPON_TONES.get(each.state, "")}
        for each in seen.order_by("-id")[:SHOWN]
    ]
    return {"rows": rows} if rows else None


def _sales(member: Member, request: HttpRequest) -> dict | None:
    """The latest at stores within reach, each with the offers that it used."""
    if not request.user.has_perm("campaigns.view_tillorder"):
        return None
    every = TillOrder.objects.filter(account__member=member).select_related("store").prefetch_related("uses")
    seen = list(activity.seen(every, reach=reach(request)).order_by("-changed_at")[:SHOWN])
    names = offer_names.of(use.offer for sale in seen for use in sale.uses.all())
    rows = [
        {
            "sale": sale, "tone": sale_words.TONES[sale.state], "total": sale_words.amount(sale.total, sale.currency),
            "uses": [
                (names.get(use.offer, use.offer), money(use.discount, sale.currency) if use.discount else "")
                for use in sale.uses.all() if use.returned_at is None
            ],
        }
        for sale in seen
    ]  # fmt: skip
    return {"rows": rows} if rows else None


register(Panel(_("Messages"), "campaigns/panels/messages.html", _messages, position=40))
register(Panel(_("Coupons"), "campaigns/panels/coupons.html", _coupons, position=50, tab="rights"))
register(Panel(_("Sales at tills"), "campaigns/panels/sales.html", _sales, position=40, tab="orders"))
