import json
from pathlib import PurePath

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

from identity.actions import deliveries, quarantine
from identity.admin import pretty
from identity.models import QuarantineItem
from identity.records import verdicts
from members.actions import access
from members.admin.base import ReadOnlyAdmin, reach
from members.admin.filters import OfferedFilter
from members.admin.unmasking import PERMISSION
from members.models import Channel, Organization
from members.queries import scopes
from members.queries.scopes import Reach

State = QuarantineItem.State
TAKEN_IN = (verdicts.ACCEPTED, verdicts.UPDATED, verdicts.DUPLICATE)


def within(items: QuerySet[QuarantineItem], *, reach: Reach) -> QuerySet[QuarantineItem]:
    """Items of channels within reach; those that name no known channel are for the top of the house."""
    if reach.everything or reach.node is None:
        return items if reach.everything else items.none()
    mine = Q(channel_code__in=scopes.at_organization(Channel.objects.all(), reach=reach).values("code"))
    if reach.node.kind == Organization.Kind.GROUP:
        mine |= ~Q(channel_code__in=Channel.objects.values("code"))
    return items.filter(mine)


def open_items(*, reach: Reach) -> QuerySet[QuarantineItem]:
    return within(QuarantineItem.objects.filter(state=State.OPEN), reach=reach)


class WhatFilter(OfferedFilter):
    """The reasons that occur among open items."""

    title = _("reason")
    parameter_name = "code"

    def lookups(self, request, model_admin):
        codes = (
            QuarantineItem.objects.filter(state=State.OPEN).order_by("code").values_list("code", flat=True)
        )
        return [(code, code) for code in codes.distinct()]

    def queryset(self, request, queryset):
        return queryset.filter(code=self.value()) if self.value() else queryset


class StateFilter(OfferedFilter):
    """Open ones unless asked otherwise: what is decided is history."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("all", _("all")), *State.choices]

    def queryset(self, request, queryset):
        chosen = self.value() or State.OPEN
        return queryset if chosen == "all" else queryset.filter(state=chosen)


@admin.register(QuarantineItem)
class QuarantineItemAdmin(ReadOnlyAdmin):
    list_display = (
        "reason",
        "place",
        "channel_code",
        "kind",
        "masked_key",
        "seen_count",
        "received_at",
        "shown_state",
    )
    list_filter = (StateFilter, WhatFilter, "scope", "type")
    search_fields = ("key",)
    search_help_text = _("the channel's number, in full")
    ordering = ("-received_at", "-id")
    sortable_by = ()
    actions = ["retry_selected"]

    def within(self, queryset, *, reach):
        return within(queryset, reach=reach)

    def get_search_results(self, request, queryset, search_term):
        return (queryset.filter(key=search_term.strip()) if search_term.strip() else queryset), False

    def has_retry_permission(self, request):
        return request.user.has_perm("identity.change_quarantineitem")

    @admin.action(description=_("Retry as they are"), permissions=["retry"])
    def retry_selected(self, request, queryset):
        tried = quarantine.retry_unchanged(items=list(queryset), by=request.user, now=timezone.now())
        taken = sum(verdict.verdict in TAKEN_IN for verdict in tried)
        message = ngettext("%d record was taken in", "%d records were taken in", taken) % taken
        left = len(tried) - taken
        self.message_user(
            request, f"{message}, {ngettext('%d is still kept out', '%d are still kept out', left) % left}."
        )

    def get_urls(self):
        def url(part, view):
            name = f"identity_quarantineitem_{part}"
            return path(f"<path:object_id>/{part}/", self.admin_site.admin_view(view), name=name)

        mine = [
            url("open", require_POST(self.open_view)),
            url("retry", require_POST(self.retry_view)),
            url("discard", require_POST(self.discard_view)),
        ]
        return [*mine, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        item = self._item(request, object_id)
        return self._page(request, item, lines=pretty.lines(_masked(item), place=item.place))

    def open_view(self, request: HttpRequest, object_id):
        """The record in full, to be corrected. Each opening is recorded."""
        item = self._item(request, object_id, to_change=True)
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        try:
            access.open_record(
                of="quarantine", id=item.pk, reason=request.POST.get("reason", ""),
                by=request.user, now=timezone.now(),
            )  # fmt: skip
        except access.ReasonMissing as missing:
            messages.error(request, str(missing))
            return redirect("admin:identity_quarantineitem_change", item.pk)
        return self._page(request, item, raw=_written(item.raw))

    def retry_view(self, request: HttpRequest, object_id):
        """Take it in again: as it is, or as it was corrected."""
        item = self._item(request, object_id, to_change=True)
        raw = request.POST.get("raw")
        fault = _fault(item, item.raw if raw is None else raw, request)
        if fault is None:
            messages.success(request, _("The record was taken in."))
            return redirect("admin:identity_quarantineitem_changelist")
        if raw is None:
            messages.error(request, fault)
            return redirect("admin:identity_quarantineitem_change", item.pk)
        return self._page(request, item, raw=raw, fault=fault)

    def discard_view(self, request: HttpRequest, object_id):
        item = self._item(request, object_id, to_change=True)
        try:
            quarantine.discard(
                item=item, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now()
            )
        except quarantine.Undecidable as undecidable:
            messages.error(request, str(undecidable))
            return redirect("admin:identity_quarantineitem_change", item.pk)
        messages.success(request, _("The record was discarded. It stays listed with your reason."))
        return redirect("admin:identity_quarantineitem_changelist")

    def _item(self, request, key, *, to_change=False):
        allowed = self.has_retry_permission(request) if to_change else self.has_view_permission(request)
        if not allowed:
            raise PermissionDenied
        item = self.get_object(request, key)
        return item or self._get_obj_does_not_exist_redirect(request, self.opts, key)

    def _page(self, request, item, **more):
        context = {
            **self.admin_site.each_context(request),
            "title": _("Quarantined record"),
            "opts": self.opts,
            "original": item,
            "item": item,
            "key": pretty.key(item),
            "source": PurePath(item.run.source).name if item.run else "",
            "message": item.message if "raw" in more else _bare(item.message),
            "is_open": item.state == State.OPEN,
            "may_change": self.has_retry_permission(request),
            "may_open": self.has_retry_permission(request) and request.user.has_perm(PERMISSION),
            **more,
        }
        return TemplateResponse(
            request, "identity/quarantined.html", context, headers={"Cache-Control": "no-store"}
        )

    @display(description=_("what is wrong"))
    def reason(self, item):
        return _bare(item.message).partition(". ")[0][:120] or item.code

    @display(description=_("record"))
    def kind(self, item):
        return item.type or "–"

    @display(description=_("key"))
    def masked_key(self, item):
        return pretty.key(item)

    @display(description=_("state"), label={"open": "warning", "retried": "success", "discarded": "info"})
    def shown_state(self, item):
        return item.state, item.get_state_display()


def _fault(item, raw, request) -> str | None:
    """Why the record is still kept out, or None if it was taken in."""
    try:
        verdict = deliveries.beyond(_decoded(raw), reach=reach(request)) or quarantine.retry(
            item=item, corrected_raw=raw, by=request.user, now=timezone.now()
        )
    except quarantine.Undecidable as undecidable:
        return str(undecidable)
    if verdict.verdict in TAKEN_IN:
        return None
    return " ".join(f"{found.place}: {found.message} {found.remedy}" for found in verdict.problems)


def _decoded(raw):
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _bare(message):
    """The message without the value it quotes in brackets, which may be somebody's."""
    start, end = message.find(" ("), message.rfind(") ")
    return f"{message[:start]}{message[end + 1 :]}" if 0 <= start < end else message


def _masked(item):
    try:
        return pretty.masked(json.loads(item.raw))
    except ValueError:
        return str(_("This record cannot be read as JSON; open it to see it."))


def _written(raw):
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=2)
    except ValueError:
        return raw
