"""Who was erased, and who was only in a file that was taken back, is nobody any more wherever people are counted."""

import datetime as dt

import pytest

from config import rebuilding
from identity.actions import datamap as setting_up
from identity.actions import undoing
from identity.models import IngestRun, Touchpoint
from identity.queries import candidates
from members.actions import erasure
from members.models import Account, Membership
from reports.queries import pool, rfm
from reports.queries.datamap import live
from tags.queries import rfm as scores
from tests.identity import company, snapshots
from tests.identity.company import NOW, account, event, order

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(days=1)
HERS = [
    account("hers-in-the-app", phone="13900000001"),
    order("o-hers", "hers-in-the-app", organization="s1"),
]
HIS = [
    account("his-in-the-app", phone="13900000002"), account("his-in-the-mall", channel="mall", phone="13900000002"),
    order("o-his", "his-in-the-app", organization="s1", amount="900.00"), event("page_view", "his-in-the-app"),
]  # fmt: skip


@pytest.fixture
def nodes():
    built = company.build()
    setting_up.install()
    return built


def counted(node) -> dict:
    """How many people every reader of accounts finds."""
    touchpoints = list(Touchpoint.objects.filter(code__in=["app", "mall"]))
    lived = live.counts(node=node, as_of=LATER)
    return {
        "pool": pool.report(node=node, as_of=LATER).total.people,
        "data map": max(count.people for named in lived.values() for count in named.values()),
        "signals": sorted({name for named in lived.values() for name in named}),
        "at both": live.joined(node=node, touchpoints=touchpoints),
        "rfm": (rfm.report(node=node, as_of=LATER).buyers, [each.code for each in scores.scores(node=node, as_of=LATER)]),
        "candidates": sum(1 for _each in candidates.said()),
    }  # fmt: skip


def forget():
    member = Account.objects.get(external_id="his-in-the-app").member
    asked = erasure.request(member=member, reason="case 17", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)


def take_back():
    run = IngestRun.objects.get()
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
    undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)


@pytest.mark.parametrize("lose", [forget, take_back])
def test_nobody_is_left_to_be_counted(nodes, lose):
    company.accept(*HERS)
    before = counted(nodes["g"])
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    company.accept(*HIS, run=run)
    between = counted(nodes["g"])
    assert (between["pool"], between["data map"], between["rfm"][0], between["candidates"]) == (2, 2, 2, 3)
    assert list(between["at both"].values()) == [1]
    lose()
    after = counted(nodes["g"])
    assert after.pop("signals") in (
        before.pop("signals"),
        between["signals"],
    )  # that he looked at a page stays
    assert after == before


@pytest.mark.parametrize("lose", [forget, take_back])
def test_deriving_everything_again_brings_nothing_of_him_back(nodes, lose):
    company.accept(*HERS, run=None)
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    company.accept(*HIS, run=run)
    lose()
    before = snapshots.take()
    rebuilding.rebuild(now=NOW)
    assert snapshots.take() == before
    assert set(Membership.objects.values_list("account__external_id", flat=True)) == {"hers-in-the-app"}
