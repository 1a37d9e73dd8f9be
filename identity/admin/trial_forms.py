"""The form of a trial: other limits of each kind, channels of one account, identifiers to be shared."""

from django import forms
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from identity.admin import distinct
from identity.models import Identifier, IdentifierKind, Trial
from identity.queries import lookup, trials
from members import masking
from members.models import Channel

MEANS = {
    "strength": gettext_lazy("Higher is closer to the real person; closer kinds link first."),
    "links": gettext_lazy("Off: kept and shown, but it joins nobody."),
    "max_accounts": gettext_lazy("A value that more accounts carry is shared: it links nobody."),
    "max_per_channel": gettext_lazy("The same, counted at each channel alone."),
    "max_members": gettext_lazy("The same, counted in people, as closer kinds had built them."),
    "max_distinct": gettext_lazy(
        "The same, counted in what its carriers show: a telephone whose carriers have three names is a family's."
    ),
    "max_per_person": gettext_lazy("A link that would give one person more values of this kind is refused."),
    "agreement": gettext_lazy("A link between people whose names and birthdays contradict each other is refused."),
    "validity_days": gettext_lazy(
        "Who was last seen with it longer before somebody else was first seen with it is not linked to him."
    ),
}  # fmt: skip


class KindForm(forms.ModelForm):
    """One line of the table: what decides about the links of one kind."""

    class Meta:
        model = IdentifierKind
        fields = trials.fields()

    def __init__(self, *given, counted, **named):
        super().__init__(*given, **named)
        label = self.fields["max_distinct"].label
        self.fields["max_distinct"] = distinct.DistinctField(*counted, label=label)
        self.names = dict([*counted[0], *counted[1]])
        for name, field in self.fields.items():
            field.help_text = MEANS[name]
            if name != "max_distinct":
                field.widget = _small(field)

    @property
    def is_open(self) -> bool:
        """Whether the fold stands open: something in it is wrong, or the draft changes it."""
        return bool(
            self.errors if self.is_bound else self.initial != model_to_dict(self.instance, self.fields)
        )

    def told(self) -> list[str]:
        """The rules in force of the kind, in a few words each."""
        kind = self.instance
        limits = (
            (kind.max_accounts, ngettext("%d account", "%d accounts", kind.max_accounts or 0)),
            (
                kind.max_per_channel,
                ngettext("%d account of a channel", "%d accounts of a channel", kind.max_per_channel or 0),
            ),
            (kind.max_members, ngettext("%d person", "%d people", kind.max_members or 0)),
            (
                kind.max_per_person,
                ngettext("%d value a person", "%d values a person", kind.max_per_person or 0),
            ),
            (kind.validity_days, ngettext("valid for %d day", "valid for %d days", kind.validity_days or 0)),
        )
        said = [_("strength %d") % kind.strength, *([] if kind.links else [_("links nobody")])]
        said += [text % limit for limit, text in limits if limit is not None]
        said += [distinct.told(kind.max_distinct, names=self.names)] if kind.max_distinct else []
        return [*said, *([_("profiles agree")] if kind.agreement else [])]


def _small(field):
    if isinstance(field, forms.BooleanField):
        return forms.CheckboxInput()
    return forms.TextInput(attrs={"class": "nf-input nf-count", "inputmode": "numeric"})


def kinds(sent=None, trial: Trial | None = None) -> list[KindForm]:
    """A line of the table for each kind, the closest to the person first; with what a trial says of it."""
    counted = distinct.offered()
    said = trial.kinds if trial else {}
    return [
        KindForm(sent, instance=kind, initial=said.get(kind.code), prefix=kind.code, counted=counted)
        for kind in IdentifierKind.objects.order_by("-strength", "code")
    ]


class TrialForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "nf-input", "size": 60}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        widget=forms.TextInput(attrs={"class": "nf-input", "size": 60}),
    )
    kept = forms.MultipleChoiceField(
        label=gettext_lazy("Identifiers that the draft makes shared"), required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    shared = forms.CharField(
        label=gettext_lazy("Identifiers made shared"),
        required=False,
        help_text=gettext_lazy("One a line: phone:13800138000 or openid@wx-appid-1:o6_bm…"),
        widget=forms.Textarea(attrs={"class": "nf-input", "rows": 3, "style": "min-height: 5rem"}),
    )

    one_account_a_person = forms.MultipleChoiceField(
        label=gettext_lazy("Channels where a person has one account"), required=False,
        help_text=gettext_lazy("Two accounts of such a channel are never joined into one person."),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    named = forms.MultipleChoiceField(
        label=gettext_lazy("Channels that know their customers"), required=False,
        help_text=gettext_lazy(
            "Accounts of the others are anonymous: they give a person the OneID only where there is no better one, and "
            "alone they do not count as people behind a device."
        ),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *given, trial: Trial | None = None, **named):
        super().__init__(*given, **named)
        self.rows = list(Channel.objects.order_by("name"))
        said = trial.channels if trial else {}
        for name in trials.CHANNEL_FIELDS:
            chosen = [row.code for row in self.rows if said.get(row.code, {}).get(name, getattr(row, name))]
            self.fields[name].choices = [(row.code, f"{row.name} ({row.code})") for row in self.rows]
            self.fields[name].initial = chosen
        self._remember(trial)

    def _remember(self, trial: Trial | None) -> None:
        """What a trial says already. Its identifiers can be taken out of it; they are masked, as everywhere."""
        self.former = {str(each.pk): each for each in trial.shared.select_related("kind")} if trial else {}
        if not self.former:
            del self.fields["kept"]
        else:
            self.fields["kept"].choices = [(key, masked(each)) for key, each in self.former.items()]
            self.fields["kept"].initial = list(self.former)
            self.fields["shared"].label = _("Further identifiers made shared")
        if trial:
            self.fields["name"].initial, self.fields["reason"].initial = trial.name, trial.reason

    def channels(self) -> dict[str, dict[str, bool]]:
        """What is said of each channel."""
        return {
            row.code: {name: row.code in self.cleaned_data[name] for name in trials.CHANNEL_FIELDS}
            for row in self.rows
        }

    def made_shared(self) -> set[Identifier]:
        """What becomes shared: what was kept of the former draft, and what was written."""
        return {
            *(self.former[key] for key in self.cleaned_data.get("kept", ())),
            *self.cleaned_data["shared"],
        }

    def clean_shared(self) -> list[Identifier]:
        return [_named(line) for line in self.cleaned_data["shared"].splitlines() if line.strip()]


def masked(found: Identifier) -> str:
    return f"{found.kind}: {masking.contact(kind=found.kind_id, value=found.value)}"


def _named(line: str) -> Identifier:
    place, _colon, value = line.strip().partition(":")
    kind, _at, namespace = place.partition("@")
    if not IdentifierKind.objects.filter(code=kind).exists():
        raise forms.ValidationError(_("%s: begin with a kind and a colon, such as phone:13800138000.") % line)
    try:
        value = lookup.normalised(kind=kind, value=value)
    except lookup.Malformed as fault:
        raise forms.ValidationError(f"{line}: {fault}") from fault
    found = Identifier.objects.filter(kind=kind, namespace=namespace, value=value).first()
    if found is None:
        raise forms.ValidationError(_("%s: nobody carries this identifier.") % line)
    return found
