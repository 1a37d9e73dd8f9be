"""The page of the membership's health: the index, its parts, what each weighs."""

from django.utils.translation import gettext as _

from reports.admin import charts
from reports.admin.content import figure
from reports.queries.health import TITLES, Health


def filled(report: Health) -> dict:
    known = [part for part in report.parts if part.value is not None]
    figures = [figure(_("Health"), "–" if report.index is None else f"{report.index:.1f}", _("of 100"))]
    if known:
        weakest = min(known, key=lambda part: part.value)
        won = weakest.weight * 10 / sum(part.weight for part in known)
        said = _("%(value).1f of 100; ten more would raise the index by %(won).1f") % {
            "value": weakest.value,
            "won": won,
        }
        figures.append(figure(_("Weakest part"), str(TITLES[weakest.code][0]), said))
    bars = charts.bars(
        [str(TITLES[part.code][0]) for part in known],
        {_("Of 100"): [round(part.value, 1) for part in known]},
        sideways=True,
    )
    return {
        "figures": figures,
        "charts": [{"title": _("Parts of the index"), "config": bars}] if known else [],
    }
