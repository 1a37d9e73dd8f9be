"""The limit on different values among an identifier's carriers, as a few small fields: so many telephones, names, …"""

from collections.abc import Mapping

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.models import IdentifierKind

NAME = "name"
ALWAYS = ("phone", "unionid")
MOST = 7  # digits

Kinds = list[tuple[str, str]]


def offered() -> tuple[Kinds, Kinds]:
    """What is counted among carriers, as (code, label): what has a field of its own, and what can be chosen beside it."""
    kinds = list(IdentifierKind.objects.order_by("-strength", "code"))
    used = {code for kind in kinds for code in kind.max_distinct} | set(ALWAYS)
    own = [(kind.code, kind.name) for kind in kinds if kind.code in used]
    others = [(kind.code, kind.name) for kind in kinds if kind.code not in used]
    return [*own, (NAME, gettext_lazy("name"))], others


def told(limits: Mapping[str, int], *, names: Mapping[str, str]) -> str:
    """``{"phone": 2, "name": 2}`` as people say it; ``names`` are those of the kinds."""
    known = {NAME: _("name"), **names}
    parts = [(code == NAME, f"{known.get(code, code)} {limit}") for code, limit in limits.items()]
    return ", ".join(part for _last, part in sorted(parts)) or "–"


class Distinct(forms.Widget):
    """A number for each of ``own``, and one for whichever of ``others`` is chosen."""

    template_name = "identity/widgets/distinct.html"

    def __init__(self, own: Kinds, others: Kinds, attrs=None):
        super().__init__(attrs)
        self.own, self.others = own, others

    def get_context(self, name, value, attrs):
        value = value or {}
        known = {code for code, _label in self.own}
        another = next((code for code in value if code not in known), "")
        return {
            **super().get_context(name, value, attrs),
            "inputs": [
                {"name": f"{name}-{code}", "label": label, "value": value.get(code, "")} for code, label in self.own
            ],
            "others": self.others,
            "another": another,
            "limit": value.get(another, ""),
        }  # fmt: skip

    def _render(self, template_name, context, renderer=None):
        return render_to_string(template_name, context)

    def value_from_datadict(self, data, files, name):
        """What was typed, by code; under "" a number for a kind that was not chosen."""
        typed = {code: data.get(f"{name}-{code}", "").strip() for code, _label in self.own}
        found = {code: text for code, text in typed.items() if text}
        another, limit = (data.get(f"{name}-another{part}", "").strip() for part in ("", "-limit"))
        return {**found, another: limit} if another or limit else found

    def value_omitted_from_data(self, data, files, name):
        return not any(key.startswith(f"{name}-") for key in data)


class DistinctField(forms.Field):
    """{code: at most so many different values}; what is left empty is not limited."""

    def __init__(self, own: Kinds, others: Kinds, **more):
        super().__init__(required=False, widget=Distinct(own, others), **more)
        self.labels = dict([*own, *others])

    def to_python(self, value):
        faults = [fault for code, text in (value or {}).items() if (fault := self._fault(code, str(text)))]
        if faults:
            raise forms.ValidationError(faults)
        return {code: int(text) for code, text in (value or {}).items()}

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != (initial or {})
        except forms.ValidationError:
            return True

    def _fault(self, code, text):
        if not code:
            return _("Choose the kind that is counted, or leave its number empty.")
        if code not in self.labels:
            return _("“%(code)s” is no kind of identifier.") % {"code": code}
        if not text:
            return _("%(kind)s: say how many different ones at most.") % {"kind": self.labels[code]}
        if not text.isdecimal() or len(text) > MOST:
            return _("%(kind)s: write a whole number, or leave it empty for no limit.") % {
                "kind": self.labels[code]
            }
        return ""
