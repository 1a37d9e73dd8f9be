"""Forms that check conditions as they are typed, and name the place of a fault."""

import json

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Organization
from tags.admin.bounded import BoundedJSON
from tags.admin.condition_widget import ConditionWidget
from tags.conditions import parse
from tags.conditions.faults import Fault
from tags.models import Audience
from tags.queries import catalogue

LINE = 90
EXAMPLE = {
    "all": [
        {"orders": {"aggregate": "count", "window": {"days": 365}, "op": ">=", "value": 2}},
        {"consent": {"purpose": "marketing", "touchpoint": "sms"}},
    ]
}


class PrettyJSON(json.JSONEncoder):
    """What fits on a line stays on one; the rest is indented."""

    def encode(self, value):
        return _pretty(value, "")


def _pretty(value, indent):
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= LINE or not isinstance(value, dict | list):
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_pretty(inner, deeper)}" for key, inner in value.items()
        ]
    else:
        parts = [_pretty(inner, deeper) for inner in value]
    joined = f",\n{deeper}".join(parts)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{deeper}{joined}\n{indent}{closing}"


class ConditionField(BoundedJSON):
    """A condition, built with the mouse or the keyboard; or written, as text."""

    widget = ConditionWidget

    def __init__(self, **options):
        options.setdefault("encoder", PrettyJSON)
        super().__init__(**options)

    def belongs(self, organization: int | None, audience: int | None = None) -> None:
        """Where the condition is read, when its form does not ask for it; and whose it is."""
        self.widget.organization, self.widget.audience = organization, audience


def check(condition: object, *, node: Organization, audience: int | None = None) -> None:
    """Raises a ValidationError that says where the fault is, what it is and what to do."""
    try:
        parse.condition(condition, catalogue=catalogue.at(node=node), audience=audience)
    except Fault as fault:
        raise forms.ValidationError(str(fault)) from fault


class AudienceForm(forms.ModelForm):
    condition = ConditionField(label=_("Condition"))

    class Meta:
        model = Audience
        fields = ("name", "organization", "condition")

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if "condition" in self.fields:
            self.fields["condition"].belongs(self.instance.organization_id, self.instance.pk)

    def clean(self):
        cleaned = super().clean()
        node = cleaned.get("organization") or (self.instance.organization if self.instance.pk else None)
        if node is not None and "condition" in cleaned:
            try:
                check(cleaned["condition"], node=node, audience=self.instance.pk)
            except forms.ValidationError as fault:
                self.add_error("condition", fault)
        return cleaned
