from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members import masking
from members.admin import finding, member_actions, panels, unmasking
from members.admin.base import ReadOnlyAdmin, reach
from members.admin.filters import KnownAtFilter
from members.models import Member, oneid
from members.queries import scopes


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ("printed", "name", "city", "accounts", "orders", "amount", "last_order", "last_seen")
    list_select_related = ("profile", "features")
    list_filter = (KnownAtFilter,)
    search_fields = ("oneid",)
    search_help_text = _("OneID, phone, e-mail, account or the beginning of a name")
    ordering = ("-id",)
    sortable_by = ()

    def within(self, queryset: QuerySet, *, reach) -> QuerySet:
        return scopes.of_member(queryset.active(), reach=reach, field="pk")

    def get_search_results(self, request, queryset, search_term):
        return (
            queryset.filter(pk__in=finding.matching(search_term)) if search_term.strip() else queryset
        ), False

    def get_actions(self, request):
        return member_actions.offered(request)

    def get_urls(self):
        show = self.admin_site.admin_view(self.show_view)
        return [
            path("<path:object_id>/show/<slug:name>/", show, name="members_member_show"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        """The page of one person. A retired OneID leads to the one it stands for now."""
        member = self._member(request, object_id)
        if str(object_id) != member.oneid:
            return redirect("admin:members_member_change", member.oneid)
        opened = panels.asked(request)
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": _heading(member),
            "opts": self.opts,
            "original": member,
            "member": member,
            "tabs": panels.tabs(opened=opened),
            **{
                place: panels.rendered(member=member, request=request, place=place, tab=opened)
                for place in ("head", "main", "side")
            },
        }
        return TemplateResponse(request, "members/member.html", context)

    def show_view(self, request: HttpRequest, object_id: str, name: str):
        return unmasking.show(request, member=self._member(request, object_id), name=name)

    def _member(self, request, key) -> Member:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self._by_key(str(key))
        visible = scopes.members(reach=reach(request)).select_related("profile", "features")
        member = visible.filter(pk=found.pk).first() if found else None
        if member is None:
            raise Http404
        return member

    def _by_key(self, key):
        if key.isdecimal() and len(key) < oneid.LENGTH:
            found = Member.objects.select_related("minting_account__member").filter(pk=int(key)).first()
            return finding.current(key=found.oneid) if found else None
        return finding.current(key=key)

    @display(description=_("OneID"))
    def printed(self, member):
        return format_html('<span class="nf-mono">{}</span>', oneid.grouped(member.oneid))

    @display(description=_("name"))
    def name(self, member):
        return masking.name(_profile(member).name) if _profile(member) else ""

    @display(description=_("city"))
    def city(self, member):
        return _profile(member).city if _profile(member) else ""

    @display(description=_("accounts"))
    def accounts(self, member):
        return _profile(member).account_count if _profile(member) else ""

    @display(description=_("orders"))
    def orders(self, member):
        return _features(member).order_count if _features(member) else 0

    @display(description=_("amount"))
    def amount(self, member):
        return f"{_features(member).amount:,.2f}" if _features(member) else ""

    @display(description=_("last order"))
    def last_order(self, member):
        return _features(member).last_order_at if _features(member) else None

    @display(description=_("last seen"))
    def last_seen(self, member):
        return _profile(member).last_seen_at if _profile(member) else None


def _heading(member):
    name = _profile(member).name if _profile(member) else ""
    return masking.name(name) if name else oneid.grouped(member.oneid)


def _profile(member):
    return getattr(member, "profile", None)


def _features(member):
    return getattr(member, "features", None)


def link(member: Member) -> str:
    """The grouped OneID, leading to the member's page."""
    url = reverse("admin:members_member_change", args=[member.oneid])
    return format_html('<a class="nf-mono" href="{}">{}</a>', url, oneid.grouped(member.oneid))
