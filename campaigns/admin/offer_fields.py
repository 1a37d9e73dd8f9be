"""Fields of forms about offers: codes with commas between them, numbers, places to choose."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

LONGEST = 100
HOURS = re.compile(r"^\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*$")


class Codes(forms.CharField):
    """Codes with commas or spaces between them; cleaned: the codes, each once."""

    def __init__(self, **options):
        options.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}))
        super().__init__(required=False, **options)

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else ", ".join(value)

    def clean(self, value):
        found = [each.strip() for each in re.split(r"[,，;\n]+", super().clean(value) or "")]
        codes = list(dict.fromkeys(filter(None, found)))
        if long := next((code for code in codes if len(code) > LONGEST), None):
            raise forms.ValidationError(
                _("“%s” is longer than 100 signs: write commas between codes.") % long
            )
        return codes


class Days(Codes):
    """Days of the month."""

    def prepare_value(self, value):
        return super().prepare_value([str(day) for day in value] if isinstance(value, list) else value)

    def clean(self, value):
        codes = super().clean(value)
        if wrong := next((day for day in codes if not (day.isdecimal() and 1 <= int(day) <= 31)), None):
            raise forms.ValidationError(_("“%s” is no day of a month: write numbers from 1 to 31.") % wrong)
        return sorted(int(day) for day in codes)


class Hours(Codes):
    """Like 10:00-12:00, 22:00-02:00."""

    def clean(self, value):
        return [_hours(each) for each in super().clean(value)]


def _hours(text: str) -> str:
    found = HOURS.match(text)
    begin, end = (
        ((int(found[1]), int(found[2])), (int(found[3]), int(found[4]))) if found else ((99, 0), (99, 0))
    )
    whole = end == (24, 0)
    if begin[0] > 23 or begin[1] > 59 or not (whole or (end[0] < 24 and end[1] < 60)):
        raise forms.ValidationError(_("“%s” are no hours: write them like 10:00-12:00.") % text)
    if begin == end:
        raise forms.ValidationError(_("%s is empty: write 00:00-24:00 for the whole day.") % text)
    return f"{begin[0]:02}:{begin[1]:02}-{end[0]:02}:{end[1]:02}"


def number(label: str, **options) -> forms.DecimalField:
    """More than nothing."""
    given = {"min_value": 0, "max_digits": 15, "decimal_places": 4, "required": False, **options}
    return forms.DecimalField(label=label, widget=UnfoldAdminDecimalFieldWidget, **given)


def count(label: str, **options) -> forms.IntegerField:
    given = {"min_value": 1, "max_value": 1_000_000, "required": False, **options}
    return forms.IntegerField(label=label, widget=UnfoldAdminIntegerFieldWidget, **given)


def choice(label: str, choices: list, **options) -> forms.ChoiceField:
    given = {"required": False, **options}
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget, **given)


def some(label: str, **options) -> forms.MultipleChoiceField:
    """Several of a list that the form fills in."""
    given = {"required": False, **options}
    return forms.MultipleChoiceField(
        label=label, choices=[], widget=UnfoldAdminSelect2MultipleWidget, **given
    )


def yes(label: str, **options) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget, **options)


def text(label: str, **options) -> forms.CharField:
    return forms.CharField(
        label=label, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}), **options
    )
