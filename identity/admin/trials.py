"""Rules of OneID, changed by trial: draft, see what it would make of everybody, put it in force, take it back."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django_q.tasks import async_task
from unfold.decorators import display

from identity.actions import trials
from identity.admin import distinct, trial_forms
from identity.models import IdentifierKind, Trial
from identity.queries import previews
from identity.queries import trials as reading
from members.admin.base import OpenAdmin, reach
from members.models import Channel, Member

PUBLISH = "identity.publish_trial"
State = Trial.State
LABELS = {
    "draft": "info", "waiting": "warning", "computing": "warning", "computed": "primary", "published": "success",
    "taken_back": "info", "failed": "danger",
}  # fmt: skip
VERBS = {
    "compute": trials.OPEN,
    "redraft": trials.OPEN,
    "publish": (State.COMPUTED,),
    "take_back": (State.PUBLISHED,),
}

FLAGS = {
    "links": _("link again"),
    "accounts": _("become shared: too many accounts carry them"),
    "distinct": _("become shared: their carriers show too many people"),
    "members": _("become shared: too many people stand behind them"),
    "component": _("become shared: they would hold too many accounts together"),
    "verdict": _("become shared: the trial, or a steward, says so"),
}  # fmt: skip


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
        redraft = self.admin_site.admin_view(self.redraft_view)
        return [
            path("<path:object_id>/do/<slug:verb>/", verb, name="identity_trial_do"),
            path("<path:object_id>/redraft/", redraft, name="identity_trial_redraft"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._form(request, _("Try other rules"))

    def redraft_view(self, request: HttpRequest, object_id):
        """Other changes for a trial that is not in force."""
        trial = self._trial(request, object_id)
        if "redraft" not in self._verbs(request, trial):
            raise PermissionDenied
        return self._form(request, trial.name, trial)

    def _form(self, request, title, trial=None):
        sent = request.POST if request.method == "POST" else None
        form, rows = trial_forms.TrialForm(sent, trial=trial), trial_forms.kinds(sent, trial=trial)
        if sent is not None and all([form.is_valid(), *(row.is_valid() for row in rows)]):
            try:
                return self._draft(request, form, rows, trial)
            except trials.Refused as refused:
                form.add_error(None, str(refused))
        context = {"title": title, "form": form, "rows": rows, "wrong": any(row.errors for row in rows)}
        return self._page(request, "identity/trial_add.html", context)

    @transaction.atomic
    def _draft(self, request, form, rows, trial):
        said = form.cleaned_data
        changes = {
            "name": said["name"], "reason": said["reason"], "shared": form.made_shared(), "channels": form.channels(),
            "kinds": {row.instance.code: row.cleaned_data for row in rows},
        }  # fmt: skip
        if trial:
            made = trials.redraft(trial=trial, **changes)
            self.log_change(request, made, [{"changed": {"fields": ["redraft"]}}])
        else:
            made = trials.draft(by=request.user, now=timezone.now(), **changes)
            self.log_addition(request, made, [{"added": {}}])
        self._compute(request, made)
        return redirect("admin:identity_trial_change", made.pk)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        trial = self._trial(request, object_id)
        context = {
            "title": trial.name,
            "trial": trial,
            "lines": _lines(trial),
            "shared": [trial_forms.masked(each) for each in trial.shared.select_related("kind")],
            "outcome": trial.outcome,
            "flags": [(FLAGS.get(why, why), count) for why, count in trial.outcome.get("flags", {}).items()],
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
        return top and (verb in ("compute", "redraft") or request.user.has_perm(PUBLISH))

    def verb_view(self, request: HttpRequest, object_id, verb):
        trial = self._trial(request, object_id)
        if verb not in ("compute", "publish", "take_back") or not self._may(request, verb):
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
        found = (
            self.get_queryset(request).filter(pk=int(key) if key.isdecimal() and len(key) < 19 else 0).first()
        )
        if found is None:
            raise Http404
        return found

    def _page(self, request, template, context):
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})

    @display(description=_("state"), label=LABELS)
    def shown_state(self, trial):
        return trial.state, trial.get_state_display()

    @display(description=_("changes"))
    def changes(self, trial):
        return "; ".join(f"{line['kind']}: {line['label']} {line['new']}" for line in _lines(trial)) or "–"


def _lines(trial: Trial) -> list[dict]:
    """Each changed value: kind or channel, label, what it was or is now, what it becomes."""
    kinds = IdentifierKind.objects.in_bulk()
    channels = Channel.objects.in_bulk(trial.channels, field_name="code")
    changed = [
        *_changed(kinds, trial.kinds, trial.former),
        *_changed(channels, trial.channels, trial.former_channels),
    ]
    called = {code: kind.name for code, kind in kinds.items()}
    return [
        {**line, "old": _told(line["old"], called), "new": _told(line["new"], called)} for line in changed
    ]


def _changed(rows, changes: dict[str, dict], former: dict[str, dict]) -> list[dict]:
    return [
        {
            "kind": rows.get(code, code),
            "label": rows[code]._meta.get_field(name).verbose_name if code in rows else name,
            "old": former.get(code, {}).get(name, getattr(rows.get(code), name, None)),
            "new": value,
        }
        for code, values in changes.items()
        for name, value in values.items()
    ]


def _told(value, names):
    """A value as people say it."""
    if isinstance(value, dict):
        return distinct.told(value, names=names)
    return {True: _("yes"), False: _("no")}[value] if isinstance(value, bool) else value


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
