"""The pages of reports: figures, charts and tables for one organization, exported as XLSX or CSV."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from members.actions import access
from members.models import Organization
from reports import export
from reports.admin import (
    alike,
    content,
    goods,
    healthy,
    kept,
    mapping,
    networks,
    nodes,
    options,
    parts,
    portraits,
    valued,
)
from reports.queries import (
    alongside,
    baskets,
    clusters,
    conversions,
    effect,
    freshness,
    growth,
    habits,
    health,
    liability,
    network,
    pareto,
    pool,
    portrait,
    pyramid,
    rfm,
    sales,
    settlement,
    sharing,
    spreaders,
)
from reports.queries.datamap import behaviour
from reports.queries.datamap import report as datamap
from reports.table import Table

PERMISSION = "members.view_reports"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _as_it_is(report):
    return report


@dataclasses.dataclass(frozen=True)
class Page:
    """``compute(node=…, as_of=…, **option.parameters)`` gives a report, ``fill(report)`` its figures and charts;
    ``renewed(report)`` is asked each time for what staff change themselves, while the rest is kept. ``groups(report)``:
    whom a click makes an audience of, by key (``reports.admin.gathering``)."""

    name: str
    title: str
    compute: Callable
    fill: Callable[[object], dict]
    option: Callable = options.none
    template: str = "reports/report.html"
    sections: tuple[parts.Part, ...] = ()
    renewed: Callable[[object], object] = _as_it_is
    groups: Callable[[object], dict] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        offered = nodes.offered(request)
        node = nodes.chosen(request, offered)
        if node is None:
            raise Http404
        now = timezone.now()
        option = self.option(request, node, now)
        part = parts.chosen(request, self.sections)
        context = {
            "title": self.title,
            "nodes": offered,
            "node": node,
            "option": option,
            "query": _query(node, option),
            "name": self.name,
            "parts": self.sections,
            "part": part,
        }
        if option and option.missing:
            return self._shown(request, {**context, "note": option.missing})
        if part and self._waits(request, node, option):
            return self._shown(request, {**context, "counting": True})
        report = self.report(node=node, now=now, option=option, fresh="fresh" in request.GET)
        if wanted := request.GET.get("export"):
            return self._exported(request, report.tables(), wanted, now)
        as_of = getattr(report, "as_of", None) or report.until
        tables = [
            _written(table, number)
            for number, table in enumerate(report.tables())
            if part is None or number in part.tables
        ]
        groups = self._groups(request, report)
        return self._shown(
            request, {**context, "as_of": as_of, "tables": tables, "groups": groups, **self.fill(report)}
        )

    def report(self, *, node: Organization, now: dt.datetime, option=None, fresh=False) -> object:
        parameters = option.parameters if option else {}
        compute = partial(self.compute, node=node, as_of=now, **parameters)
        return self.renewed(kept.report(self._key(node, option), compute, fresh=fresh))

    def _groups(self, request, report) -> list[dict]:
        if self.groups is None or not request.user.has_perm("tags.add_audience"):
            return []
        return [{"key": key, "group": group} for key, group in self.groups(report).items()]

    def _waits(self, request, node, option) -> bool:
        """Whether the page comes at once without its content, which it then asks for by itself."""
        asked = {"counted", "fresh", "export"} & request.GET.keys()
        return not asked and kept.takes_long(self._key(node, option))

    def _key(self, node, option) -> str:
        return "-".join([self.name, str(node.pk), *(option.chosen.values() if option else [""])])

    def _shown(self, request, context):
        return TemplateResponse(request, self.template, {**admin.site.each_context(request), **context})

    def _exported(self, request, tables: list[Table], wanted: str, now: dt.datetime) -> HttpResponse:
        kind, _dash, number = wanted.partition("-")
        stamp = timezone.localtime(now).strftime("%Y-%m-%d")
        if kind == "xlsx":
            answer = _file(export.xlsx(tables), XLSX, f"{self.name}-{stamp}.xlsx")
        elif kind == "csv" and number in map(str, range(len(tables))):
            body = export.csv(tables[int(number)])
            answer = _file(body, "text/csv; charset=utf-8", f"{self.name}-{number}-{stamp}.csv")
        else:
            raise Http404
        access.export(of=f"report {self.name}", by=request.user, now=now, details={"as": kind})
        return answer


def _query(node, option):
    chosen = option.chosen if option else {}
    return urlencode({"organization": node.pk, **chosen})


def _file(body, kind, name):
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=kind, headers=headers)


def _written(table: Table, number: int) -> dict:
    """A table with its cells written for people; ``number`` is what its export goes by."""

    def line(cells):
        return [
            {"text": export.shown(cell, column.kind), "number": column.kind in export.NUMERIC}
            for cell, column in zip(cells, table.columns, strict=True)
        ]

    return {
        "number": number,
        "title": table.title,
        "head": [{"text": column.title, "number": column.kind in export.NUMERIC} for column in table.columns],
        "rows": [line(row) for row in table.rows],
        "total": line(table.total) if table.total else None,
        "notes": table.notes,
    }


PAGES = {
    page.name: page
    for page in (
        Page("pool", _("The pool"), pool.report, content.pool),
        Page("conversions", _("From public to private"), conversions.report, content.conversions),
        Page("rfm", _("RFM classes"), rfm.report, content.rfm, options.since, groups=rfm.Report.groups),
        Page(
            "pyramid", _("Value pyramid"), pyramid.report, valued.pyramid, options.pyramid,
            groups=pyramid.Pyramid.groups,
        ),
        Page("pareto", _("80/20 and spending"), pareto.report, valued.pareto, groups=pareto.Pareto.groups),
        Page("habits", _("Fixed habits"), habits.report, valued.habits, groups=habits.Habits.groups),
        Page(
            "clusters", _("Groups of alike buyers"), clusters.report, alike.clusters,
            template="reports/clusters.html", groups=clusters.Clusters.groups,
        ),
        Page("growth", _("Three ways to grow"), growth.report, valued.growth),
        Page("health", _("Membership health"), health.report, healthy.filled),
        Page("portrait", _("Group portrait"), portrait.report, portraits.filled, portraits.choice),
        Page("network", _("Fission"), network.report, networks.fission, sections=networks.PARTS),
        Page(
            "spreaders", _("Spreaders"), spreaders.report, networks.spreaders, networks.who,
            groups=spreaders.Spreaders.groups,
        ),
        Page(
            "network_value", _("Network value"), spreaders.worth, networks.worth, networks.threshold,
            groups=spreaders.Worth.groups,
        ),
        Page("sharing", _("Share graph"), sharing.report, networks.sharing),
        Page("baskets", _("Market baskets"), baskets.report, goods.rules, goods.baskets),
        Page(
            "alongside", _("Bought and viewed together"), alongside.report, goods.alongside, goods.article,
            template="reports/alongside.html",
        ),
        Page("campaigns", _("Campaign effect"), effect.report, content.effect, options.campaign),
        Page("sales", _("Sales"), sales.report, content.sales, options.period),
        Page("settlement", _("Settlement of offers"), settlement.report, content.settlement, options.month),
        Page("liability", _("Liability"), liability.report, content.liability),
        Page(
            "datamap", _("Data map"), datamap.report, mapping.datamap,
            template="reports/datamap.html", sections=mapping.PARTS, renewed=datamap.with_plans,
        ),
        Page("touchpoint", _("Touchpoint"), behaviour.report, mapping.touchpoint, options.touchpoint),
        Page("freshness", _("Freshness"), freshness.report, content.freshness),
    )
}  # fmt: skip
