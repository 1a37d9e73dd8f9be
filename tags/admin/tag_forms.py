"""The form of a tag: what it is, why it is there, how it is found, and its values with their conditions."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from members.models import Organization
from tags.actions import approvals
from tags.admin.bounded import BoundedJSON
from tags.admin.forms import ConditionField, PrettyJSON
from tags.conditions.faults import Fault
from tags.models import Tag
from tags.models.tag import SAID
from tags.models_of import MODELS

ABOUT = ("name", "code", "organization", "category", "kind", "source")
WHY = ("purpose", "consumer", "expected_action", "direction", "benefit", "owner")
FOUND = ("shape", "model", "parameters", "measure", "unit", "expires_at", "wanted_signals", "levels_reason")
FIELDS = (*ABOUT, *SAID, *FOUND)
CODE = {"spellcheck": "false", "rows": 4, "style": "font-family: ui-monospace, monospace"}


def document(label: str, **options: object) -> BoundedJSON:
    return BoundedJSON(
        label=label, required=False, encoder=PrettyJSON, widget=UnfoldAdminTextareaWidget(CODE), **options
    )


class TagForm(forms.ModelForm):
    """Reads and asks; what it must be is said by the action, at its fields."""

    parameters = document(_("Parameters of the model"))
    measure = document(
        _("Measure"),
        help_text=_('What counts, such as {"orders": {"aggregate": "amount", "window": {"days": 365}}}.'),
    )
    model = forms.ChoiceField(label=_("Model"), required=False)
    wanted_signals = forms.CharField(
        label=_("Signals that it waits for"), required=False, widget=UnfoldAdminTextInputWidget(),
        help_text=_("With commas between them, such as event.book_designer, profile.birth_date."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Why the rules change"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget()
    )

    class Meta:
        model = Tag
        fields = FIELDS

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["definition"].widget.attrs["rows"] = 2
        self.fields["model"].choices = [("", "–"), *((code, code) for code in sorted(MODELS))]
        if self.instance.pk:
            for name in ("code", "organization"):
                self.fields.pop(name, None)
            self.initial["wanted_signals"] = ", ".join(self.instance.wanted_signals)

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if Tag.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is a tag of this code already: choose another."))
        return code

    def clean_wanted_signals(self) -> list[str]:
        words = self.cleaned_data["wanted_signals"].replace("，", ",").split(",")
        return [word.strip() for word in words if word.strip()]

    def clean_parameters(self) -> dict:
        return self.cleaned_data["parameters"] or {}

    def _post_clean(self) -> None:
        """The instance is not written from here, so it is not checked here."""

    def given(self) -> dict:
        """As the actions take it."""
        fields = {
            name: value for name, value in self.cleaned_data.items() if name not in ("organization", "note")
        }
        return {name: value if value is not None or name in NONE else "" for name, value in fields.items()}

    def named(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    def refuse(self, refused: Exception) -> None:
        """What an action refused, at the fields that it names."""
        if isinstance(refused, approvals.Unsaid):
            for name in refused.fields:
                self.add_error(name, _("A tag must say this."))
        elif isinstance(refused, Fault):
            self.add_error(refused.place if refused.place in self.fields else None, str(refused))
        else:
            self.add_error(None, str(refused))


NONE = ("measure", "category", "expires_at")


class ValueForm(forms.Form):
    """One value. ``position``: the first one that fits is given."""

    position = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=10_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    code = forms.CharField(label=_("Code"), max_length=100, widget=UnfoldAdminTextInputWidget())
    name = forms.CharField(label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget())
    condition = ConditionField(
        label=_("Who gets it"), required=False, help_text=_("Empty: everybody whom no value above fits.")
    )  # fmt: skip


class Values(forms.BaseFormSet):
    def __init__(self, *args, node: Organization | None = None, **options):
        self.node = node
        super().__init__(*args, **options)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["condition"].belongs(self.node and self.node.pk)

    def given(self) -> list[tuple[str, str, object]]:
        """(code, name, condition) of those that stay, in their order."""
        rows = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        last = len(rows) + 10_000
        rows.sort(key=lambda row: last if row.get("position") is None else row["position"])
        return [(row["code"], row["name"], row["condition"]) for row in rows]


def values_of(tag: Tag | None) -> list[dict]:
    """The values of a tag as the rows of the form begin."""
    if tag is None:
        return []
    rows = tag.values.filter(dropped=False).order_by("position", "id")
    return [
        {"position": number, "code": each.code, "name": each.name, "condition": each.condition}
        for number, each in enumerate(rows, start=1)
    ]


ValueFormSet = forms.formset_factory(ValueForm, formset=Values, extra=2, can_delete=True, max_num=1000)
