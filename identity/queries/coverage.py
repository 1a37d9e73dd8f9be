"""Which key events our own channels send, and which they do not: gaps in the tracking of our own ends."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from identity.models import EventSchema
from identity.queries import schemas
from members.models import Channel

SEEN_WITHIN = dt.timedelta(days=30)


@dataclass(frozen=True)
class Cell:
    """One key event on one own channel. ``last``: the last one within 30 days, None if there was none."""

    schema: EventSchema
    count: int
    last: dt.datetime | None
    tracked: bool


@dataclass(frozen=True)
class Line:
    channel: Channel
    cells: list[Cell]

    @property
    def gaps(self) -> list[Cell]:
        return [cell for cell in self.cells if not cell.tracked]

    @property
    def share(self) -> int:
        """Percent of the expected key events that arrive."""
        return round(100 * (len(self.cells) - len(self.gaps)) / len(self.cells))


def lines(*, channels: QuerySet[Channel], days: int, now: dt.datetime) -> list[Line]:
    """Every own channel of which key events are expected, the one with most gaps first.

    A key event is untracked on a channel if none happened there within `days`. Three queries.
    """
    core = list(
        EventSchema.objects.filter(core=True, active=True, first_party=True).order_by("stage", "name")
    )
    own = list(channels.filter(first_party=True).order_by("name"))
    since = now - max(SEEN_WITHIN, dt.timedelta(days=days))
    arrived = schemas.arrivals(
        names=[each.name for each in core], channels=[each.pk for each in own], since=since
    )
    recent = now - dt.timedelta(days=days)
    found = [Line(channel, _cells(channel, core, arrived, recent)) for channel in own]
    return sorted((line for line in found if line.cells), key=lambda line: -len(line.gaps))


def _cells(channel, core, arrived, recent):
    cells = []
    for schema in core:
        if schema.ends and channel.kind not in schema.ends:
            continue
        count, last = arrived.get((schema.name, channel.pk), (0, None))
        cells.append(Cell(schema, count, last, last is not None and last >= recent))
    return cells
