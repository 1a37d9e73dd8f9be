"""What customers did at one touchpoint in the last 30 days."""

import dataclasses
import datetime as dt

from django.utils.translation import gettext as _

from identity.models import Touchpoint
from members.models import Organization
from reports.queries.datamap import live
from reports.table import Column, Table


@dataclasses.dataclass(frozen=True)
class Behaviour:
    """`events`: {name: Count}, the most frequent of the last 30 days first; `total` is all of them together."""

    as_of: dt.datetime
    touchpoint: Touchpoint
    total: live.Count
    events: dict[str, live.Count]

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Event")),
            Column(_("Signal")),
            Column(_("In 30 days"), "count"),
            Column(_("People in 30 days"), "count"),
            Column(_("Ever"), "count"),
            Column(_("People ever"), "count"),
        ]
        signals = {name: signal.name for signal in self.touchpoint.signals.all() for name in signal.events}
        rows = [(name, signals.get(name, ""), *_numbers(count)) for name, count in self.events.items()]
        total = (_("All"), "", *_numbers(self.total))
        return [Table(self.touchpoint.name, columns, rows, self.as_of, total=total)]


def _numbers(count):
    return count.lately, count.people_lately, count.events, count.people


def report(*, node: Organization, as_of: dt.datetime, touchpoint: Touchpoint) -> Behaviour:
    """Events at `touchpoint` of people known at `node` or below."""
    counts = live.counts(node=node, as_of=as_of).get(touchpoint.pk, {})
    named = {name: count for name, count in counts.items() if name}
    ordered = sorted(named.items(), key=lambda each: (-each[1].lately, -each[1].events, each[0]))
    return Behaviour(as_of, touchpoint, counts.get("", live.Count()), dict(ordered))
