"""Rules of OneID, changed by trial: draft, see what it would make of everybody, put it in force, take it back."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django_q.tasks import async_task
from unfold.decorators import display

from identity.actions import trials
from identity.models import Identifier, IdentifierKind, Trial
from identity.queries import lookup, previews
from identity.queries import trials as reading
from members import masking
from members.admin.base import OpenAdmin, reach
from members.models import Channel, Member

PUBLISH = "identity.publish_trial"
State = Trial.State
LABELS = {
    "draft": "info", "waiting": "warning", "computing": "warning", "computed": "primary", "published": "success",
    "taken_back": "info", "failed": "danger",
}  # fmt: skip
VERBS = {"compute": trials.OPEN, "publish": (State.COMPUTED,), "take_back": (State.PUBLISHED,)}


class KindForm(forms.ModelForm):
    """One line of the table: what decides about the links of one kind."""

    class Meta:
        model = IdentifierKind
        fields = reading.fields()

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        for name, field in self.fields.items():
            field.widget = _small(name, field)

    def changed(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.changed_data}


def _small(name, field):
    if isinstance(field, forms.BooleanField):
        return forms.CheckboxInput(attrs={"aria-label": field.label})
    wide = "11rem" if name == "max_distinct" else "4.5rem"
    return forms.TextInput(attrs={"class": "nf-input", "style": f"width: {wide}", "aria-label": field.label})


class TrialForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"class": "nf-input", "size": 60})
    )
    reason = forms.CharField(
        label=_("Why"), required=False, widget=forms.TextInput(attrs={"class": "nf-input", "size": 60})
    )
    shared = forms.CharField(
        label=_("Identifiers made shared"), required=False,
        help_text=_("One a line: phone:13800138000 or openid@wx-appid-1:o6_bm…"),
        widget=forms.Textarea(attrs={"class": "nf-input", "rows": 3, "style": "min-height: 5rem"}),
    )  # fmt: skip

    one_account = forms.MultipleChoiceField(
        label=_("Channels where a person has one account"), required=False,
        help_text=_("Two accounts of such a channel are never joined into one person."),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        rows = list(Channel.objects.order_by("name").values_list("code", "name", "one_account_a_person"))
        self.codes = [code for code, _name, _one in rows]
        self.fields["one_account"].choices = [(code, f"{name} ({code})") for code, name, _one in rows]
        self.fields["one_account"].initial = [code for code, _name, one in rows if one]

    def channels(self) -> dict[str, bool]:
        """What is said of each channel."""
        return {code: code in self.cleaned_data["one_account"] for code in self.codes}

    def clean_shared(self) -> list[Identifier]:
        return [_named(line) for line in self.cleaned_data["shared"].splitlines() if line.strip()]


def _named(line: str) -> Identifier:
    place, _colon, value = line.strip().partition(":")
    kind, _at, namespace = place.partition("@")
    try:
        value = lookup.normalised(kind=kind, value=value)
    except lookup.Malformed as fault:
        raise forms.ValidationError(f"{line}: {fault}") from fault
    found = Identifier.objects.filter(kind=kind, namespace=namespace, value=value).first()
    if found is None:
        raise forms.ValidationError(_("%s: nobody carries this identifier.") % line)
    return found


@admin.register(Trial)
class TrialAdmin(OpenAdmin):
    list_display = ("name", "shown_state", "changes", "made_by", "made_at", "published_by", "published_at")
    list_select_related = ("made_by", "published_by")
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ()

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        verb = self.admin_site.admin_view(require_POST(self.verb_view))
        return [
            path("<path:object_id>/do/<slug:verb>/", verb, name="identity_trial_do"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else None
        form = TrialForm(sent)
        rows = [
            KindForm(sent, instance=kind, prefix=kind.code)
            for kind in IdentifierKind.objects.order_by("-strength", "code")
        ]
        if sent is not None and all([form.is_valid(), *(row.is_valid() for row in rows)]):
            try:
                return self._draft(request, form, rows)
            except trials.Refused as refused:
                form.add_error(None, str(refused))
        context = {"title": _("Try other rules"), "form": form, "rows": rows, "fields": _labels()}
        return self._page(request, "identity/trial_add.html", context)

    def _draft(self, request, form, rows):
        said = form.cleaned_data
        kinds = {row.instance.code: row.changed() for row in rows if row.changed_data}
        made = trials.draft(
            name=said["name"], reason=said["reason"], shared=said["shared"], kinds=kinds,
            channels=form.channels(), by=request.user, now=timezone.now(),
        )  # fmt: skip
        self.log_addition(request, made, [{"added": {}}])
        self._compute(request, made)
        return redirect("admin:identity_trial_change", made.pk)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        trial = self._trial(request, object_id)
        context = {
            "title": trial.name,
            "trial": trial,
            "lines": _lines(trial),
            "shared": [_masked(each) for each in trial.shared.select_related("kind")],
            "outcome": trial.outcome,
            "largest": _largest(trial.outcome.get("largest", ())),
            "samples": _samples(trial.outcome.get("samples", ()), reach(request)),
            "verbs": self._verbs(request, trial),
            "busy": trial.state in (State.WAITING, State.COMPUTING) or bool(trial.progress),
        }
        return self._page(request, "identity/trial.html", context)

    def _verbs(self, request, trial) -> set[str]:
        possible = {verb for verb, states in VERBS.items() if trial.state in states}
        if "take_back" in possible and reading.in_force() != trial:
            possible.discard("take_back")
        return {verb for verb in possible if self._may(request, verb)}

    def _may(self, request, verb) -> bool:
        top = self.has_change_permission(request)
        return top and (verb == "compute" or request.user.has_perm(PUBLISH))

    def verb_view(self, request: HttpRequest, object_id, verb):
        trial = self._trial(request, object_id)
        if verb not in VERBS or not self._may(request, verb):
            raise PermissionDenied
        try:
            getattr(self, f"_{verb}")(request, trial)
        except trials.Refused as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, trial, [{"changed": {"fields": [verb]}}])
        return redirect("admin:identity_trial_change", trial.pk)

    def _compute(self, request, trial):
        trials.wait(trial=trial)
        transaction.on_commit(lambda: async_task("identity.tasks.try_policy", trial.pk, group="trials"))
        messages.success(request, _("It is computed as soon as a worker is free; nobody is moved."))

    def _publish(self, request, trial):
        self._ask(request, trial, "put_in_force", _("is being put in force"))

    def _take_back(self, request, trial):
        self._ask(request, trial, "take_back_policy", _("is being taken back"))

    def _ask(self, request, trial, task, step):
        """Everybody is recomputed: that is a worker's job, not a page's."""
        Trial.objects.filter(pk=trial.pk).update(progress=str(step))
        asked = (f"identity.tasks.{task}", trial.pk, request.user.pk)
        transaction.on_commit(lambda: async_task(*asked, group="trials"))
        messages.success(request, _("A worker does it in a moment; arriving records wait meanwhile."))

    def _trial(self, request, key) -> Trial:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).filter(pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
        return found.first() or self._get_obj_does_not_exist_redirect(request, self.opts, key)

    def _page(self, request, template, context):
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})

    @display(description=_("state"), label=LABELS)
    def shown_state(self, trial):
        return trial.state, trial.get_state_display()

    @display(description=_("changes"))
    def changes(self, trial):
        return "; ".join(f"{line['kind']}: {line['label']} {line['new']}" for line in _lines(trial)) or "–"


def _labels():
    return [IdentifierKind._meta.get_field(name).verbose_name for name in reading.fields()]


def _lines(trial: Trial) -> list[dict]:
    """Each changed value: kind or channel, label, what it was or is now, what it becomes."""
    kinds = IdentifierKind.objects.in_bulk(trial.kinds)
    changed = [
        {
            "kind": kinds.get(code, code),
            "label": IdentifierKind._meta.get_field(name).verbose_name,
            "old": trial.former.get(code, {}).get(name, getattr(kinds.get(code), name, None)),
            "new": value,
        }
        for code, values in trial.kinds.items()
        for name, value in values.items()
    ]
    names = dict(Channel.objects.filter(code__in=trial.channels).values_list("code", "name"))
    label = Channel._meta.get_field("one_account_a_person").verbose_name
    changed += [
        {
            "kind": names.get(code, code),
            "label": label,
            "old": trial.former_channels.get(code, not value),
            "new": value,
        }
        for code, value in trial.channels.items()
    ]
    return [{**line, "old": _told(line["old"]), "new": _told(line["new"])} for line in changed]


def _told(value):
    """A value as people say it."""
    return {True: _("yes"), False: _("no")}[value] if isinstance(value, bool) else value


def _masked(found: Identifier) -> str:
    return f"{found.kind}: {masking.contact(kind=found.kind_id, value=found.value)}"


def _largest(rows) -> list[dict]:
    members = Member.objects.in_bulk([row["member"] for row in rows])
    return [{"member": members[row["member"]], "accounts": row["accounts"]} for row in rows]


def _samples(rows, by) -> list[dict]:
    """Both sides of each sample as people, as far as the reader reaches."""
    groups = [
        (member, row[side])
        for row in rows
        for member, side in zip(row["members"], ("left", "right"), strict=True)
    ]
    told = iter(previews.people(groups=groups, by=by))
    return [{**row, "sides": [next(told), next(told)]} for row in rows]
