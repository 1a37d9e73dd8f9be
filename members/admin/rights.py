"""Rights: what there is, who gets it by which rule, who has it; and their use at the desk."""

import datetime as dt
import uuid
from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.actions import right_uses, rights
from members.admin import right_codes, right_giving
from members.admin.base import AroundAdmin, ReadOnlyAdmin, ReadOnlyInline, choices, number, reach
from members.admin.filters import MemberFilter
from members.admin.ledger import named
from members.admin.member import link
from members.admin.panels import Panel, register
from members.models import Member, Organization, Right, RightGrant, RightRule, RightUse
from members.queries import rights as held
from members.queries import scopes

DAY = dt.timedelta(days=1)
USE = "members.use_rightgrant"
STATES = {
    "available": "success",
    "waiting": "warning",
    "used": "info",
    "expired": "info",
    "revoked": "danger",
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, min_length=3,
        help_text=_("Such as: given twice by mistake. It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )  # fmt: skip


class PlaceForm(forms.Form):
    place = forms.ModelChoiceField(
        label=_("Place"), queryset=Organization.objects.none(), empty_label=None,
        help_text=_("Where the customer uses it."), widget=UnfoldAdminSelectWidget,
    )  # fmt: skip


@admin.register(Right)
class RightAdmin(AroundAdmin):
    list_display = ("name", "code", "organization", "kind", "lasts", "active_from", "active_to")
    list_select_related = ("organization",)
    list_filter = ("kind",)
    ordering = ("organization__path", "code")
    sortable_by = ()
    filter_horizontal = ("places", "channels")
    fields = (
        ("name", "code"), ("organization", "kind"), ("validity_months", "with_code"), "active_from", "active_to",
        "places", "channels",
    )  # fmt: skip

    change_form_template = "members/rights/right.html"

    def get_urls(self):
        codes = self.admin_site.admin_view(partial(right_codes.bring, self))
        return [path("<int:pk>/codes/", codes, name="members_right_codes"), *super().get_urls()]

    def get_readonly_fields(self, request, obj=None):
        return ("code", "organization", "with_code") if obj else ()

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", choices(db_field.remote_field.model, request))
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        chooser = getattr(field.widget, "widget", field.widget)
        chooser.verbose_name = db_field.remote_field.model._meta.verbose_name_plural
        return field

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("valid for"))
    def lasts(self, right):
        months = right.validity_months
        return _("%(count)s months") % {"count": months} if months else _("for ever")


@admin.register(RightRule)
class RightRuleAdmin(AroundAdmin):
    """A rule is added, and later ended: nothing else of it changes."""

    organization = "right__organization"
    list_display = ("right", "who", "period", "quantity", "starts_at", "ends_at")
    list_select_related = ("right", "tier__programme", "goods")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("right", ("tier", "period"), "goods", "quantity", "starts_at", "ends_at")

    def get_readonly_fields(self, request, obj=None):
        return ("right", "tier", "period", "goods", "quantity", "starts_at") if obj else ()

    def save_model(self, request, obj, form, change):
        if change:
            obj.save(update_fields=["ends_at"])
            return
        names = ("right", "tier", "period", "goods", "quantity", "starts_at", "ends_at")
        obj.pk = rights.add_rule(**{name: getattr(obj, name) for name in names}).pk

    def has_delete_permission(self, request, obj=None):
        return False

    def _is_his(self, obj, mine):
        return mine.everything or (
            mine.node is not None and obj.right.organization.path.startswith(mine.node.path)
        )

    @display(description=_("who gets it"))
    def who(self, rule):
        if rule.tier:
            return _("%(tier)s or better") % {"tier": rule.tier}
        return _("whoever buys %(goods)s") % {"goods": rule.goods}


class UseInline(ReadOnlyInline, TabularInline):
    model = RightUse
    hide_title = True
    verbose_name_plural = _("uses")
    fields = readonly_fields = ("number", "used_at", "organization", "channel", "by")
    ordering = ("number",)


@admin.register(RightGrant)
class RightGrantAdmin(ReadOnlyAdmin):
    list_display = ("right", "oneid", "source", "serial", "uses", "shown_state", "valid_from", "last_day")
    list_filter = ("source", MemberFilter)
    ordering = ("-id",)
    sortable_by = ()
    inlines = (UseInline,)
    fields = (
        ("right", "oneid"), ("source", "order_key"), ("serial", "standing"), ("uses", "giver"),
        ("valid_from", "last_day"), ("revoked_at", "reason"),
    )  # fmt: skip
    readonly_fields = ("oneid", "uses", "standing", "giver", "last_day")
    giver = named("by", _("given by"))
    change_form_template = "members/rights/grant.html"

    def within(self, queryset, *, reach):
        known = scopes.of_account(held.granted() if queryset is None else queryset, reach=reach)
        return scopes.around_organization(known, reach=reach, field="right__organization")

    def get_queryset(self, request):
        return self.within(
            held.granted().select_related("right", "account__member", "by"), reach=reach(request)
        )

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("of/<str:oneid>/use/<str:code>/", view(self.use_view), name="members_right_use"),
            path("<int:pk>/revoke/", view(self.revoke_view), name="members_right_revoke"),
            path("of/<str:oneid>/give/", view(partial(right_giving.give, self)), name="members_right_give"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        grant = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        told = {
            "may_revoke": bool(grant) and not grant.revoked_at and grant.source != RightGrant.Source.TIER
            and request.user.has_perm(USE)
        }  # fmt: skip
        return super().change_view(request, object_id, form_url, (extra_context or {}) | told)

    def use_view(self, request: HttpRequest, oneid: str, code: str) -> HttpResponse:
        """GET asks for the place, POST uses the right once; ``?grant=`` names one of several."""
        member, right = self._asked(request, oneid, code)
        places = scopes.at_organization(
            Organization.objects.order_by("path"), reach=reach(request), field="pk"
        )
        form = PlaceForm(request.POST or None, initial={"place": reach(request).node})
        form.fields["place"].queryset = places
        key = request.POST.get("key", "")[:64] or uuid.uuid4().hex
        if form.is_valid() and self._use(request, member, right, form, key):
            return redirect(_page_of(member))
        return self._page(request, "use", _("Use a right"), form, member=member, right=right, key=key)

    def _use(self, request, member, right, form, key) -> bool:
        place, now, grant = form.cleaned_data["place"], timezone.now(), number(request.GET.get("grant"))
        try:
            right_uses.use(
                member=member, right=right, key=f"desk:{request.user.pk}:{key}", organization=place, channel=None,
                by=request.user, now=now, grant=RightGrant(pk=grant) if grant else None,
            )  # fmt: skip
        except rights.Refused as fault:
            form.add_error(None, str(fault))
            return False
        self.message_user(request, _("%(right)s was used at %(place)s.") % {"right": right, "place": place})
        return True

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(USE):
            raise PermissionDenied
        grant = get_object_or_404(self.get_queryset(request), pk=pk)
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            try:
                rights.revoke(
                    grant=grant, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
                )
            except rights.Refused as fault:
                form.add_error(None, str(fault))
            else:
                self.message_user(request, _("%(right)s was revoked.") % {"right": grant.right})
                return redirect(_page_of(grant.account.member))
        member = grant.account.member
        return self._page(request, "revoke", _("Revoke a right"), form, member=member, right=grant.right)

    def _asked(self, request, oneid, code) -> tuple[Member, Right]:
        if not request.user.has_perm(USE):
            raise PermissionDenied
        member = scopes.members(reach=reach(request)).filter(oneid=oneid).first()
        right = (
            scopes.around_organization(Right.objects.all(), reach=reach(request)).filter(code=code).first()
        )
        if member is None or right is None:
            raise Http404
        return member, right

    def _page(self, request, name, title, form, **more):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            **more,
        }
        return TemplateResponse(request, f"members/rights/{name}.html", context)

    @display(description=_("member"))
    def oneid(self, grant):
        return link(grant.account.member)

    @display(description=_("used"))
    def uses(self, grant):
        return f"{grant.used} / {grant.quantity}"

    def get_inlines(self, request, obj=None):
        return self.inlines if obj and obj.used else ()

    @display(description=_("state"))
    def standing(self, grant):
        return self.shown_state(grant)[1]

    @display(description=_("last day"))
    def last_day(self, grant):
        until = grant.valid_until
        return date_format(timezone.localtime(until - DAY), "j M Y") if until else _("for ever")

    @display(description=_("state"), label=STATES)
    def shown_state(self, grant):
        state = held.of_grant(grant, now=timezone.now()).state
        return state, STATE_NAMES[state]


def _page_of(member: Member) -> str:
    return f"{reverse('admin:members_member_change', args=[member.oneid])}?tab=rights"


STATE_NAMES = {
    "available": _("available"), "waiting": _("waiting"), "used": _("used"), "expired": _("expired"),
    "revoked": _("revoked"),
}  # fmt: skip


def _rights(member: Member, request: HttpRequest) -> dict | None:
    """Over all accounts of the person; rights of nodes around the reader's."""
    seen = set(
        scopes.around_organization(Right.objects.all(), reach=reach(request)).values_list("pk", flat=True)
    )
    found = [each for each in held.of(members=[member.pk], now=timezone.now()) if each.right_id in seen]
    rows = [{"right": each, "state": STATE_NAMES[each.state], "source": RightGrant.Source(each.source).label}
            for each in found]  # fmt: skip
    may_give = right_giving.may_give(request)
    return {"rows": rows, "may_give": may_give} if rows or may_give else None


register(Panel(_("Rights"), "members/panels/rights.html", _rights, position=10, tab="rights"))
