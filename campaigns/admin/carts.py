"""Carts that are followed: what is watched, and how carts ended."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.actions import carts
from campaigns.models import CartRun, CartWatch
from members.admin.base import AroundAdmin, ReadOnlyAdmin, reach
from members.admin.filters import OfferedFilter
from members.admin.member import link
from members.queries import scopes

STOP = "campaigns.stop_cartwatch"
STATES = {"running": "warning", "paid": "success", "removed": "info", "left": "danger", "stopped": "info"}
ENDS = ("running", "paid", "left", "removed")


@admin.register(CartWatch)
class CartWatchAdmin(AroundAdmin):
    empty_words = _(
        "A watch finds out whose cart was left behind: choose goods and how long to wait for the payment."
    )
    list_display = ("name", "shown_state", "organization", "goods", "wait_minutes", *ENDS, "paid_share")
    list_select_related = ("organization", "goods")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("name", "organization", "goods", "wait_minutes")
    change_form_template = "campaigns/cart_watch.html"

    def get_queryset(self, request):
        counts = {f"of_{state}": Count("runs", filter=Q(runs__state=state)) for state in ENDS}
        return super().get_queryset(request).annotate(**counts)

    def get_urls(self):
        stop = self.admin_site.admin_view(require_POST(self.stop_view))
        return [path("<int:pk>/stop/", stop, name="campaigns_cartwatch_stop"), *super().get_urls()]

    def get_readonly_fields(self, request, obj=None):
        return self.fields if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    def get_actions(self, request):
        return {}

    def save_model(self, request, obj, form, change):
        if not change:
            made = carts.watch(by=request.user, now=timezone.now(), **form.cleaned_data)
            obj.pk = made.pk

    def change_view(self, request, object_id, form_url="", extra_context=None):
        watch = self.get_object(request, object_id)
        may = watch and watch.stopped_at is None and self._may_stop(request, watch)
        return super().change_view(request, object_id, form_url, {"may_stop": may, **(extra_context or {})})

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        watch = self.get_object(request, str(pk))
        if watch is None or not self._may_stop(request, watch):
            raise PermissionDenied
        carts.stop(watch=watch, by=request.user, now=timezone.now())
        messages.success(request, _("It is stopped: no further carts are followed."))
        return redirect(reverse("admin:campaigns_cartwatch_changelist"))

    def _may_stop(self, request, watch) -> bool:
        return request.user.has_perm(STOP) and self._is_his(watch, reach(request))

    @display(description=_("state"), label={"on": "success", "off": "info"})
    def shown_state(self, watch):
        return ("off", _("stopped")) if watch.stopped_at else ("on", _("follows carts"))

    @display(description=_("on their way"))
    def running(self, watch):
        return f"{watch.of_running:,}"

    @display(description=_("paid"))
    def paid(self, watch):
        return f"{watch.of_paid:,}"

    @display(description=_("left behind"))
    def left(self, watch):
        return f"{watch.of_left:,}"

    @display(description=_("taken out"))
    def removed(self, watch):
        return f"{watch.of_removed:,}"

    @display(description=_("share paid"))
    def paid_share(self, watch):
        over = watch.of_paid + watch.of_left + watch.of_removed
        return f"{watch.of_paid / over:.0%}" if over else "–"


class WatchFilter(OfferedFilter):
    title = _("cart watch")
    parameter_name = "watch"

    def lookups(self, request, model_admin):
        rows = scopes.around_organization(CartWatch.objects.order_by("-id"), reach=reach(request))
        return [(watch.pk, watch.name) for watch in rows[:100]]

    def queryset(self, request, queryset):
        return queryset.filter(watch=self.value()) if self.value() else queryset


@admin.register(CartRun)
class CartRunAdmin(ReadOnlyAdmin):
    """The carts of people whom the reader's place knows."""

    empty_words = _("Nobody has put goods of a watch into a cart since it began.")
    list_display = ("oneid", "sku", "shown_state", "watch", "started_at", "due_at", "ended_at")
    list_display_links = None
    list_select_related = ("watch", "account__member")
    list_filter = (WatchFilter, "state")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("oneid", "sku", "shown_state", "watch", ("started_at", "due_at", "ended_at"))
    readonly_fields = ("oneid", "shown_state")

    def within(self, queryset, *, reach):
        return scopes.of_account(queryset, reach=reach)

    @display(description=_("member"))
    def oneid(self, run):
        return link(run.account.member)

    @display(description=_("state"), label=STATES)
    def shown_state(self, run):
        return run.state, run.get_state_display()
