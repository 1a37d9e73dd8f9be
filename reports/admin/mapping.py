"""The data map as its pages show it."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.models import IdentifierKind, Stage, Touchpoint
from reports.admin import charts
from reports.admin.content import figure
from reports.admin.parts import Part
from reports.queries.datamap import checks, connect
from reports.queries.datamap.behaviour import Behaviour
from reports.queries.datamap.report import DataMap, Gap
from reports.queries.datamap.tables import REASONS

LOOKS = {connect.YES: "good", connect.ASKED: "wait", connect.NO: "bad"}
SHOWN = 12
FIRST_GAPS = 12
GRAVEST = 6
PARTS = (
    Part("where", gettext_lazy("Where customers are"), "reports/datamap/where.html"),
    Part("touchpoints", gettext_lazy("Touchpoints"), tables=(0,)),
    Part("joins", gettext_lazy("What can be joined"), "reports/datamap/joins.html"),
    Part("signals", gettext_lazy("Signals"), "reports/datamap/signals.html"),
    Part("mend", gettext_lazy("What to mend"), "reports/datamap/mend.html"),
    Part("gaps", gettext_lazy("Gaps"), "reports/datamap/gaps.html"),
)
LEVELS = {
    checks.ERROR: (gettext_lazy("Errors"), "bad"),
    checks.WARNING: (gettext_lazy("Warnings"), "wait"),
    checks.NOTE: (gettext_lazy("Notes"), ""),
}


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
        "named": _named(report),
        "places": [_place(place) for place in report.places],
        "levels": _levels(report),
        "gravest": [_finding(each) for each in report.findings if each.level != checks.NOTE][:GRAVEST],
        "gaps": _gaps(report),
        "share_is_enough": checks.is_enough(share),
    }


def _coverage(report):
    names = dict(Touchpoint.Ecosystem.choices)
    labels = [capfirst(names[ecosystem]) for ecosystem in report.coverage]
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


def _named(report) -> list[dict]:
    """What the kinds of the matrix are called, the closest to the person first."""
    codes = {joint.key for joint in report.joints.values() if joint.key}
    kinds = IdentifierKind.objects.filter(pk__in=codes).order_by("-strength", "code")
    return [{"code": kind.code, "name": kind.name} for kind in kinds]


def _place(place) -> dict:
    """A touchpoint with its signals: how many of them arrive, are read and are wrong."""
    stored = [signal for signal in place.signals if signal.stored]
    levels = {each.signal: each.level for each in reversed(checks.findings(place.signals))}
    return {
        "touchpoint": place.touchpoint,
        "signals": [_signal(signal, levels.get(signal)) for signal in place.signals],
        "stored": len(stored),
        "unused": sum(not signal.users for signal in stored),
        "wrong": [(look, count) for level, (_title, look) in LEVELS.items() if level != checks.NOTE and (count := list(levels.values()).count(level))],
        "open": checks.ERROR in levels.values(),
    }  # fmt: skip


def _signal(signal: checks.Signal, level: str | None) -> dict:
    return {
        "signal": signal,
        "stage": Stage(signal.stage).label,
        "look": LEVELS[level][1] if level else "",
    }


def _levels(report) -> list[dict]:
    """What to mend, the gravest level first; notes are folded."""
    return [
        {
            "title": title,
            "look": look,
            "open": level != checks.NOTE,
            "findings": [_finding(each) for each in report.findings if each.level == level],
        }
        for level, (title, look) in LEVELS.items()
    ]  # fmt: skip


def _finding(each: checks.Finding) -> dict:
    return {
        "signal": each.signal,
        "stage": Stage(each.signal.stage).label,
        "look": LEVELS[each.level][1],
        "reason": REASONS[each.reason](),
    }


def _gaps(report) -> dict:
    """Pairs with a plan, then those that nothing joins: where most people are first, the rest folded."""
    people = {place.touchpoint.pk: place.count.people for place in report.places}
    rows = [_gap(gap, people) for gap in report.gaps]
    planned = [row for row in rows if row["gap"].plan]
    bare = [row for row in rows if not row["gap"].plan]
    met = sum(bool(row["left_people"] and row["right_people"]) for row in bare)
    shown = min(met, FIRST_GAPS) or FIRST_GAPS
    return {"planned": planned, "first": bare[:shown], "rest": bare[shown:]}


def _gap(gap: Gap, people: dict[int, int]) -> dict:
    share = gap.joined / gap.plan.target if gap.plan and gap.plan.target else 0
    return {
        "gap": gap,
        "left_people": people[gap.left.pk],
        "right_people": people[gap.right.pk],
        "percent": min(100, round(100 * share)),
    }


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
    keys = [key.kind.name for key in report.touchpoint.keys.select_related("kind")]
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
