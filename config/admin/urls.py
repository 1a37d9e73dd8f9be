"""Pages of the admin that belong to no model."""

from django.contrib import admin
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from campaigns.admin import till_activity
from config.admin import jobs
from identity.admin import correcting, coverage, service, super_id, waiting
from reports.admin import cards, gathering
from reports.admin import pages as reports
from tags.admin import naming


def pages() -> list[URLPattern]:
    return [
        _page("waiting/", waiting.page, "identity_waiting"),
        _page("coverage/", coverage.page, "identity_coverage"),
        _page("service/", service.page, "service_desk"),
        _page("service/ticket/", require_POST(service.open_ticket), "service_ticket"),
        _page("people/<str:oneid>/correct/", correcting.page, "member_correct"),
        _page("accounts/<int:pk>/revoke/", super_id.revoke, "account_revoke"),
        _page("accounts/<int:pk>/restore/", super_id.restore, "account_restore"),
        *(_page(f"reports/{name}/", page, f"report_{name}") for name, page in reports.PAGES.items()),
        _page("reports/<slug:name>/gather/", require_POST(gathering.gather), "report_gather"),
        _page("cards/<slug:name>/", cards.show, "report_card"),
        _page("tags/<int:pk>/names/", naming.page, "tag_names"),
        _page("tills/", till_activity.page, "till_activity"),
        _page("jobs/", jobs.page, "jobs"),
        _page("jobs/<str:name>/run/", jobs.run, "job_run"),
        _page("tasks/<str:task>/retry/", jobs.retry, "task_retry"),
    ]


def _page(route, view, name):
    return path(route, admin.site.admin_view(view), name=name)
