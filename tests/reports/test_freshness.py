"""What ran last, how long it took and what failed."""

import datetime as dt

import pytest

from identity.models import IngestRun
from members.models import EventCursor
from reports.queries import freshness
from tags.models import TagRun
from tests import factories
from tests.campaigns import making
from tests.factories import NOW

HOUR = dt.timedelta(hours=1)


@pytest.mark.requirement("PLT-015")
def test_last_run_of_each_work_with_duration_and_failures(nodes):
    app = factories.channel(organization=nodes["g"])
    for number, (state, error) in enumerate([("failed", "no such file"), ("finished", "")]):
        IngestRun.objects.create(
            source=f"file-{number}", fingerprint=str(number), state=state, error=error,
            verdicts={"accepted": 7, "duplicate": 1},
            started_at=NOW - HOUR + number * HOUR / 2, ended_at=NOW - HOUR + number * HOUR / 2 + HOUR / 60,
        )  # fmt: skip
    TagRun.objects.create(
        scope="all", tags=["rfm"], members=5, started_at=NOW - HOUR, ended_at=NOW, error="broken"
    )
    TagRun.objects.create(scope="all", tags=["later"], started_at=NOW + HOUR)
    account = making.reachable(channel=app, phone="+8613800138000")
    audience = making.audience(organization=nodes["g"], members=[account.member])
    making.run(making.approved(organization=nodes["g"], audience=audience))
    EventCursor.objects.create(reader="tags", moved_at=NOW)

    found = freshness.report(node=nodes["g"], as_of=NOW)

    intake, tags, campaign = found.runs
    assert (intake.what, intake.state, intake.rows, intake.failures) == ("file-1", "finished", 8, 1)
    assert intake.duration == dt.timedelta(minutes=1)
    assert (tags.what, tags.state, tags.rows, tags.error, tags.duration) == (
        "rfm",
        "failed",
        5,
        "broken",
        HOUR,
    )
    assert (campaign.what, campaign.state, campaign.rows) == ("Spring", "finished", 1)
    assert found.readers == [("tags", NOW)]
    assert found.newest_event_at is not None
    assert [table.title for table in found.tables()] == ["Last runs", "Readers of the event log"]


def test_before_anything_ran(nodes):
    found = freshness.report(node=nodes["g"], as_of=NOW)
    assert (found.runs, found.newest_event_at) == ([], None)
