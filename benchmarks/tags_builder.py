"""What a marketer waits for in the builder: the count of all, of each part and of each way of contact, by the page's own door."""

import json
import statistics
import time

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from benchmarks import fixtures
from benchmarks.measures import Measure, at_most, shown
from identity.actions import seeds
from members.models import Organization, StaffScope
from tags.queries import audiences, counting, selection
from tags.queries.sets import slot

ROUNDS = 5
LIMIT = 500  # ms
ONE_MORE = {"orders": {"aggregate": "amount", "op": ">=", "value": 500, "window": {"days": 365}}}


def measures(*, condition: dict, group: Organization, members: int, now) -> list[Measure]:
    """Warm: what the parts find was read within the last minutes, as after the first count of a form that is open."""
    seeds.kinds()
    fixtures.phones(count=members)  # so that SMS reaches them
    _check(condition, group, now)
    client = _staff(group)
    first, _found = _counted(client, condition, group)
    again = statistics.median(_counted(client, condition, group)[0] for _round in range(ROUNDS))
    more, found = _counted(client, {"all": [condition, ONE_MORE]}, group)
    if not 0 < found["count"] < found["whole"] == members:
        raise RuntimeError(f"the builder counts {found['count']:,} of {found['whole']:,}")
    what = f"the builder's count of three nested conditions, reach and sample, of {members:,}"
    return [
        at_most(f"{what}, warm, median of {ROUNDS}", again, "ms", LIMIT),
        shown("the same when the form is opened", first, "ms"),
        shown("the same when one condition over orders was added", more, "ms"),
    ]


def _check(condition: dict, group: Organization, now) -> None:
    found = counting.counted(condition=condition, node=group, now=now).count
    chosen = audiences.chosen(condition=condition, node=group, as_of=slot(now))
    if found != (sql := selection.count(chosen)):
        raise RuntimeError(f"the builder counts {found:,} members, the audience has {sql:,}")


def _staff(group: Organization) -> Client:
    settings.ALLOWED_HOSTS = ["*"]
    user = get_user_model().objects.create_superuser("bench", password=None)
    StaffScope.objects.create(user=user, organization=group)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _counted(client: Client, condition: dict, group: Organization) -> tuple[float, dict]:
    """(milliseconds, what the form shows)."""
    form = {"organization": group.pk, "condition": json.dumps(condition)}
    begun = time.perf_counter()
    answer = client.post(reverse("admin:tags_audience_count"), form)
    took = 1_000 * (time.perf_counter() - begun)
    if answer.status_code != 200 or "fault" in answer.json():
        raise RuntimeError(f"the builder answers {answer.status_code}: {answer.content[:500]!r}")
    return took, answer.json()
