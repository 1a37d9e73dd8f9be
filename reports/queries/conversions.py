"""From public to private: of the people whom public channels had met, who came over, by source and act."""

import dataclasses
import datetime as dt
from collections import defaultdict

from django.utils.translation import gettext as _

from identity.queries import conversions
from identity.queries.conversions import Act
from members.models import Channel, Organization
from reports.table import Column, Table


@dataclasses.dataclass(frozen=True)
class Line:
    """One source: the people whom it touched last before they came over, or until now; ``acts`` in the order of Act."""

    source: str
    people: int
    acts: tuple[int, ...]

    @property
    def converted(self) -> int:
        return sum(self.acts)

    @property
    def share(self) -> float | None:
        return self.converted / self.people if self.people else None


@dataclasses.dataclass(frozen=True)
class Conversions:
    as_of: dt.datetime
    total: Line
    lines: list[Line]

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Source")),
            Column(_("People"), "count"),
            *(Column(str(act.label).capitalize(), "count") for act in Act),
            Column(_("Converted"), "count"),
            Column(_("Share"), "share"),
        ]
        return [
            Table(
                _("From public to private"),
                columns,
                [_row(line) for line in self.lines],
                self.as_of,
                total=_row(self.total),
                notes=[
                    _(
                        "Each person counts once: at the channel of the last public touch before the first act."
                    ),
                    _("Who was private before any public channel met him is not counted."),
                ],
            )
        ]


def report(*, node: Organization, as_of: dt.datetime) -> Conversions:
    """The funnel of accounts known at ``node`` or below, as of ``as_of``, on today's OneIDs."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for source, act, people in conversions.counted(as_of=as_of, node=node):
        counts[source][act] += people
    names = dict(Channel.objects.filter(pk__in=counts).values_list("pk", "name"))
    lines = [_line(names[source], acts) for source, acts in counts.items()]
    lines.sort(key=lambda line: (-line.people, line.source))
    columns = zip(*(line.acts for line in lines), strict=True) if lines else ((0,) for _act in Act)
    total = Line(_("All"), sum(line.people for line in lines), tuple(map(sum, columns)))
    return Conversions(as_of, total, lines)


def _line(name: str, acts: dict[str, int]) -> Line:
    return Line(name, sum(acts.values()), tuple(acts.get(str(act), 0) for act in Act))


def _row(line: Line) -> tuple:
    return (line.source, line.people, *line.acts, line.converted, line.share)
