"""Showing one masked value in full, to somebody who may and says why. One showing, one access record."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from members.actions import access
from members.admin import revealing
from members.admin.base import reach
from members.models import Member

PERMISSION = "members.view_personal_data"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        min_length=3,
        help_text=_("Such as: delivery of order SO-1 came back. It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


def show(request: HttpRequest, *, member: Member, name: str) -> HttpResponse:
    """GET asks for the reason, POST notes it and answers with the value."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    value = revealing.find(member=member, name=name, reach=reach(request))
    if value is None:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    shown = None
    if form.is_valid():
        access.unmask(
            member=member, field=value.field, reason=form.cleaned_data["reason"],
            by=request.user, now=timezone.now(), details=value.details,
        )  # fmt: skip
        shown = value.text
    context = {"form": form, "label": value.label, "shown": shown, "member": member}
    return TemplateResponse(request, "members/show.html", context, headers={"Cache-Control": "no-store"})
