"""One customer whole: the 360 document, alone and through the API's door; the till's look; the tabs of the member page."""

import statistics
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from benchmarks import busy_fill, fixtures, house, ledger_fill
from benchmarks.busy_fill import NOW
from benchmarks.measures import Measure, at_most, shown
from config import api  # noqa: F401 - brings the blocks of every floor
from identity.actions import seeds
from members.actions import keys
from members.admin import panels
from members.api import blocks
from members.models import Channel, Member, Organization

MEMBERS = 100_000
BUSY = 20
ROUNDS = 10  # documents of each busy member
LOOK, TAB = 300, 300  # ms


def run(*, scale: float) -> list[Measure]:
    count = max(1_000, int(MEMBERS * scale))
    house.build(channels=list(busy_fill.CHANNELS))
    seeds.kinds()
    fixtures.people(count=count)
    fixtures.orders(count=3 * count, members=count)
    members = busy_fill.members(count=count, busy=BUSY)
    ledger_fill.book(code="others", members=count, earned=2, spent=1, begin=NOW)
    settings.ALLOWED_HOSTS = ["*"]
    return [*_documents(members), *_doors(members), *_tabs(members)]


def _documents(members: list[Member]) -> list[Measure]:
    node = Organization.objects.earliest("id")
    times = _times(lambda member: blocks.document(member=member, node=node, now=NOW), members)
    what = f"the 360 document of {busy_fill.ORDERS:,} orders, {busy_fill.EVENTS:,} events"
    return [
        at_most(f"{what}, median of {len(times)}", statistics.median(times), "ms", 50),
        shown("the same, 99 of 100", _most(times), "ms"),
    ]


def _doors(members: list[Member]) -> list[Measure]:
    """As a till comes in: key, rights, record of access, JSON."""
    _key, secret = keys.issue(channel=Channel.objects.get(code="pos"), scopes=["query"], name="benchmark")
    caller = APIClient(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    whole = _times(lambda member: _well(caller.get(f"/api/v1/members/{member.oneid}/360")), members)
    looks = _times(
        lambda member: _well(caller.post("/api/v1/pos/customer", {"phone": f"139{member.pk:08}"})), members
    )
    return [
        at_most("the document through the API, median", statistics.median(whole), "ms", 50),
        shown("the same, 99 of 100", _most(whole), "ms"),
        at_most("a customer recognised at the till by telephone, 99 of 100", _most(looks), "ms", LOOK),
    ]


def _tabs(members: list[Member]) -> list[Measure]:
    staff = Client()
    staff.force_login(get_user_model().objects.create_superuser("reader"))

    def open_tab(member: Member, tab: str) -> None:
        _well(staff.get(reverse("admin:members_member_change", args=[member.oneid]), {"tab": tab}))

    found = []
    for tab in panels.TABS:
        times = _times(partial(open_tab, tab=tab), members[: BUSY // 4])
        found.append((statistics.median(times), tab))
    slowest, name = max(found)
    return [at_most(f"the slowest tab of the member page ({name}), median", slowest, "ms", TAB)]


def _well(answer) -> None:
    if answer.status_code != 200 or b'"known":false' in answer.content[:20]:
        raise RuntimeError(f"{answer.request['PATH_INFO']}: {answer.status_code} {answer.content[:300]!r}")


def _times(act: Callable[[Member], object], members: list[Member]) -> list[float]:
    """Milliseconds of each, after one round that is not counted."""
    times = []
    for number in range(ROUNDS + 1):
        for member in members:
            begun = time.perf_counter()
            act(member)
            if number:
                times.append((time.perf_counter() - begun) * 1000)
    return times


def _most(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]
