"""What the page asks that gives or takes back values by hand: which, whom, until when, why."""

import datetime as dt
from collections.abc import Iterable

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from tags.models import Tag

LARGEST = 4 * 2**20
MOST = 100_000


class GivingForm(forms.Form):
    """``cleaned_data["tag"]`` and ``["values"]``; ``lines`` of the list, if the page asks for one."""

    choice = forms.ChoiceField(label=_("Tag and value"), widget=UnfoldAdminSelectWidget)
    last_day = forms.DateField(
        label=_("Last day"), required=False, widget=UnfoldAdminDateWidget,
        help_text=_("Empty: until it is taken back, or the tag itself ends."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why"), max_length=300, min_length=3, help_text=_("It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    people = forms.CharField(
        label=_("Members"), required=False, strip=False, help_text=_("One a line: a OneID, or a channel, a comma and the account there."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label=_("or a file of them"), required=False, widget=UnfoldAdminFileFieldWidget,
        help_text=_("Plain text or CSV without headings, UTF-8, one a line."),
    )  # fmt: skip

    def __init__(self, *given, tags: Iterable[Tag], listed: bool, giving: bool, **named):
        super().__init__(*given, **named)
        self.offered = _offered(tags, giving)
        self.fields["choice"].choices = [("", "—"), *_grouped(self.offered, giving)]
        self.listed = listed
        if not listed:
            del self.fields["people"], self.fields["file"]
        if not giving:
            self.fields["choice"].label = _("Tag")
            del self.fields["last_day"]

    def clean_last_day(self) -> dt.date | None:
        day = self.cleaned_data["last_day"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day

    def clean_file(self) -> str:
        given = self.cleaned_data["file"]
        if given is None:
            return ""
        if given.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 4 MB: bring it in parts."))
        try:
            return given.read().decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            raise forms.ValidationError(_("This is no text in UTF-8: save it as such.")) from fault

    def clean(self) -> dict:
        given = super().clean()
        given["tag"], given["value"] = self.offered.get(given.get("choice"), (None, None))
        self.lines = (
            f"{given.get('people') or ''}\n{given.get('file') or ''}".splitlines() if self.listed else []
        )
        told = sum(1 for line in self.lines if line.strip())
        if self.listed and not self.errors and not 0 < told <= MOST:
            raise forms.ValidationError(_("Name 1 to 100,000 members."))
        return given


def _offered(tags: Iterable[Tag], giving: bool) -> dict[str, tuple]:
    """What the select sends: (tag, value) of it. Taking back is of a whole tag."""
    if not giving:
        return {str(tag.pk): (tag, None) for tag in tags}
    return {str(value.pk): (tag, value) for tag in tags for value in tag.values.all() if not value.dropped}


def _grouped(offered: dict[str, tuple], giving: bool) -> list:
    """The values of each tag below its name."""
    if not giving:
        return [(key, tag.name) for key, (tag, _value) in offered.items()]
    groups: dict[str, list] = {}
    for key, (tag, value) in offered.items():
        groups.setdefault(tag.name, []).append((key, value.name))
    return list(groups.items())
