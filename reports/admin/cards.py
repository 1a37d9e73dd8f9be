"""The cards of the front page. Each is fetched by itself, so that a slow one keeps nobody waiting."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.admin import outcomes
from campaigns.models import Campaign
from campaigns.queries import progress
from identity.admin import quarantine, waiting
from members.queries import scopes
from reports.admin import kept, nodes
from reports.admin.pages import PAGES, PERMISSION
from reports.queries import effect

CAMPAIGNS = 4
MANY = 999


def show(request: HttpRequest, name: str):
    if name not in CARDS:
        raise Http404
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    node = nodes.chosen(request, nodes.offered(request))
    if node is None:
        raise Http404
    context = {"node": node, **CARDS[name](request, node, timezone.now())}
    return TemplateResponse(request, f"reports/cards/{name}.html", context)


def _report(name):
    def card(request, node, now):
        page = PAGES[name]
        report = page.report(node=node, now=now)
        link = f"{reverse(f'admin:report_{name}')}?organization={node.pk}"
        return {"report": report, "link": link, **page.fill(report)}

    return card


def _work(request, node, now):
    """What waits for somebody at the node."""
    may, here = request.user.has_perm, scopes.of_node(node)
    opened = quarantine.open_items(reach=here)
    return {
        "quarantined": opened[:MANY].count() if may("identity.view_quarantineitem") else None,
        "waiting": waiting.count(reach=here, at_most=MANY) if may("identity.view_intakerecord") else None,
        "approvals": _here(node).filter(state=Campaign.State.SUBMITTED).count(),
        "freshness": PAGES["freshness"].report(node=node, now=now),
        "many": MANY,
    }


def _campaigns(request, node, now):
    waiting_for_approval = _here(node).filter(state=Campaign.State.SUBMITTED).select_related("audience")
    rows = list(_here(node).filter(started_at__isnull=False).order_by("-started_at")[:CAMPAIGNS])
    return {
        "rows": [_row(campaign, node, now) for campaign in rows],
        "submitted": waiting_for_approval[:CAMPAIGNS],
    }


def _row(campaign, node, now):
    done = kept.report(f"progress-{campaign.pk}", lambda: progress.of(campaign=campaign))
    found = kept.report(
        f"campaigns-{node.pk}-{campaign.pk}", lambda: effect.report(campaign=campaign, node=node, as_of=now)
    )
    return {
        "campaign": campaign,
        "progress": done,
        "parts": outcomes.parts(done),
        "effect": found,
        "points": _points(found.lift),
        "link": f"{reverse('admin:report_campaigns')}?organization={node.pk}&campaign={campaign.pk}",
    }


def _points(lift):
    if lift is None:
        return None
    said = {"value": 100 * lift.value, "low": 100 * lift.low, "high": 100 * lift.high}
    return {
        "text": _("%(value)+.1f points") % said,
        "range": _("%(low)+.1f to %(high)+.1f") % said,
        "clear": lift.clear,
    }


def _here(node):
    return scopes.at_organization(Campaign.objects.all(), reach=scopes.of_node(node))


CARDS = {"pool": _report("pool"), "rfm": _report("rfm"), "work": _work, "campaigns": _campaigns}
