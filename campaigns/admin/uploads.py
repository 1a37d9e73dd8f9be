"""What tills did without a line: what waits or was refused first, what became of the rest, and what stores were charged."""

import json

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.actions.till import retrying
from campaigns.actions.till.taking_in import ERASED
from campaigns.models import StoreCharge, UploadedItem
from campaigns.offers import reading
from campaigns.till import figures, items
from members.actions import access
from members.admin.base import ReadOnlyAdmin
from members.admin.filters import ChannelFilter, OfferedFilter, OrganizationFilter
from members.admin.unmasking import PERMISSION as PERSONAL
from members.queries import scopes

SETTLE = "campaigns.settle_uploadeditem"
OPEN = ("waiting", "refused")
STATES = {
    "accepted": "success", "corrected": "warning", "waiting": "info", "refused": "danger", "set_aside": "info",
}  # fmt: skip


class StateFilter(OfferedFilter):
    """What somebody has to look into, unless asked otherwise."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("all", _("all")), *UploadedItem.State.choices]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=[self.value()] if self.value() else OPEN)


class StoreFilter(OrganizationFilter):
    title = _("store")
    field = "store"


@admin.register(UploadedItem)
class UploadedItemAdmin(ReadOnlyAdmin):
    empty_words = _(
        "Nothing waits and nothing was refused. What tills told and was taken in is under Filters: state, all."
    )
    list_display = (
        "number", "kind", "shown_state", "what_is_wrong", "store", "channel", "received_at", "tried_at",
    )  # fmt: skip
    list_select_related = ("store", "channel")
    list_filter = (StateFilter, "kind", ChannelFilter, StoreFilter)
    search_fields = ("number", "key")
    search_help_text = _("the number of a sale, or a till's key, in full")
    ordering = ("-id",)
    sortable_by = ()
    actions = ["retry_selected"]

    def within(self, queryset: QuerySet, *, reach) -> QuerySet:
        """By the store; what names none is for those who look after the key's node."""
        if reach.everything or reach.node is None:
            return queryset if reach.everything else queryset.none()
        here = scopes.at_organization(queryset, reach=reach, field="store")
        nowhere = scopes.at_organization(queryset.filter(store=None), reach=reach, field="node")
        return queryset.filter(Q(pk__in=here.values("pk")) | Q(pk__in=nowhere.values("pk")))

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        return (queryset.filter(Q(number=term) | Q(key=term)) if term else queryset), False

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SETTLE)

    @admin.action(description=_("Try again"), permissions=["settle"])
    def retry_selected(self, request, queryset):
        open_ = list(queryset.filter(state__in=OPEN))
        taken = sum(_is_taken_in(item) for item in open_)
        told = ngettext("%d item was taken in", "%d items were taken in", taken) % taken
        left = ngettext("%d is still kept out", "%d are still kept out", len(open_) - taken) % (
            len(open_) - taken
        )
        self.message_user(request, f"{told}, {left}.")

    def get_urls(self):
        def url(part, view):
            wrapped = self.admin_site.admin_view(require_POST(view))
            return path(f"<int:pk>/{part}/", wrapped, name=f"campaigns_uploadeditem_{part}")

        own = [
            url("retry", self.retry_view),
            url("set-aside", self.set_aside_view),
            url("open", self.open_view),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        item = self.get_object(request, object_id)
        if item is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self._page(request, item)

    def open_view(self, request: HttpRequest, pk: int):
        """What the till sent, in full. Each opening is recorded."""
        item = self.get_object(request, str(pk))
        if item is None or not self.has_view_permission(request) or not request.user.has_perm(PERSONAL):
            raise PermissionDenied
        try:
            access.open_record(
                of="upload", id=item.pk, reason=request.POST.get("reason", "")[:300], by=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except access.ReasonMissing as missing:
            messages.error(request, str(missing))
            return redirect("admin:campaigns_uploadeditem_change", pk)
        return self._page(request, item, raw=item.body)

    def _page(self, request: HttpRequest, item: UploadedItem, *, raw: str = "") -> TemplateResponse:
        charges = [
            (
                each.get_kind_display(),
                each.what,
                f"{figures.money(each.amount, each.currency)} {each.currency}",
            )
            for each in StoreCharge.objects.filter(item=item).order_by("id")
        ]
        told = _told(item)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": item, "item": item,
            "store": item.store or (told or {}).get("store"),
            "title": item.number or item.key, "notes": [says for _code, says in json.loads(item.notes)],
            "charges": charges, "told": told, "raw": raw,
            "may_open": bool(item.body) and item.code != ERASED and not raw and request.user.has_perm(PERSONAL),
            "may_settle": item.state in OPEN and self.has_settle_permission(request),
        }  # fmt: skip
        return TemplateResponse(
            request, "campaigns/upload.html", context, headers={"Cache-Control": "no-store"}
        )

    def retry_view(self, request: HttpRequest, pk: int):
        item = self._settled(request, pk)
        try:
            verdict = retrying.retry(item=item, now=timezone.now())
        except retrying.NotOpen as decided:
            messages.error(request, str(decided))
        else:
            if verdict.state in OPEN:
                messages.error(request, verdict.says)
            else:
                messages.success(request, _("It was taken in."))
        return redirect("admin:campaigns_uploadeditem_change", pk)

    def set_aside_view(self, request: HttpRequest, pk: int):
        item = self._settled(request, pk)
        try:
            retrying.set_aside(
                item=item, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now()
            )
        except retrying.NotOpen as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("It was set aside. It stays listed with your reason."))
        return redirect("admin:campaigns_uploadeditem_change", pk)

    def _settled(self, request: HttpRequest, pk: int) -> UploadedItem:
        item = self.get_object(request, str(pk))
        if item is None or not self.has_settle_permission(request):
            raise PermissionDenied
        return item

    @display(description=_("state"), label=STATES)
    def shown_state(self, item):
        return item.state, item.get_state_display()

    @display(description=_("what is wrong"))
    def what_is_wrong(self, item):
        says = item.says or "; ".join(says for _code, says in json.loads(item.notes))
        return says if len(says) <= 140 else f"{says[:139]}…"


def _told(item: UploadedItem) -> dict | None:
    """What the till says it sold, for people; None if it can't be read or is the sale's own by now."""
    try:
        read = reading.from_builtins(json.loads(item.body or "null"), items.Item)
    except (reading.Unreadable, ValueError):
        return None
    told = {"at": read.at, "cashier": read.cashier, "store": read.store}
    if isinstance(read, items.Return):
        lines = [(f"{each.line}.", figures.pieces(each.quantity), "") for each in read.lines]
        return told | {"number": read.number, "lines": lines}
    nets = {each.number: each.net for each in read.quote.lines}
    lines = [
        (each.sku, figures.pieces(each.quantity), figures.money(nets.get(each.number, 0), read.currency))
        for each in read.lines
    ]
    return told | {
        "lines": lines, "total": f"{figures.money(read.quote.total, read.currency)} {read.currency}", "oneid": read.oneid,
        "bundle": read.bundle,
    }  # fmt: skip


def _is_taken_in(item: UploadedItem) -> bool:
    """Tried once more; what was decided or erased meanwhile is not."""
    try:
        return retrying.retry(item=item, now=timezone.now()).state not in OPEN
    except retrying.NotOpen:
        return False
