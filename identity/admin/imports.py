"""The import screen: bring a file, say what its columns are, see what would happen, have it read, take it back."""

import csv

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django_q.tasks import async_task
from unfold.decorators import display

from identity.actions import imports
from identity.admin import import_forms, import_rows, taking_back
from identity.models import FileImport, IngestRun, Mapping
from identity.queries import imports as queries
from members.admin.base import ScopedAdmin, number, reach

STATES = {
    "draft": "info", "checking": "warning", "checked": "primary", "queued": "warning", "running": "warning",
    "finished": "success", "failed": "danger", "undoing": "warning", "undone": "danger",
}  # fmt: skip
REFRESH = "2"


@admin.register(FileImport)
class FileImportAdmin(ScopedAdmin):
    list_display = ("name", "shown_state", "channel", "type", "outcome", "uploaded_by", "uploaded_at")
    list_select_related = ("channel", "run", "uploaded_by")
    list_filter = ("state", "type")
    list_filter_submit = False
    ordering = ("-id",)
    sortable_by = ()
    actions = None

    def get_queryset(self, request):
        return queries.within(FileImport.objects.all(), reach=reach(request), user=request.user).order_by(
            "-id"
        )

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        def url(part, view):
            name = f"identity_fileimport_{part}"
            return path(f"<path:object_id>/{part}/", self.admin_site.admin_view(view), name=name)

        mine = [
            url("arrange", require_POST(self.arrange_view)),
            url("check", require_POST(self.check_view)),
            url("read", require_POST(self.read_view)),
            url("report", self.report_view),
            url("undo", self.undo_view),
        ]
        return [*mine, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        given = request.FILES.get("file")
        if request.method == "POST" and given:
            try:
                made = imports.bring(
                    name=given.name, content=given.chunks(), by=request.user, now=timezone.now()
                )
                return redirect("admin:identity_fileimport_change", made.pk)
            except imports.Refused as refused:
                messages.error(request, str(refused))
        elif request.method == "POST":
            messages.error(request, _("Choose a file first."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Bring a file"),
            "opts": self.opts,
            "limit": imports.LIMIT >> 20,
            "days": imports.KEPT.days,
            "mappings": Mapping.objects.select_related("channel").order_by("name"),
        }
        return TemplateResponse(request, "identity/import_new.html", context)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        imported = self._one(request, object_id)
        answer = TemplateResponse(
            request,
            "identity/import.html",
            self._context(request, imported),
            headers={"Cache-Control": "no-store"},
        )
        if imported.state in imports.BUSY or (imported.run and imported.run.state == IngestRun.State.UNDOING):
            answer["Refresh"] = REFRESH
        return answer

    def _context(self, request, imported):
        state = FileImport.State
        mapping = (
            imported.state in (state.DRAFT, state.CHECKED, state.FAILED) and not imported.file_removed_at
        )
        return {
            **self.admin_site.each_context(request),
            "title": imported.name,
            "opts": self.opts,
            "original": imported,
            "imported": imported,
            "may_change": self.has_change_permission(request),
            "may_undo": taking_back.offered(request, imported.run),
            "is_mapping": mapping,
            "is_busy": imported.state in imports.BUSY,
            "form": import_forms.of(imported, reach=reach(request)) if mapping else None,
            "rows": import_rows.understood(imported, now=timezone.now()) if mapping else (),
            "report": imported.report,
            "tiles": import_rows.tiles(imported),
            "nothing": import_rows.takes_nothing(imported),
            "problems": import_rows.listed(imported),
            "reasons": import_rows.reasons(imported),
            "progress": import_rows.progress(imported),
        }

    def arrange_view(self, request: HttpRequest, object_id):
        imported = self._one(request, object_id, to_change=True)
        mapping = Mapping.objects.filter(pk=number(request.POST.get("mapping"))).first()
        try:
            if "use" in request.POST and mapping:
                imports.use(imported=imported, mapping=mapping, by=request.user, now=timezone.now())
            else:
                fields = import_forms.read(request.POST, imported, reach=reach(request))
                imports.arrange(imported=imported, by=request.user, now=timezone.now(), **fields)
        except imports.Refused as refused:
            messages.error(request, str(refused))
            return redirect("admin:identity_fileimport_change", imported.pk)
        if "check" in request.POST:
            return self.check_view(request, object_id)
        messages.success(request, _("Kept. Below you see how the first rows are understood now."))
        return redirect("admin:identity_fileimport_change", imported.pk)

    def check_view(self, request: HttpRequest, object_id):
        return self._do(request, object_id, imports.check)

    def read_view(self, request: HttpRequest, object_id):
        return self._do(request, object_id, imports.start)

    def _do(self, request, object_id, action):
        imported = self._one(request, object_id, to_change=True)
        try:
            action(imported=imported, by=request.user, now=timezone.now())
            async_task(taking_back.TASK, group="imports")
        except imports.Refused as refused:
            messages.error(request, str(refused))
        return redirect("admin:identity_fileimport_change", imported.pk)

    def report_view(self, request: HttpRequest, object_id):
        """The report of the trial as CSV, values masked: line and column lead to them in the file."""
        imported = self._one(request, object_id)
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = (
            f'attachment; filename="report-{slugify(imported.name) or imported.pk}.csv"'
        )
        answer.write("\ufeff")
        writer = csv.writer(answer)
        writer.writerow(
            [_("line"), _("column"), _("value"), _("what becomes of the row"), _("reason"), _("remedy")]
        )
        for each in (imported.report or {}).get("listed", []):
            cells = [each["line"], each["column"] or each["place"]]
            cells += [each[name] for name in ("value", "outcome", "reason", "remedy")]
            writer.writerow([import_rows.plain(cell) for cell in cells])
        return answer

    def undo_view(self, request: HttpRequest, object_id):
        """What undoing would change; after a reason, the worker does it."""
        imported = self._one(request, object_id)
        return taking_back.page(self, request, original=imported, run=imported.run, name=imported.name)

    def _one(self, request, key, *, to_change=False):
        allowed = self.has_change_permission(request) if to_change else self.has_view_permission(request)
        if not allowed:
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(
            "channel", "run", "mapping", "uploaded_by", "started_by"
        )
        return get_object_or_404(rows, pk=key if str(key).isdecimal() else 0)

    @display(description=_("state"), label=STATES)
    def shown_state(self, imported):
        run = imported.run
        if run and run.state in (IngestRun.State.UNDOING, IngestRun.State.UNDONE):
            return run.state, run.get_state_display()
        return imported.state, imported.get_state_display()

    @display(description=_("rows"))
    def outcome(self, imported):
        tiles = import_rows.tiles(imported)
        return ", ".join(f"{count:,} {label}" for _name, label, count in tiles if count) or "–"
