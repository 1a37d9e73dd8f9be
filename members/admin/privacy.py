"""A person's rights at the desk: a copy of everything, and the wish to be forgotten, which takes two of staff."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from members.actions import access, copies, erasure
from members.admin.base import OpenAdmin, ReadOnlyAdmin, reach
from members.admin.member import link
from members.admin.panels import Panel, register
from members.admin.unmasking import PERMISSION as PERSONAL
from members.admin.unmasking import ReasonForm
from members.models import Erasure, Member, Organization, RetentionRun
from members.queries import scopes

ASK, APPROVE = "members.add_erasure", "members.approve_erasure"
STATES = {"requested": "warning", "approved": "info", "done": "success", "refused": "danger"}


class WishForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        min_length=3,
        help_text=_("Such as: asked by letter, case 2026-17. It is kept after the erasure, so name nobody."),
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class CopyForm(ReasonForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        min_length=3,
        help_text=_("Such as: asked for it at the desk and showed her card. It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    notes = forms.BooleanField(
        label=_("With what staff wrote"),
        required=False,
        help_text=_("Read it before you hand it over: it may say something of somebody else."),
        widget=UnfoldBooleanSwitchWidget,
    )


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = (
        "requested_at",
        "shown_state",
        "oneid",
        "reason",
        "door",
        "requested_by",
        "decided_by",
        "done_at",
    )
    list_select_related = ("member", "requested_by", "decided_by")
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ()

    def within(self, queryset, *, reach):
        return scopes.of_member(queryset, reach=reach)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("of/<str:oneid>/copy/", view(self.copy_view), name="members_copy"),
            path("of/<str:oneid>/ask/", view(self.ask_view), name="members_erasure_ask"),
            path("<int:pk>/decide/", view(require_POST(self.decide_view)), name="members_erasure_decide"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        wish = get_object_or_404(self.get_queryset(request).select_related("member"), pk=object_id)
        context = self._context(request, _("Erasure"), wish=wish)
        context["counts"] = [
            (room, what, rows)
            for room, counts in wish.counts.items()
            for what, rows in counts.items()
            if rows
        ]
        context["may_decide"] = may_decide(request, wish)
        context["own"] = wish.requested_by_id == request.user.pk
        return TemplateResponse(request, "members/privacy/erasure.html", context)

    def ask_view(self, request: HttpRequest, oneid: str) -> HttpResponse:
        member = _member(request, oneid, ASK)
        form = WishForm(request.POST or None)
        if form.is_valid():
            try:
                wish = erasure.request(
                    member=member, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
                )
            except erasure.Impossible as fault:
                form.add_error("reason", str(fault))
            else:
                self.message_user(request, _("A second person has to agree before anything is erased."))
                return redirect("admin:members_erasure_change", wish.pk)
        context = self._context(request, _("Ask for erasure"), form=form, member=member)
        return TemplateResponse(request, "members/privacy/ask.html", context)

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        wish = get_object_or_404(self.get_queryset(request), pk=pk)
        if not request.user.has_perm(APPROVE) or not is_at_the_top(request):
            raise PermissionDenied
        decide = {"approve": erasure.approve, "refuse": erasure.refuse}.get(request.POST.get("decision"))
        if decide is None:
            return HttpResponseBadRequest(_("Say whether you agree to the erasure or refuse it."))
        try:
            decided = decide(erasure=wish, by=request.user, now=timezone.now())
        except erasure.Impossible as fault:
            self.message_user(request, str(fault), messages.ERROR)
        else:
            told = {
                "approved": _("Agreed. The person is erased within a minute."),
                "refused": _("Refused. Nothing is erased."),
            }
            self.message_user(request, told[decided.state])
        return redirect("admin:members_erasure_change", pk)

    def copy_view(self, request: HttpRequest, oneid: str) -> HttpResponse:
        """GET asks for the reason, POST notes it and answers with the file."""
        member = _member(request, oneid, PERSONAL)
        form = CopyForm(request.POST or None)
        if not form.is_valid():
            context = self._context(request, _("Copy of everything"), form=form, member=member)
            return TemplateResponse(request, "members/privacy/take.html", context)
        now = timezone.now()
        access.took_copy(member=member, reason=form.cleaned_data["reason"], by=request.user, now=now)
        copy = copies.make(member=member, now=now, notes=form.cleaned_data["notes"])
        return _file(copy, page=request.POST.get("form") == "page")

    def _context(self, request, title, **more):
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **more}

    @display(description=_("state"), label=STATES)
    def shown_state(self, wish):
        return wish.state, wish.get_state_display()

    @display(description=_("member"))
    def oneid(self, wish):
        return _("erased") if wish.state == Erasure.State.DONE else link(wish.member)


@admin.register(RetentionRun)
class RetentionRunAdmin(OpenAdmin):
    list_display = ("started_at", "ended_at", "rows")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("started_at", "ended_at", "counts")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("rows past their time"))
    def rows(self, run):
        return sum(run.counts.values())


def is_at_the_top(request: HttpRequest) -> bool:
    """Copies and erasures reach every brand, so they are for those who see all of them."""
    mine = reach(request)
    return mine.everything or (mine.node is not None and mine.node.kind == Organization.Kind.GROUP)


def may_decide(request: HttpRequest, wish: Erasure) -> bool:
    return (
        wish.state == Erasure.State.REQUESTED
        and wish.requested_by_id != request.user.pk
        and request.user.has_perm(APPROVE)
        and is_at_the_top(request)
    )


def _member(request, oneid, permission) -> Member:
    if not request.user.has_perm(permission) or not is_at_the_top(request):
        raise PermissionDenied
    member = scopes.members(reach=reach(request)).filter(oneid=oneid).first()
    if member is None:
        raise Http404
    return member


def _file(copy, *, page) -> HttpResponse:
    body, kind, ending = (
        (copies.as_html(copy), "text/html", "html")
        if page
        else (copies.as_json(copy), "application/json", "json")
    )
    return HttpResponse(
        body,
        content_type=f"{kind}; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{copy["oneid"]}.{ending}"',
            "Cache-Control": "no-store",
        },
    )


def _panel(member: Member, request) -> dict | None:
    if not is_at_the_top(request):
        return None
    wish = Erasure.objects.filter(member=member, state__in=["requested", "approved"]).first()
    links = []
    if request.user.has_perm(PERSONAL):
        links.append((reverse("admin:members_copy", args=[member.oneid]), _("Copy of everything")))
    if wish is None and request.user.has_perm(ASK):
        links.append((reverse("admin:members_erasure_ask", args=[member.oneid]), _("Ask for erasure")))
    return {"links": links, "wish": wish} if links or wish else None


register(Panel(_("Rights of the person"), "members/panels/privacy.html", _panel, place="side", position=95))
