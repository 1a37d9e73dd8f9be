"""JSON in forms: what is nested without end is a fault of the field, not of the page."""

from django import forms
from django.utils.translation import gettext_lazy as _

TOO_DEEP = _("This is nested too deeply: at most 12 levels.")


class BoundedJSON(forms.JSONField):
    def to_python(self, value):
        try:
            return super().to_python(value)
        except RecursionError as fault:
            raise forms.ValidationError(TOO_DEEP, code="invalid") from fault

    def prepare_value(self, value):
        return "" if value is None else super().prepare_value(value)

    def bound_data(self, data, initial):
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return forms.fields.InvalidJSONInput(data)

    def has_changed(self, initial, data):
        try:
            return super().has_changed(initial, data)
        except RecursionError:
            return True
