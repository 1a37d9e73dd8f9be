"""How fresh everything is: the last run of intake, tags and campaigns, and the age of the newest facts."""

import dataclasses
import datetime as dt

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from identity.models import IngestRun
from members.models import Event, EventCursor, Organization
from reports.table import Column, Table
from tags.models import TagRun


@dataclasses.dataclass(frozen=True)
class Run:
    """The last run of one kind of work. ``state`` is running, finished, waiting or failed; ``rows`` what it handled."""

    work: str
    what: str
    state: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    rows: int
    error: str = ""
    failures: int = 0

    @property
    def duration(self) -> dt.timedelta | None:
        return self.ended_at - self.started_at if self.started_at and self.ended_at else None


@dataclasses.dataclass(frozen=True)
class Freshness:
    """``lag`` is the time from the newest event that we know to the newest that a reader has taken in."""

    as_of: dt.datetime
    newest_event_at: dt.datetime | None
    readers: list[tuple[str, dt.datetime | None]]
    runs: list[Run]

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Work")),
            Column(_("Last run")),
            Column(_("State")),
            Column(_("Started"), "time"),
            Column(_("Seconds"), "number"),
            Column(_("Rows"), "count"),
            Column(_("Failed in 24 hours"), "count"),
            Column(_("Error")),
        ]
        rows = [
            (
                run.work, run.what, run.state, run.started_at,
                run.duration and run.duration.total_seconds(), run.rows, run.failures, run.error,
            )
            for run in self.runs
        ]  # fmt: skip
        readers = [Column(_("Reader of events")), Column(_("Last moved"), "time")]
        return [
            Table(_("Last runs"), columns, rows, self.as_of),
            Table(_("Readers of the event log"), readers, self.readers, self.as_of),
        ]


def report(*, node: Organization, as_of: dt.datetime) -> Freshness:
    """The last runs as of ``as_of``; campaigns only of ``node`` and below, everything else is one for the house."""
    return Freshness(
        as_of=as_of,
        newest_event_at=Event.objects.filter(pk=_newest_event())
        .values_list("recorded_at", flat=True)
        .first(),
        readers=list(EventCursor.objects.order_by("reader").values_list("reader", "moved_at")),
        runs=[run for run in (_intake(as_of), _tags(as_of), _campaign(node, as_of)) if run],
    )


def _newest_event():
    return Event.objects.aggregate(newest=Max("id"))["newest"]


def _intake(as_of):
    runs = IngestRun.objects.filter(started_at__lte=as_of)
    last = runs.order_by("-started_at").first()
    return last and Run(
        work=_("Intake"),
        what=last.source,
        state=last.state,
        started_at=last.started_at,
        ended_at=last.ended_at,
        rows=sum(last.verdicts.values()),
        error=last.error,
        failures=runs.filter(state=IngestRun.State.FAILED, started_at__gt=_day_before(as_of)).count(),
    )


def _tags(as_of):
    runs = TagRun.objects.filter(started_at__lte=as_of)
    last = runs.order_by("-started_at").first()
    return last and Run(
        work=_("Tags"),
        what=", ".join(last.tags),
        state="failed" if last.error else "finished" if last.ended_at else "running",
        started_at=last.started_at,
        ended_at=last.ended_at,
        rows=last.members,
        error=last.error,
        failures=runs.exclude(error="").filter(started_at__gt=_day_before(as_of)).count(),
    )


def _campaign(node, as_of):
    last = (
        Campaign.objects.filter(organization__path__startswith=node.path, started_at__lte=as_of)
        .annotate(decided=Count("decisions", filter=~Q(decisions__outcome="pending")))
        .order_by("-started_at")
        .first()
    )
    return last and Run(
        work=_("Campaigns"),
        what=last.name,
        state=last.state,
        started_at=last.started_at,
        ended_at=last.ended_at,
        rows=last.decided,
    )


def _day_before(moment):
    return moment - dt.timedelta(days=1)
