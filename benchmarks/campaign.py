"""A campaign to a million members by the sandbox touchpoint: decisions a second."""

import datetime as dt
import time

from django.contrib.auth import get_user_model

from benchmarks import fixtures, house
from benchmarks.measures import Measure, at_least, shown
from campaigns.actions import campaigns, running
from campaigns.models import Campaign
from campaigns.queries import progress
from identity.actions import seeds
from members.models import Organization
from tags.actions import audiences

FULL = 1_000_000
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WORKERS = 2  # the default of `manage.py run_campaign`
HOUR = dt.timedelta(hours=1)
EVERYBODY = {"profile": {"field": "account_count", "op": ">=", "value": 1}}


def run(*, scale: float) -> list[Measure]:
    count = max(1_000, int(FULL * scale))
    house.build(channels=["mini"])
    seeds.kinds()
    fixtures.people(count=count)
    fixtures.phones(count=count)
    campaign = _approved()
    begun = time.perf_counter()
    running.start(campaign=campaign, now=NOW)
    drawn = time.perf_counter() - begun
    running.run(campaign=campaign, clock=lambda: NOW, until=NOW + HOUR, workers=WORKERS)
    seconds = time.perf_counter() - begun
    outcomes = progress.of(campaign=campaign).outcomes
    if sum(outcomes.values()) != count or outcomes["pending"]:
        raise RuntimeError(f"the campaign decided {outcomes} of {count:,} members")
    return [
        at_least(f"campaign of {count:,} members", count / seconds, "decisions/s", 20_000),
        shown("of its time, drawing the audience", drawn, "s"),
        shown("messages in the outbox", outcomes["sent"], "messages"),
    ]


def _approved() -> Campaign:
    author, approver = (get_user_model().objects.create(username=name) for name in ("author", "approver"))
    group = Organization.objects.get(code=house.GROUP)
    campaign = campaigns.draft(
        name="Everybody",
        organization=group,
        audience=audiences.save(
            name="Everybody", organization=group, condition=EVERYBODY, by=author, now=NOW
        ),
        touchpoint="sandbox",
        subject="Hello",
        body="Dear {name}, hello.",
        starts_at=NOW,
        by=author,
        now=NOW,
    )
    campaigns.submit(campaign=campaign, by=author, now=NOW)
    return campaigns.approve(campaign=campaign, by=approver, now=NOW)
