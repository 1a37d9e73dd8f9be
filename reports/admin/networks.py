"""What reports on fission, spreaders, network value and sharing show first, and what they let their reader choose."""

import datetime as dt

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Organization
from reports.admin import charts
from reports.admin.content import figure
from reports.admin.options import Option
from reports.admin.parts import Part
from reports.queries import people
from reports.queries.network import Fission
from reports.queries.sharing import Sharing
from reports.queries.spreaders import THRESHOLD, Spreaders, Worth

PARTS = (
    Part("levels", gettext_lazy("Levels"), tables=(0, 1)),
    Part("keys", gettext_lazy("Key nodes"), tables=(2,)),
    Part("patterns", gettext_lazy("Patterns"), tables=(3, 4)),
)
WHO = {
    "hidden": (gettext_lazy("not recruited"), False),
    "recruited": (gettext_lazy("recruited"), True),
    "all": (gettext_lazy("everybody"), None),
}
THRESHOLDS = (100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)


def who(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    """Those whom nobody recruited stand first: they are the ones to be found."""
    wanted = request.GET.get("who", "")
    chosen = wanted if wanted in WHO else "hidden"
    choices = [(key, str(label)) for key, (label, _recruited) in WHO.items()]
    return Option("who", _("Who"), choices, chosen, {"recruited": WHO[chosen][1]})


def threshold(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    wanted = request.GET.get("threshold", "")
    chosen = wanted if wanted in map(str, THRESHOLDS) else str(THRESHOLD)
    choices = [(str(each), _("from %(amount)s") % {"amount": f"{each:,}"}) for each in THRESHOLDS]
    return Option("threshold", _("Network value"), choices, chosen, {"threshold": int(chosen)})


def fission(report: Fission) -> dict:
    levels = [each for each in report.levels if each.number]
    return {
        "figures": [
            figure(_("Seeds"), f"{report.seeds:,}", _("brought somebody, and came by themselves")),
            figure(_("Brought"), f"{report.brought:,}", _("on %s levels") % f"{len(levels):,}"),
            figure(_("Fission rate"), _rate(report.rate), _("new people a seed")),
        ],
        "charts": [
            _bars(_("New people by level"), [str(each.number) for each in levels], [each.people for each in levels]),
            _bars(
                _("Brought themselves, by whom"),
                [people.role_name(each.role) for each in report.bringers],
                [each.direct for each in report.bringers],
                sideways=True,
            ),
        ],
    }  # fmt: skip


def spreaders(report: Spreaders) -> dict:
    first = report.rows[:10]
    return {
        "figures": [
            figure(_("Who spread"), f"{report.total:,}"),
            figure(_("Key opinion consumers"), f"{report.key:,}", _("the first hundredth, five people and more")),
        ],
        "charts": [
            _bars(_("Largest spread"), [each.person.text for each in first], [each.spread for each in first], sideways=True)
        ],
    }  # fmt: skip


def worth(report: Worth) -> dict:
    said = _("from %(amount)s") % {"amount": f"{report.threshold:,}"}
    return {
        "figures": [
            figure(_("Customers"), f"{report.total:,}", said),
            figure(_("Their network value"), f"{report.value:,.0f}", _("trees may overlap")),
        ]
    }


def sharing(report: Sharing) -> dict:
    together = "–" if report.modularity is None else f"{report.modularity:.2f}"
    return {
        "figures": [
            figure(_("People"), f"{report.people:,}", _("brought, were brought, shared or opened")),
            figure(_("Links"), f"{report.arrows:,}"),
            figure(_("Communities"), f"{len(report.communities):,}"),
            figure(_("Modularity"), together, _("0 is chance, above 0.3 is clear")),
        ]
    }


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:,.2f}"


def _bars(title: str, labels: list[str], values: list, *, sideways: bool = False) -> dict:
    return {"title": title, "config": charts.bars(labels, {_("People"): values}, sideways=sideways)}
