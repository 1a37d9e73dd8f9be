"""Taking a whole import back, from its own page or from that of its run: what it would change is shown before a reason
is asked for, then the worker does it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task
from unfold.admin import ModelAdmin

from identity.actions import imports as reading
from identity.actions import undoing
from identity.models import FileImport, IngestRun
from identity.queries import imports
from members.admin.base import reach

PERMISSION = "identity.change_ingestrun"
TASK = "identity.tasks.work_imports"
State = IngestRun.State


def allowed(request: HttpRequest, run: IngestRun | None) -> bool:
    """Whether the reader may take this run back: he has the permission, and it is of his node."""
    return (
        run is not None
        and request.user.has_perm(PERMISSION)
        and imports.told_within(run=run, reach=reach(request), user=request.user)
    )


def offered(request: HttpRequest, run: IngestRun | None) -> bool:
    """The same, of a run that is not undone yet and that no worker is about to read on."""
    if run is None or run.state in (State.UNDOING, State.UNDONE):
        return False
    return not run.imports.filter(state__in=reading.BUSY).exists() and allowed(request, run)


def page(
    admin: ModelAdmin,
    request: HttpRequest,
    *,
    original: FileImport | IngestRun,
    run: IngestRun | None,
    name: str,
) -> HttpResponse:
    if not allowed(request, run):
        raise PermissionDenied
    back = reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_change", args=[original.pk])
    if request.method == "POST":
        _begin(admin, request, original, run)
        return redirect(back)
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Undo this import"),
        "opts": admin.opts,
        "original": original,
        "name": name,
        "back": back,
        "preview": imports.undoing(run=run),
    }
    return TemplateResponse(request, "identity/import_undo.html", context)


def _begin(admin, request, original, run) -> None:
    try:
        undoing.begin(run=run, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
    except undoing.Impossible as refused:
        messages.error(request, str(refused))
        return
    async_task(TASK, group="imports")
    admin.log_change(request, original, [{"changed": {"fields": ["state"], "name": str(_("undone"))}}])
