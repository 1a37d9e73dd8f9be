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
            "entering", "starts_at", "ends_at", "reenter_after_days", "cap_count", "cap_days",
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
        self._check_entering(cleaned)
        return cleaned

    def _check_entering(self, cleaned):
        starts, ends, again = (cleaned.get(name) for name in ("starts_at", "ends_at", "reenter_after_days"))
        if cleaned.get("entering") == Campaign.Entering.ONCE:
            for name, value in (("ends_at", ends), ("reenter_after_days", again)):
                if value is not None:
                    self.add_error(name, _("Leave this empty, or choose that people enter later, too."))
        elif starts and ends and ends <= starts:
            self.add_error("ends_at", _("It would end before it starts."))
