"""Sales at tills one by one: found by number, told from the first line to the last operation, freed if they are stuck."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.actions.till import freeing
from campaigns.admin import sale_words, told_return_words
from campaigns.admin.offer_choices import Offered
from campaigns.admin.till_activity import FREE
from campaigns.models import TillOrder
from campaigns.queries.till import activity, story
from members.admin.base import ReadOnlyAdmin, number, reach
from members.admin.filters import AccountFilter, ChannelFilter, MemberFilter, OrganizationFilter
from members.admin.member import link
from members.queries import scopes

LONGEST = 300


class StoreFilter(OrganizationFilter):
    title = _("store")
    field = "store"


@admin.register(TillOrder)
class SaleAdmin(ReadOnlyAdmin):
    empty_words = _(
        "No till of your organization has sent a basket yet. Each sale will stand here, with its offers and why."
    )
    list_display = (
        "number",
        "store",
        "shown_state",
        "shown_total",
        "cashier",
        "opened_at",
        "changed_at",
    )
    list_display_links = ("number",)
    list_select_related = ("store",)
    list_filter = ("state", StoreFilter, ChannelFilter, AccountFilter, MemberFilter)
    search_fields = ("number",)
    search_help_text = _("number of the sale, in full")
    ordering = ("-id",)
    sortable_by = ()

    def within(self, queryset, *, reach):
        return activity.seen(queryset, reach=reach)

    def get_search_results(self, request, queryset, search_term):
        """By the whole number: the index begins with the channel."""
        if not (term := search_term.strip()):
            return queryset, False
        return queryset.filter(pk__in=story.of_number(number=term).values("pk")), False

    def get_urls(self):
        free = self.admin_site.admin_view(require_POST(self.free_view))
        return [path("<int:pk>/free/", free, name="campaigns_tillorder_free"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        sale, now = self._sale(request, number(object_id)), timezone.now()
        offered = Offered(request=request, organization=sale.store)
        held = activity.reserved(sales=[sale])[sale.pk]
        names = sale_words.names(sale, held)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": sale.number, "sale": sale,
            "tone": sale_words.TONES[sale.state], "total": sale_words.amount(sale.total, sale.currency),
            "person": link(sale.account.member) if self._known(request, sale) else "",
            "stuck": activity.is_stuck(sale=sale, now=now), "over": bool(sale.held_until and sale.held_until <= now),
            "may_free": sale.state == TillOrder.State.HELD and request.user.has_perm(FREE),
            "reserved": sale_words.reserved(held, names=names) if sale.state == TillOrder.State.HELD else [],
            "priced": sale_words.priced(sale, offered), "asked": sale_words.asked(sale),
            "coupons": sale_words.coupons(sale), "uses": sale_words.uses(sale, names=names),
            "rewards": sale_words.rewards(sale, names=names), "payments": sale_words.payments(sale),
            "operations": sale_words.operations(sale),
            "returns": sale_words.returns(sale), "told_returns": told_return_words.told(sale), "proof": sale_words.proof(sale),
        }  # fmt: skip
        return TemplateResponse(request, "campaigns/sale.html", context)

    def free_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A stuck sale holds nothing any more; who did it and why stands in its history."""
        sale = self._sale(request, pk)
        if not request.user.has_perm(FREE):
            raise PermissionDenied
        if not (reason := " ".join(request.POST.get("reason", "").split())[:LONGEST]):
            messages.error(request, _("Say why: the reason is kept."))
            return redirect("admin:campaigns_tillorder_change", sale.pk)
        try:
            with transaction.atomic():
                freeing.free(sale=sale, now=timezone.now())
                self.log_change(request, sale, _("freed what it held: %s") % reason)
        except freeing.NotHeld as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("What it held is free. The till can still sell it by sending the basket again."))  # fmt: skip
        return redirect("admin:campaigns_tillorder_change", sale.pk)

    def _sale(self, request, pk: int) -> TillOrder:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("store", "channel", "account__member", "order")
        if (found := rows.filter(pk=pk).first()) is None:
            raise Http404
        return found

    def _known(self, request, sale: TillOrder) -> bool:
        """Whether the reader may be shown whose sale it was."""
        people = scopes.of_account(TillOrder.objects.filter(pk=sale.pk), reach=reach(request))
        return sale.account_id is not None and people.exists()

    @display(description=_("state"), label=sale_words.STATES)
    def shown_state(self, sale):
        return sale.state, sale.get_state_display()

    @display(description=_("total"))
    def shown_total(self, sale):
        return sale_words.amount(sale.total, sale.currency)
