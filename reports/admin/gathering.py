"""A click on a figure of a report: an audience of exactly those people, and a campaign's draft for them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from reports.admin import nodes
from reports.admin.pages import PAGES, PERMISSION
from tags.actions import audiences
from tags.conditions.faults import Fault
from tags.models import Audience

ADD_AUDIENCE, ADD_CAMPAIGN = "tags.add_audience", "campaigns.add_campaign"


def gather(request: HttpRequest, name: str) -> HttpResponse:
    """The audience is frozen: tomorrow it still holds whom the report showed today."""
    page = PAGES.get(name)
    if page is None or page.groups is None:
        raise Http404
    if not (request.user.has_perm(PERMISSION) and request.user.has_perm(ADD_AUDIENCE)):
        raise PermissionDenied
    node = nodes.chosen(request, nodes.offered(request))
    if node is None:
        raise Http404
    now = timezone.now()
    report = page.report(node=node, now=now, option=page.option(request, node, now))
    group = page.groups(report).get(request.POST.get("group", ""))
    if group is None:
        raise Http404
    given = {"name": _named(page, group, now), "organization": node, "condition": group.condition}
    try:
        with transaction.atomic():
            made = audiences.freeze(
                audience=audiences.save(**given, by=request.user, now=now), by=request.user, now=now
            )
    except Fault as fault:  # its tag is not installed, or was retired
        messages.error(request, str(fault))
        return redirect(f"{reverse(f'admin:report_{name}')}?{request.GET.urlencode()}")
    told = {"name": made.name, "count": f"{made.count:,}", "people": f"{group.people:,}"}
    messages.success(request, _("“%(name)s” holds %(count)s people.") % told)
    if made.count != group.people:
        said = _("The report counted %(people)s: tags are as last computed, and facts go on.")
        messages.warning(request, said % told)
    return redirect(_next(request, made))


def _named(page, group, now) -> str:
    moment = timezone.localtime(now).strftime("%Y-%m-%d %H:%M:%S")
    return f"{page.title}: {group.name}"[: 100 - len(moment) - 2] + f", {moment}"


def _next(request: HttpRequest, audience: Audience) -> str:
    """The form of a new campaign with the audience in it; for those who may not make one, the audience."""
    if not request.user.has_perm(ADD_CAMPAIGN):
        return reverse("admin:tags_audience_change", args=[audience.pk])
    given = {"audience": audience.pk, "organization": audience.organization_id, "name": audience.name}
    return f"{reverse('admin:campaigns_campaign_add')}?{urlencode(given)}"
