from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from members.admin import order_panels
from members.admin.base import ReadOnlyAdmin, ReadOnlyInline
from members.admin.filters import (
    AccountFilter,
    ChannelFilter,
    MemberFilter,
    OrganizationFilter,
    SourceClassFilter,
)
from members.admin.member import link
from members.models import Channel, Order, OrderLine, OrderPayment, Return, ReturnLine, Review
from members.queries import scopes


class ByNumber:
    """Search by the channel's own number, whole: the index begins with the channel."""

    search_fields = ("external_id",)
    search_help_text = _("number, in full")

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        channels = list(Channel.objects.values_list("pk", flat=True))
        return queryset.filter(channel__in=channels, external_id=search_term.strip()), False


class WithMember:
    @display(description=_("member"))
    def oneid(self, row):
        return (
            link(row.account.member)
            if row.account
            else ("–" if not row.account_key else _("waits for its account"))
        )


class LineInline(ReadOnlyInline, TabularInline):
    model = OrderLine
    fields = ("line", "sku", "name", "category", "quantity", "unit_price", "discount", "amount", "serial")
    readonly_fields = fields
    money = ("unit_price", "discount", "amount")


class PaymentInline(ReadOnlyInline, TabularInline):
    model = OrderPayment
    fields = readonly_fields = ("method", "amount")
    money = ("amount",)


@admin.register(Order)
class OrderAdmin(ByNumber, WithMember, ReadOnlyAdmin):
    list_display = ("external_id", "occurred_at", "channel", "organization", "oneid", "state", "amount", "currency", "cashier", "guide")  # fmt: skip
    list_select_related = ("channel", "organization", "account__member")
    list_filter = (
        SourceClassFilter,
        ChannelFilter,
        OrganizationFilter,
        "status",
        AccountFilter,
        MemberFilter,
    )
    ordering = ("-id",)
    sortable_by = ()
    inlines = (LineInline, PaymentInline)
    fields = (
        ("external_id", "channel"), ("organization", "occurred_at"), ("status", "oneid"),
        ("amount", "currency"), ("discount", "shipping"), ("cashier", "guide"), ("coupons", "attribution"),
        ("receiver_province",),
    )  # fmt: skip
    readonly_fields = ("oneid",)
    money = ("amount", "discount", "shipping")
    change_form_after_template = "members/order_panels.html"

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["panels"] = order_panels.rendered(order=obj, request=request)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @display(
        description=_("status"),
        label={"paid": "success", "completed": "success", "cancelled": "danger", "created": "warning"},
    )
    def state(self, order):
        return order.status, order.get_status_display()


class ReturnLineInline(ReadOnlyInline, TabularInline):
    model = ReturnLine
    fields = readonly_fields = ("position", "line", "sku", "quantity", "refund")
    money = ("refund",)


@admin.register(Return)
class ReturnAdmin(ByNumber, WithMember, ReadOnlyAdmin):
    list_display = ("external_id", "occurred_at", "channel", "organization", "oneid", "of_order", "amount")
    list_select_related = ("channel", "organization", "account__member", "order")
    list_filter = (ChannelFilter, OrganizationFilter)
    ordering = ("-id",)
    sortable_by = ()
    inlines = (ReturnLineInline,)
    fields = (("external_id", "channel"), ("organization", "occurred_at"), ("oneid", "of_order"), "amount")
    readonly_fields = ("oneid", "of_order")
    money = ("amount",)

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    @display(description=_("order"))
    def of_order(self, given):
        return given.order.external_id if given.order else _("waits for %(key)s") % {"key": given.order_key}


@admin.register(Review)
class ReviewAdmin(ByNumber, WithMember, ReadOnlyAdmin):
    list_display = ("external_id", "occurred_at", "channel", "stars", "text", "sku", "oneid")
    list_select_related = ("channel", "account__member")
    list_filter = (ChannelFilter, "rating")
    ordering = ("-id",)
    sortable_by = ()
    fields = (("external_id", "channel"), ("occurred_at", "stars"), "text", ("sku", "oneid"))
    readonly_fields = ("oneid", "stars")

    def within(self, queryset, *, reach):
        return scopes.of_account(queryset, reach=reach)

    @display(description=_("stars"))
    def stars(self, review):
        return "★" * review.rating + "☆" * (5 - review.rating)
