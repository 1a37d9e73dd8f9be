"""What runs by itself: each job of the timetable with its last run, what failed, and a button to try again."""

import dataclasses
import datetime as dt

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_q.admin import FailAdmin, QueueAdmin, ScheduleAdmin, TaskAdmin
from django_q.models import Failure, OrmQ, Schedule, Success, Task
from django_q.tasks import async_task
from unfold.admin import ModelAdmin

from config import heartbeat, timetable
from members.admin.counting import EstimatingPaginator

FAILURES_SHOWN = 10


@dataclasses.dataclass(frozen=True)
class Line:
    """One job as the page shows it. ``last`` is its last finished run, ``next_run`` None if it is not scheduled."""

    job: timetable.Job
    last: Task | None
    next_run: dt.datetime | None

    @property
    def when(self) -> str:
        if self.job.cron:
            return self.job.cron
        return _("every minute") if self.job.minutes == 1 else _("every %s minutes") % self.job.minutes


def lines() -> list[Line]:
    """Every job of the timetable, in its order: two queries, however many jobs."""
    last = {task.group: task for task in Task.objects.order_by("group", "-stopped").distinct("group")}
    coming = dict(Schedule.objects.values_list("name", "next_run"))
    return [Line(job, last.get(job.name), coming.get(job.name)) for job in timetable.JOBS]


def page(request: HttpRequest):
    if not request.user.has_perm("django_q.view_schedule"):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Jobs"),
        "jobs": lines(),
        "pulses": heartbeat.ages(now=timezone.now()),
        "followers": timetable.FOLLOWERS,
        "queued": OrmQ.objects.count(),
        "failures": Failure.objects.order_by("-stopped")[:FAILURES_SHOWN],
        "may_run": request.user.has_perm("django_q.change_schedule"),
    }
    return TemplateResponse(request, "config/jobs.html", context)


@require_POST
def run(request: HttpRequest, name: str):
    """Queues one run of a job now, beside its timetable."""
    _may_run(request)
    job = next((job for job in timetable.JOBS if job.name == name), None)
    if job is None:
        raise Http404
    async_task(job.function, group=job.name)
    messages.success(request, _("%s runs as soon as a worker is free.") % job.name)
    return redirect("admin:jobs")


@require_POST
def retry(request: HttpRequest, task: str):
    """Queues a failed task again; its failure is cleared, a new one would be listed anew."""
    _may_run(request)
    failed = Failure.objects.filter(pk=task).first()
    if failed is None:
        raise Http404
    async_task(failed.func, *failed.args or (), hook=failed.hook, group=failed.group, **failed.kwargs or {})
    failed.delete()
    messages.success(request, _("%s is tried again.") % (failed.group or failed.name))
    return redirect("admin:jobs")


def _may_run(request):
    if not request.user.has_perm("django_q.change_schedule"):
        raise PermissionDenied


for model in (Schedule, Success, Failure, OrmQ):
    admin.site.unregister(model)


class WorkerAdmin(ModelAdmin):
    paginator = EstimatingPaginator
    show_full_result_count = False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Schedule)
class JobScheduleAdmin(ScheduleAdmin, WorkerAdmin):
    """The timetable is code; what stands here is its copy in the worker's table."""

    list_filter = ()

    def has_add_permission(self, request):
        return False


@admin.register(Success)
class SuccessAdmin(TaskAdmin, WorkerAdmin):
    list_filter = ()
    search_fields = ("group__exact",)


@admin.register(Failure)
class FailureAdmin(FailAdmin, WorkerAdmin):
    list_filter = ()
    search_fields = ("group__exact",)


@admin.register(OrmQ)
class WaitingTaskAdmin(QueueAdmin, WorkerAdmin):
    list_filter = ()
