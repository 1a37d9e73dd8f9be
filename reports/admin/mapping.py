"""The data map as its pages show it."""

from django.utils.translation import gettext as _

from identity.models import Stage, Touchpoint
from reports.admin import charts
from reports.admin.content import figure
from reports.queries.datamap import checks, connect
from reports.queries.datamap.behaviour import Behaviour
from reports.queries.datamap.report import DataMap

LOOKS = {connect.YES: "good", connect.ASKED: "wait", connect.NO: "bad"}
SHOWN = 12


def datamap(report: DataMap) -> dict:
    """Figures, coverage, the grid of journey by ecosystem, and the matrix of what can be joined."""
    share, levels = report.first_party_share, [finding.level for finding in report.findings]
    return {
        "figures": [
            figure(_("Touchpoints"), str(len(report.places)), _("%s private domain") % len(report.private)),
            figure(
                _("Stored first-party"),
                "–" if share is None else f"{100 * share:.0f} %",
                _("more than half, as it should be")
                if checks.is_enough(share)
                else _("more than half is wanted"),
            ),
            figure(
                _("Errors"), str(levels.count(checks.ERROR)), _("%s warnings") % levels.count(checks.WARNING)
            ),
            figure(
                _("Gaps"), str(sum(not gap.is_closed for gap in report.gaps)), _("pairs that nothing joins")
            ),
        ],
        "charts": [_coverage(report)] if report.coverage else [],
        "stages": [stage.label for stage in Stage],
        "grid": _grid(report),
        "matrix": _matrix(report),
        "share_is_enough": checks.is_enough(share),
    }


def _coverage(report):
    names = dict(Touchpoint.Ecosystem.choices)
    labels = [str(names[ecosystem]) for ecosystem in report.coverage]
    shares = [round(100 * share) for share in report.coverage.values()]
    return {
        "title": _("Signals that arrive, percent, by ecosystem"),
        "config": charts.bars(labels, {_("Percent"): shares}, sideways=True),
    }


def _grid(report):
    """One row an ecosystem that has touchpoints, one cell a stage."""
    rows = []
    for ecosystem, name in Touchpoint.Ecosystem.choices:
        places = [place for place in report.places if place.touchpoint.ecosystem == ecosystem]
        if places:
            cells = [[place for place in places if place.touchpoint.stage == stage] for stage in Stage]
            rows.append({"name": name, "cells": cells})
    return rows


def _matrix(report):
    touchpoints = [place.touchpoint for place in report.places]
    return [
        {"touchpoint": row, "cells": [_cell(report, row, column) for column in touchpoints]}
        for row in touchpoints
    ]


def _cell(report, row, column):
    joint = report.joint(row, column)
    if joint is None:
        return {"look": "", "text": "·", "title": ""}
    words = {
        connect.YES: _("yes, by %s") % joint.key,
        connect.ASKED: _("only by %s, when the customer authorises it") % joint.key,
        connect.NO: _("no common key"),
    }
    title = f"{row.name} ↔ {column.name}: {words[joint.answer]}"
    return {"look": LOOKS[joint.answer], "text": joint.key or "–", "title": title}


def touchpoint(report: Behaviour) -> dict:
    shown = {name: count for name, count in list(report.events.items())[:SHOWN] if count.lately}
    keys = [key.kind_id for key in report.touchpoint.keys.all()]
    return {
        "figures": [
            figure(_("People in 30 days"), f"{report.total.people_lately:,}"),
            figure(_("Events in 30 days"), f"{report.total.lately:,}"),
            figure(_("People ever"), f"{report.total.people:,}"),
            figure(
                _("Primary key"),
                keys[0] if keys else "–",
                _("then %s") % ", ".join(keys[1:]) if keys[1:] else "",
            ),
        ],
        "charts": [
            {
                "title": _("Events of the last 30 days"),
                "config": charts.bars(
                    list(shown), {_("Events"): [count.lately for count in shown.values()]}, sideways=True
                ),
            }
        ]
        if shown
        else [],
    }
