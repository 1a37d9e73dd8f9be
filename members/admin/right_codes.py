"""Activation codes at the desk: brought in as text or as a file, counted, and shown one by one for a reason."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from members.actions import right_codes
from members.admin import revealing
from members.admin.revealing import Value
from members.models import Member, Right, RightCode
from members.queries import scopes
from members.queries.scopes import Reach

BRING = "members.add_rightcode"
AT_MOST = 5 * 2**20


class CodesForm(forms.Form):
    text = forms.CharField(
        label=_("Codes"), required=False, strip=False, help_text=_("One a line."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "autocomplete": "off"}),
    )  # fmt: skip
    file = forms.FileField(
        label=_("or a file"), required=False, help_text=_("Plain text, UTF-8, one code a line."),
        widget=UnfoldAdminFileFieldWidget,
    )  # fmt: skip

    def clean_file(self) -> str:
        given = self.cleaned_data["file"]
        if given is None:
            return ""
        if given.size > AT_MOST:
            raise forms.ValidationError(_("The file is larger than 5 MB: bring it in parts."))
        try:
            return given.read().decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            raise forms.ValidationError(_("This is no text in UTF-8: save it as such.")) from fault

    def clean(self) -> dict:
        given = super().clean()
        self.lines = f"{given.get('text', '')}\n{given.get('file') or ''}".splitlines()
        if not self.errors and not any(line.strip() for line in self.lines):
            raise forms.ValidationError(_("Give at least one code."))
        return given


def bring(model_admin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for codes, POST keeps them."""
    if not request.user.has_perm(BRING):
        raise PermissionDenied
    right = get_object_or_404(model_admin.get_queryset(request).filter(with_code=True), pk=pk)
    if not model_admin.has_change_permission(request, right):
        raise PermissionDenied
    form = CodesForm(request.POST or None, request.FILES or None)
    if form.is_valid() and _brought(model_admin, request, right, form):
        return redirect(request.path)
    counted = right.codes.aggregate(free=Count("pk", filter=Q(grant=None)), given=Count("grant"))
    context = {
        **model_admin.admin_site.each_context(request), "opts": model_admin.opts, "title": _("Activation codes"),
        "form": form, "right": right, **counted,
    }  # fmt: skip
    return TemplateResponse(request, "members/rights/codes.html", context)


def _brought(model_admin, request, right: Right, form: CodesForm) -> bool:
    try:
        new = right_codes.bring(right=right, lines=form.lines, now=timezone.now(), by=request.user)
    except right_codes.Unusable as fault:
        form.add_error(None, str(fault))
        return False
    model_admin.message_user(request, _("%(new)s new codes were brought in.") % {"new": new})
    return True


def _code(member: Member, rest: str, reach: Reach) -> Value | None:
    around = scopes.around_organization(RightCode.objects.all(), reach=reach, field="right__organization")
    own = around.filter(grant__account__member=member, grant=int(rest) if rest.isdecimal() else 0)
    found = own.select_related("right").first()
    if found is None:
        return None
    details = {"right": found.right.code, "grant": found.grant_id}
    return Value(field="activation code", label=_("activation code"), text=found.code, details=details)


revealing.register("code", _code)
