from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns import coupon_codes
from campaigns.admin.coupons import masked
from campaigns.models import ToldCoupon
from members.admin.base import ReadOnlyAdmin
from members.admin.filters import ChannelFilter, OfferedFilter, OrganizationFilter
from members.admin.member import link
from members.queries import scopes

STATES = {"honoured": "success", "waiting": "info", "refused": "danger", "back": "warning"}


class ReasonFilter(OfferedFilter):
    title = _("why")
    parameter_name = "reason"

    def lookups(self, request, model_admin):
        return ToldCoupon.Reason.choices

    def queryset(self, request, queryset):
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(ToldCoupon)
class ToldCouponAdmin(ReadOnlyAdmin):
    """What channels say of coupons; those that could not be honoured are what somebody has to look into."""

    empty_words = _(
        "No channel has told of a coupon yet: marketplaces, WeChat and the own mall do, with the records they send."
    )
    list_display = (
        "shown_code",
        "shown_state",
        "why",
        "kind",
        "channel",
        "sale",
        "oneid",
        "organization",
        "occurred_at",
    )
    list_display_links = ("shown_code",)
    list_select_related = ("channel", "organization", "account__member")
    list_filter = ("state", ReasonFilter, ChannelFilter, OrganizationFilter)
    search_fields = ("code",)
    search_help_text = _("a code, in full")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "shown_code",
        ("shown_state", "why"),
        "kind",
        ("channel", "sale"),
        "oneid",
        "organization",
        "occurred_at",
    )
    readonly_fields = ("shown_code", "shown_state", "why", "sale", "oneid")

    def within(self, queryset: QuerySet, *, reach) -> QuerySet:
        return scopes.at_organization(queryset, reach=reach)

    def get_search_results(self, request, queryset, search_term):
        code = coupon_codes.normal(search_term)
        return (queryset.filter(code=code) if code else queryset), False

    @display(description=_("code"))
    def shown_code(self, told):
        return masked(told.code)

    @display(description=_("state"), label=STATES)
    def shown_state(self, told):
        return told.state, told.get_state_display()

    @display(description=_("why"))
    def why(self, told):
        return told.get_reason_display() or "–"

    @display(description=_("order"))
    def sale(self, told):
        if not told.order_key:
            return "–"
        found = f"{reverse('admin:members_order_changelist')}?{urlencode({'q': told.order_key})}"
        return format_html('<a href="{}">{}</a>', found, told.order_key)

    @display(description=_("member"))
    def oneid(self, told):
        return link(told.account.member) if told.account else "–"
