"""Correcting what is said of a person, as he asks for it at the desk."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets

from identity.actions import edits
from members import masking
from members.admin.base import reach
from members.admin.unmasking import ReasonForm
from members.models import Member, MemberProfile
from members.queries import scopes

PERMISSION = "members.change_member"
PLACE = "$.profile."
TEXTS = {
    "name": gettext_lazy("Name"), "nickname": gettext_lazy("Nickname"),
    "province": gettext_lazy("Province"), "city": gettext_lazy("City"),
}  # fmt: skip


class CorrectionForm(ReasonForm):
    """What is left empty stays as it is."""

    field_order = (*edits.FIELDS, "reason")

    def __init__(self, *given, now_said: dict[str, str], **named):
        super().__init__(*given, **named)
        quiet = {"autocomplete": "off"}
        for name, label in TEXTS.items():
            widget = widgets.UnfoldAdminTextInputWidget(attrs=quiet)
            self.fields[name] = forms.CharField(label=label, max_length=100, required=False, widget=widget)
        self.fields["gender"] = forms.ChoiceField(
            label=_("Gender"), choices=[("", _("as it is")), *MemberProfile.Gender.choices], required=False,
            widget=widgets.UnfoldAdminSelectWidget,
        )  # fmt: skip
        self.fields["birth_date"] = forms.DateField(
            label=_("Birth date"), required=False,
            widget=widgets.UnfoldAdminTextInputWidget(attrs={**quiet, "type": "date"}),
        )  # fmt: skip
        self.fields["reason"].help_text = _(
            "Such as: the customer showed her card at the desk. It is kept with your name."
        )
        self.fields["reason"].widget.attrs.pop("autofocus", None)
        self.order_fields(self.field_order)
        for name, text in now_said.items():
            self.fields[name].help_text = _("now: %s") % text if text else _("not known")

    def clean(self):
        found = super().clean()
        if not self.errors and not self.stated():
            raise forms.ValidationError(_("Fill in what is to be corrected."))
        return found

    def stated(self) -> dict[str, str]:
        """The traits that were filled in, as a record states them."""
        return {name: str(value) for name in edits.FIELDS if (value := self.cleaned_data.get(name))}


def page(request: HttpRequest, oneid: str) -> HttpResponse:
    """GET asks what is right and why, POST states it for the account that was seen last."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    member = scopes.members(reach=reach(request)).filter(oneid=oneid).select_related("profile").first()
    account = edits.correctable(member=member, reach=reach(request)) if member else None
    if account is None:
        raise Http404
    form = CorrectionForm(request.POST if request.method == "POST" else None, now_said=_said(member))
    if form.is_valid() and _corrected(request, form, account):
        account.refresh_from_db()
        messages.success(request, _("Corrected."))
        return redirect("admin:members_member_change", account.member.oneid)
    context = {
        **admin.site.each_context(request), "title": _("Correct the profile"), "form": form, "member": member,
        "account": account,
    }  # fmt: skip
    return TemplateResponse(request, "identity/correct.html", context)


def _corrected(request, form, account) -> bool:
    reason = form.cleaned_data["reason"]
    try:
        edits.correct(
            account=account, fields=form.stated(), reason=reason, by=request.user, now=timezone.now()
        )
    except edits.Refused as refused:
        for problem in refused.problems:
            name = problem.place.removeprefix(PLACE)
            form.add_error(name if name in edits.FIELDS else None, f"{problem.message} {problem.remedy}")
        return False
    return True


def _said(member: Member) -> dict[str, str]:
    """What the profile says now, masked."""
    profile = getattr(member, "profile", None)
    if profile is None:
        return {}
    return {
        "name": masking.name(profile.name),
        "nickname": masking.name(profile.nickname),
        "gender": profile.get_gender_display() if profile.gender else "",
        "birth_date": f"{profile.birth_date:%Y}-**-**" if profile.birth_date else "",
        "province": profile.province,
        "city": profile.city,
    }
