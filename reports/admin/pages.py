"""The pages of reports (filled in as their queries are written)."""

from django.contrib import admin
from django.template.response import TemplateResponse


def _todo(request, title):
    return TemplateResponse(
        request, "reports/report.html", {**admin.site.each_context(request), "title": title}
    )


def pool(request):
    return _todo(request, "The pool")


def rfm(request):
    return _todo(request, "RFM classes")


def campaigns(request):
    return _todo(request, "Campaign effect")
