"""What is typed of an activity itself: its name, its place and its time. What it offers is typed in ``offer_form``."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.admin.offer_fields import text
from campaigns.admin.offer_form import wall
from campaigns.models import Activity
from members.models import Organization


class TimeForm(forms.Form):
    starts_at = forms.DateTimeField(label=_("Begins"), widget=wall())
    ends_at = forms.DateTimeField(
        label=_("Ends"), required=False, widget=wall(), help_text=_("Empty: when it is stopped.")
    )

    def clean(self) -> dict:
        given = super().clean()
        if given.get("starts_at") and given.get("ends_at") and given["ends_at"] <= given["starts_at"]:
            self.add_error("ends_at", _("It ends before it begins."))
        return given


class ActivityForm(TimeForm):
    name = text(_("Name"), max_length=100)
    code = text(
        _("Code"),
        max_length=48,
        help_text=_("Letters, digits and hyphens, such as SUMMER-26. Tills and reports name it so."),
    )
    organization = forms.ModelChoiceField(
        label=_("Holds at"), queryset=Organization.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget,
        help_text=_("This organization and all shops below it."),
    )  # fmt: skip
    purpose = text(_("What for"), max_length=300, required=False)
    field_order = ("name", "code", "organization", "purpose", "starts_at", "ends_at")

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if Activity.objects.filter(code=code).exists():
            raise ValidationError(_("There is an activity of this code already."))
        return code
