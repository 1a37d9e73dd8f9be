"""A right given by hand, from the page of a member."""

import datetime as dt
import secrets

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from members.actions import rights
from members.admin import whom
from members.admin.base import reach
from members.models import Right, RightGrant
from members.queries import scopes

GIVE = "members.add_rightgrant"


class GiveForm(forms.Form):
    """``key`` is made with the page, so that pressing twice gives once."""

    key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    right = forms.ModelChoiceField(
        label=_("Right"), queryset=Right.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    quantity = forms.IntegerField(
        label=_("Uses"), min_value=1, max_value=1000, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )
    last_day = forms.DateField(
        label=_("Last day"), required=False, widget=UnfoldAdminDateWidget,
        help_text=_("Empty: as long as the right itself says."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300, min_length=3, help_text=_("It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *given, rights: QuerySet[Right], **named):
        super().__init__(*given, **named)
        self.fields["right"].queryset = rights

    def clean_last_day(self) -> dt.date | None:
        day = self.cleaned_data["last_day"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day


def offered(request: HttpRequest) -> QuerySet[Right]:
    """Rights of the reader's organization and those below it that run now: those above it are not his to give."""
    now = timezone.now()
    mine = scopes.at_organization(Right.objects.order_by("organization__path", "name"), reach=reach(request))
    return mine.filter(Q(active_to=None) | Q(active_to__gt=now), active_from__lte=now)


def may_give(request: HttpRequest) -> bool:
    return request.user.has_perm(GIVE) and offered(request).exists()


def give(model_admin, request: HttpRequest, oneid: str) -> HttpResponse:
    """GET asks which right and why; POST gives it to the account that was seen first within reach."""
    if not request.user.has_perm(GIVE):
        raise PermissionDenied
    member = whom.somebody(request, oneid)
    data = request.POST if request.method == "POST" else None
    form = GiveForm(data, rights=offered(request), initial={"key": secrets.token_hex(16)})
    if form.is_valid() and _given(model_admin, request, member, form):
        return redirect(f"{reverse('admin:members_member_change', args=[member.oneid])}?tab=rights")
    context = {
        **model_admin.admin_site.each_context(request), "opts": model_admin.opts, "title": _("Give a right"),
        "form": form, "member": member, "name": whom.heading(member),
    }  # fmt: skip
    return TemplateResponse(request, "members/rights/give.html", context)


def _given(model_admin, request, member, form) -> bool:
    given = form.cleaned_data
    try:
        rights.grant(
            right=given["right"], account=whom.accounts(request, member).first(), quantity=given["quantity"],
            source=RightGrant.Source.HAND, key=f"desk:{request.user.pk}:{given['key']}", reason=given["reason"],
            by=request.user, now=timezone.now(), valid_until=_ends(given["last_day"]),
        )  # fmt: skip
    except rights.KeyReused:
        form.add_error(None, _("This page was sent before. Look at the rights, then open it anew."))
        return False
    except rights.Refused as fault:
        form.add_error(None, str(fault))
        return False
    model_admin.message_user(request, _("%(right)s was given.") % {"right": given["right"]})
    return True


def _ends(last_day: dt.date | None) -> dt.datetime | None:
    """The first instant at which it is over."""
    if last_day is None:
        return None
    return dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time.min, timezone.get_default_timezone())
