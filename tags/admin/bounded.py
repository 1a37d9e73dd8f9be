"""JSON in forms: what nothing can keep (nested without end, half a character, a number of thousands of digits) is a fault of
the field, not of the page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tags.actions.checking import storable
from tags.conditions.faults import Fault

TOO_DEEP = _("This is nested too deeply: at most 12 levels.")
TOO_LONG = _("A number in it is too long.")
# What json.loads raises beside a fault in the text, which forms.JSONField tells itself.
ENDLESS = (RecursionError, ValueError)


class BoundedJSON(forms.JSONField):
    def to_python(self, value):
        try:
            found = super().to_python(value)
            storable(found, "")
        except Fault as fault:
            raise forms.ValidationError(f"{fault.problem}. {fault.remedy}", code="invalid") from fault
        except RecursionError as fault:
            raise forms.ValidationError(TOO_DEEP, code="invalid") from fault
        except ValueError as fault:
            raise forms.ValidationError(TOO_LONG, code="invalid") from fault
        return found

    def prepare_value(self, value):
        return "" if value is None else super().prepare_value(value)

    def bound_data(self, data, initial):
        try:
            found = super().bound_data(data, initial)
            storable(found, "")
        except ENDLESS:
            return forms.fields.InvalidJSONInput(data)
        return found

    def has_changed(self, initial, data):
        try:
            return super().has_changed(initial, data)
        except ENDLESS:
            return True
