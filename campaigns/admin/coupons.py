"""Coupons one by one: found by code or by person, with what happened to each; withdrawn with a reason."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns import coupon_codes
from campaigns.actions import coupons
from campaigns.coupon_codes import masked
from campaigns.models import Coupon, TillOrder
from campaigns.queries.till import activity
from members.admin import finding
from members.admin.base import ReadOnlyAdmin, number, reach
from members.admin.filters import MemberFilter, RowFilter
from members.admin.member import link
from members.queries import scopes

WITHDRAW = "campaigns.withdraw_coupons"
STATES = {
    "made": "info", "claimed": "success", "held": "warning", "redeemed": "primary", "expired": "info", "withdrawn": "danger",
}  # fmt: skip


class TemplateFilter(RowFilter):
    title = _("template")
    parameter_name = "template"
    field = "template"


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    empty_words = _("Coupons stand here once a template is open and customers claim them, or codes are made.")
    list_display = ("coupon", "shown_state", "template", "oneid", "claimed_at", "valid_until", "redeemed_at")
    list_display_links = ("coupon",)
    list_select_related = ("template", "account__member")
    list_filter = ("state", TemplateFilter, MemberFilter)
    search_fields = ("code",)
    search_help_text = _("a whole code, a OneID, a telephone number, an account or the beginning of a name")
    ordering = ("-id",)
    sortable_by = ()

    def within(self, queryset, *, reach):
        """Those usable around the reader's organization: nobody's yet, or of people who are known there."""
        around = scopes.around_organization(queryset, reach=reach, field="template__organization")
        if reach.everything or reach.everybody or not reach:
            return around
        return around.filter(
            Q(account=None) | Q(pk__in=scopes.of_account(Coupon.objects.all(), reach=reach).values("pk"))
        )

    def get_search_results(self, request, queryset, search_term):
        """By indexes only."""
        if not (term := search_term.strip()):
            return queryset, False
        code = coupon_codes.normal(term)
        people = finding.matching(term)
        return queryset.filter(Q(code=code) | Q(account__member__in=people)), False

    def get_urls(self):
        withdraw = self.admin_site.admin_view(require_POST(self.withdraw_view))
        return [path("<int:pk>/withdraw/", withdraw, name="campaigns_coupon_withdraw"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        coupon = self._coupon(request, number(object_id))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": masked(coupon.code), "coupon": coupon,
            "code": masked(coupon.code), "person": link(coupon.account.member) if coupon.account else "",
            "tone": {"claimed": "nf-good", "held": "nf-wait", "withdrawn": "nf-bad"}.get(coupon.state, ""),
            "may_withdraw": self._may_withdraw(request, coupon), "sale": self._sale(request, coupon),
        }  # fmt: skip
        return TemplateResponse(request, "campaigns/coupon.html", context)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        coupon = self._coupon(request, pk)
        if not self._may_withdraw(request, coupon, states=None):
            raise PermissionDenied
        try:
            coupons.withdraw(
                coupon=coupon, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now()
            )
        except coupons.Refused as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, coupon, _("withdrawn"))
            messages.success(request, _("Nobody can use it any more."))
        return redirect("admin:campaigns_coupon_change", coupon.pk)

    def _sale(self, request, coupon: Coupon) -> TillOrder | None:
        """Of the till that holds or used it, if the reader may see it."""
        if not request.user.has_perm("campaigns.view_tillorder"):
            return None
        store, _slash, number = coupon.held_by.partition("/")
        if store:
            rows = TillOrder.objects.filter(store__code=store, number=number)
        elif coupon.order_key and coupon.channel_id:
            rows = TillOrder.objects.filter(channel=coupon.channel_id, number=coupon.order_key)
        else:
            return None
        return activity.seen(rows, reach=reach(request)).first()

    def _may_withdraw(self, request, coupon: Coupon, states=("made", "claimed")) -> bool:
        """A person's, or one of a sort of his own node: what is nobody's yet is its makers' to withdraw."""
        mine = reach(request)
        place = coupon.template.organization
        is_his = mine.everything or (mine.node is not None and place.path.startswith(mine.node.path))
        now = states is None or coupon.state in states
        return now and request.user.has_perm(WITHDRAW) and (is_his or coupon.account_id is not None)

    def _coupon(self, request, pk: int) -> Coupon:
        if not self.has_view_permission(request):
            raise PermissionDenied
        more = (
            "template__organization", "account__member", "claim_channel", "organization", "channel", "ticket",
            "batch__asked_by",
        )  # fmt: skip
        found = self.get_queryset(request).select_related(*more).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    @display(description=_("code"))
    def coupon(self, coupon):
        return masked(coupon.code)

    @display(description=_("state"), label=STATES)
    def shown_state(self, coupon):
        return coupon.state, coupon.get_state_display()

    @display(description=_("member"))
    def oneid(self, coupon):
        return link(coupon.account.member) if coupon.account else "–"
