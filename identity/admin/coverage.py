"""The coverage page: which key events our own channels do not send."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identity.actions import seeds
from identity.models import EventSchema
from identity.queries import coverage
from members.admin.base import reach
from members.models import Channel
from members.queries import scopes


def page(request: HttpRequest):
    if not request.user.has_perm("identity.view_eventschema"):
        raise PermissionDenied
    now = timezone.now()
    if not EventSchema.objects.exists():
        seeds.events(now=now)
    channels = scopes.at_organization(Channel.objects.all(), reach=reach(request))
    lines = coverage.lines(channels=channels, days=settings.COVERAGE_DAYS, now=now)
    context = {
        **admin.site.each_context(request),
        "title": _("Coverage of own channels"),
        "lines": lines,
        "days": settings.COVERAGE_DAYS,
        "gaps": sum(len(line.gaps) for line in lines),
        "expected": sum(len(line.cells) for line in lines),
    }
    return TemplateResponse(request, "identity/coverage.html", context)
