"""Steps that follow each other: events by name with ``where``, or ``"order"``, which means a purchase."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tags.conditions import reading, window
from tags.conditions.faults import Fault
from tags.conditions.leaves import events, measured
from tags.conditions.sources_of_events import Step

PURCHASE = "order"
MOST_DAYS, MOST_HOURS = 366, 24 * 366


def step(value: object, place: str, context: object) -> Step:
    fields = reading.mapping(value, place, required=["name"], optional=["where"])
    if fields["name"] != PURCHASE:
        return Step(events.happened(fields, place, window.EVER, context))
    if "where" in fields:
        raise Fault(
            reading.inside(place, "where"),
            _("a purchase takes no filter here"),
            _("Leave it out, or use the name of an event."),
        )
    return Step(None)


def within(value: object, place: str) -> dt.timedelta:
    """``{"hours": 48}`` or ``{"days": 7}``: a day here is 24 hours."""
    fields = reading.mapping(value, place, optional=["hours", "days"])
    if len(fields) != 1:
        raise Fault(place, _("say in how many hours or days"), _('Write {"hours": 48} or {"days": 7}.'))
    ((unit, number),) = fields.items()
    most = {"hours": MOST_HOURS, "days": MOST_DAYS}[unit]
    return dt.timedelta(**{unit: reading.integer(number, reading.inside(place, unit), least=1, most=most)})


def said(step: Step) -> str:
    if step.happened is None:
        return _("a purchase")
    return measured.among(", ".join(step.happened.names), events.filters(step.happened))


def waited(time: dt.timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    return ngettext("within %(n)d hour", "within %(n)d hours", hours) % {"n": hours}


def signals(*steps: Step) -> set[str]:
    """The facts that steps speak of."""
    return {
        name
        for each in steps
        for name in ([f"event.{name}" for name in each.happened.names] if each.happened else ["orders"])
    }
