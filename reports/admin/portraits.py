"""The page of group portraits: what it lets its reader choose, and what it shows first."""

import datetime as dt

from django.http import HttpRequest
from django.utils.translation import gettext as _

from members.models import Organization
from members.queries import scopes
from reports.admin import charts
from reports.admin.content import figure
from reports.admin.options import Option
from reports.queries.portrait import Report
from tags.actions import looking
from tags.models import Audience, Tag

MOST = 200
SHOWN = 12  # values that a chart has room for


def choice(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    """An audience of the node or below it, and a tag that holds there."""
    reach = scopes.of_node(node)
    audiences = list(scopes.at_organization(Audience.objects.order_by("-id"), reach=reach)[:MOST])
    tags = list(scopes.around_organization(Tag.objects.live().order_by("name"), reach=reach)[:MOST])
    group = _asked(request, "audience", audiences, lambda each: str(each.pk))
    tag = _asked(request, "tag", tags, lambda each: each.code)
    missing = "" if group else _("There is no audience of this organization yet: make one first.")
    if group and not tag:
        missing = _("There is no approved tag of this organization yet.")
    beside = Option(
        name="tag",
        label=_("Tag"),
        choices=[(each.code, each.name) for each in tags],
        value=tag.code if tag else "",
    )
    return Option(
        name="audience",
        label=_("Audience"),
        choices=[(str(each.pk), each.name) for each in audiences],
        value=str(group.pk) if group else "",
        parameters={"audience": group, "tag": tag},
        missing=missing,
        more=(beside,),
    )


def _asked(request: HttpRequest, name: str, found: list, key) -> object | None:
    wanted = request.GET.get(name, "")
    return next((each for each in found if key(each) == wanted), found[0] if found else None)


def filled(report: Report) -> dict:
    """Whoever looks at a tag here uses it."""
    group = report.audience
    looking.note(
        report=f"portrait-{group.pk}",
        name=_("Portrait of “%s”") % group.name,
        organization=group.organization,
        tag=report.tag,
        now=report.as_of,
    )
    striking = report.striking
    figures = [
        figure(_("In the group"), f"{report.group:,}", report.audience.name),
        figure(_("Everybody"), f"{report.everyone:,}", _("known at the organization")),
    ]
    if striking:
        most = striking[0]
        said = _("TGI of “%(name)s”: %(share).1f %% here, %(all).1f %% of everybody")
        told = {"name": most.name, "share": 100 * most.share, "all": 100 * most.share_of_all}
        figures.append(figure(_("Most striking"), f"{most.tgi:,.0f}", said % told))
    shown = sorted(report.lines, key=lambda line: -line.everyone)[:SHOWN]
    lines = [line for line in report.lines if line in shown]
    names = [line.name for line in lines]
    shares = {
        _("Group, %"): [round(100 * line.share, 1) for line in lines],
        _("Everybody, %"): [round(100 * line.share_of_all, 1) for line in lines],
    }
    drawn = [
        {"title": _("%s, in per cent") % report.tag.name, "config": charts.bars(names, shares, sideways=True)}
    ]
    if striking:
        index = {_("TGI"): [round(line.tgi, 1) for line in striking[:SHOWN]]}
        bars = charts.bars([line.name for line in striking[:SHOWN]], index, sideways=True)
        drawn.append({"title": _("TGI: 100 is like everybody"), "config": bars})
    return {"figures": figures, "charts": drawn}
