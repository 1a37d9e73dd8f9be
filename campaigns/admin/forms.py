from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns import messages, touchpoints
from campaigns.models import Campaign


class CampaignForm(forms.ModelForm):
    touchpoint = forms.ChoiceField(label=_("Touchpoint"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Campaign
        fields = (
            "name", "organization", "audience", "holdout_share", "touchpoint", "purpose", "subject", "body",
            "starts_at", "cap_count", "cap_days",
        )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "touchpoint" in self.fields:
            self.fields["touchpoint"].choices = [
                (code, point.name) for code, point in touchpoints.ALL.items()
            ]

    def clean_subject(self):
        return self._parsed("subject")

    def clean_body(self):
        return self._parsed("body")

    def _parsed(self, field):
        text = self.cleaned_data[field]
        try:
            messages.parse(text)
        except messages.Malformed as fault:
            raise forms.ValidationError(str(fault)) from fault
        return text

    def clean(self):
        cleaned = super().clean()
        point = touchpoints.ALL.get(cleaned.get("touchpoint", ""))
        if point and point.needs_subject and not cleaned.get("subject", "").strip():
            self.add_error("subject", _("%s needs a subject.") % point.name)
        return cleaned
