"""The data map as tables."""

from django.utils.translation import gettext as _

from identity.models import Stage
from reports.queries.datamap import checks
from reports.table import Column, Table

REASONS = {
    "core": lambda: _("core, but not stored first-party"),
    "lower_funnel": lambda: _("from the purchase on, but not stored first-party"),
    "missing": lambda: _("core, but nothing has arrived"),
    "unused": lambda: _("stored, not used"),
}
LEVELS = {
    checks.ERROR: lambda: _("error"),
    checks.WARNING: lambda: _("warning"),
    checks.NOTE: lambda: _("note"),
}


def of(found) -> list[Table]:
    """Where customers are, what is known there, what to mend, and the gaps."""
    return [_places(found), _signals(found), _findings(found), _gaps(found)]


def _places(found):
    columns = [
        Column(_("Touchpoint")), Column(_("Ecosystem")), Column(_("Stage")), Column(_("Keys")),
        Column(_("People"), "count"), Column(_("People in 30 days"), "count"), Column(_("Signals"), "count"),
        Column(_("Private domain")),
    ]  # fmt: skip
    rows = [
        (
            place.touchpoint.name, place.touchpoint.get_ecosystem_display(), place.touchpoint.get_stage_display(),
            ", ".join(place.called), place.count.people, place.count.people_lately, len(place.signals),
            _("yes") if place.is_private else _("no"),
        )
        for place in found.places
    ]  # fmt: skip
    return Table(_("Touchpoints"), columns, rows, found.as_of)


def _signals(found):
    columns = [
        Column(_("Touchpoint")), Column(_("Signal")), Column(_("Stage")), Column(_("First-party")),
        Column(_("Core")), Column(_("Events"), "count"), Column(_("Used by"), "count"),
    ]  # fmt: skip
    rows = [
        (
            signal.touchpoint, signal.name, str(Stage(signal.stage).label), _yes(signal.first_party),
            _yes(signal.core), signal.events, len(signal.users),
        )
        for signal in found.signals
    ]  # fmt: skip
    return Table(_("Signals"), columns, rows, found.as_of)


def _findings(found):
    columns = [Column(_("Level")), Column(_("Touchpoint")), Column(_("Signal")), Column(_("Finding"))]
    rows = [
        (LEVELS[each.level](), each.signal.touchpoint, each.signal.name, REASONS[each.reason]())
        for each in found.findings
    ]
    return Table(_("What to mend"), columns, rows, found.as_of)


def _gaps(found):
    columns = [
        Column(_("Between")), Column(_("and")), Column(_("Joined people"), "count"), Column(_("Target"), "count"),
        Column(_("Planned action")), Column(_("State")),
    ]  # fmt: skip
    rows = [
        (
            gap.left.name, gap.right.name, gap.joined, gap.plan and gap.plan.target,
            gap.plan.action if gap.plan else "", gap.state,
        )
        for gap in found.gaps
    ]  # fmt: skip
    return Table(_("Gaps"), columns, rows, found.as_of)


def _yes(flag):
    return _("yes") if flag else _("no")
