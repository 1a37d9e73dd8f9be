"""What the report of groups of alike buyers shows first, and how sure these groups are."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.admin import charts
from reports.admin.content import figure
from reports.queries.clusters import Clusters


def clusters(report: Clusters) -> dict:
    if not report.lines:
        return {
            "note": _(
                "There are no groups yet: they are found when the tag of the model “clusters” is computed."
            )
        }
    names = [line.name for line in report.lines]
    return {
        "figures": [*_sizes(report), *_quality(report)],
        "charts": [
            _bars(_("Members by group"), names, _("Members"), [line.people for line in report.lines]),
            _bars(
                _("Value a member"),
                names,
                _("Value"),
                [round(float(line.monetary), 2) for line in report.lines],
            ),
        ],
        "link": {
            "text": _("Give the groups names"),
            "url": reverse("admin:tag_names", args=[report.tag.pk]),
        },
    }


def _sizes(report: Clusters) -> list[dict]:
    return [
        figure(
            line.name,
            f"{line.people:,}",
            _("last order %(days)s days ago, %(orders)s orders, %(value)s each")
            % {
                "days": f"{line.recency:,.0f}",
                "orders": f"{line.frequency:,.1f}",
                "value": f"{line.monetary:,.2f}",
            },
        )
        for line in report.lines
    ]


def _quality(report: Clusters) -> list[dict]:
    if report.run is None:
        return []
    quality = report.run.quality
    found = _("found on %s") % date_format(report.run.as_of, "j M Y")
    return [
        figure(_("Stability"), f"{quality['stability']:.2f}", _("agreement of random halves; 1 is the same")),
        figure(_("Silhouette"), f"{quality['silhouette']:.2f}", found),
    ]


def _bars(title: str, labels, name: str, values) -> dict:
    return {"title": title, "config": charts.bars(labels, {name: values}, sideways=True)}
