"""A tier given by hand, from the page of a member."""

import datetime as dt
import secrets

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.actions import tiers
from members.admin import whom
from members.admin.base import reach
from members.models import Programme, Tier
from members.queries import scopes

GIVE = "members.add_tiergrant"
NONE = "none"


class GiveForm(forms.Form):
    """``key`` is made with the page, so that pressing twice gives once."""

    key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    tier = forms.ChoiceField(label=_("Tier"), widget=UnfoldAdminSelectWidget)
    last_day = forms.DateField(
        label=_("Last day"), required=False, widget=UnfoldAdminDateWidget, help_text=_("Empty: without end.")
    )
    reason = forms.CharField(
        label=_("Why"), max_length=300, min_length=3, help_text=_("It stands in the tier log with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *given, programme: Programme, **named):
        super().__init__(*given, **named)
        self.tiers = {str(tier.pk): tier for tier in programme.tiers.order_by("-rank")}
        names = [(pk, tier.name) for pk, tier in self.tiers.items()]
        self.fields["tier"].choices = [("", "—"), *names, (NONE, _("no tier"))]

    def clean_tier(self) -> Tier | None:
        return self.tiers.get(self.cleaned_data["tier"])

    def clean_last_day(self) -> dt.date | None:
        day = self.cleaned_data["last_day"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day


def programmes(request: HttpRequest) -> set[int]:
    """Those in which the reader may give tiers: of his own node and below."""
    if not request.user.has_perm(GIVE):
        return set()
    mine = scopes.at_organization(Programme.objects.all(), reach=reach(request))
    return set(mine.values_list("pk", flat=True))


def give(model_admin, request: HttpRequest, oneid: str, programme: int) -> HttpResponse:
    """GET asks which tier and why; POST gives it to the person as he is seen now."""
    if not request.user.has_perm(GIVE):
        raise PermissionDenied
    member = whom.somebody(request, oneid)
    found = Programme.objects.select_related("organization").filter(pk=programme).first()
    if found is None or programme not in programmes(request):
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = GiveForm(data, programme=found, initial={"key": secrets.token_hex(16)})
    if form.is_valid() and _given(model_admin, request, member, found, form):
        return redirect("admin:members_tiergrant_log", member.oneid, programme)
    context = {
        **model_admin.admin_site.each_context(request), "opts": model_admin.opts, "title": _("Give a tier"),
        "form": form, "member": member, "programme": found, "name": whom.heading(member),
    }  # fmt: skip
    return TemplateResponse(request, "members/tiers/give.html", context)


def _given(model_admin, request, member, programme, form) -> bool:
    said, now = form.cleaned_data, timezone.now()
    try:
        tiers.grant(
            member=member, programme=programme, tier=said["tier"], note=said["reason"],
            key=f"desk:{request.user.pk}:{said['key']}", by=request.user, now=now, valid_until=_ends(said["last_day"]),
        )  # fmt: skip
    except tiers.KeyReused:
        form.add_error(None, _("This page was sent before. Look at the tier log, then open it anew."))
        return False
    except tiers.Refused as fault:
        form.add_error(None, str(fault))
        return False
    given = said["tier"] or _("no tier")
    model_admin.message_user(
        request, _("The tier in %(programme)s is now: %(tier)s.") % {"programme": programme, "tier": given}
    )
    return True


def _ends(last_day: dt.date | None) -> dt.datetime | None:
    """The first instant at which it is over."""
    if last_day is None:
        return None
    return dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time.min, timezone.get_default_timezone())
