"""The pool by hand, and against plain Python."""

import datetime as dt
import random

import pytest

from members.models import Account, Membership
from reports.queries import pool
from tests import factories
from tests.factories import NOW


def join(account, at=NOW):
    Membership.objects.filter(account=account).update(joined_at=at)


def lines(found):
    return {line.name: (line.accounts, line.people, line.joined) for line in found}


@pytest.fixture
def channels(nodes):
    return {
        "app": factories.channel(organization=nodes["g"], code="app", name="App"),
        "tmall": factories.channel(
            organization=nodes["b1"], code="tmall", name="Tmall", kind="tmall", source_class="ecommerce",
            first_party=False,
        ),
        "pos": factories.channel(
            organization=nodes["s1"], code="pos", name="POS", kind="pos", source_class="offline"
        ),
    }  # fmt: skip


def test_people_of_several_channels_count_once_in_all(nodes, channels):
    anna = factories.account(channel=channels["app"])
    join(factories.account(channel=channels["tmall"], member=anna.member))
    factories.account(channel=channels["tmall"], member=anna.member)
    factories.account(channel=channels["tmall"])
    join(factories.account(channel=channels["pos"]))

    found = pool.report(node=nodes["g"], as_of=NOW)

    assert (found.total.accounts, found.total.people, found.total.joined) == (5, 3, 2)
    assert lines(found.channels) == {"App": (1, 1, 0), "Tmall": (3, 2, 1), "POS": (1, 1, 1)}
    assert lines(found.sources) == {
        "self-operated online": (1, 1, 0), "third-party e-commerce": (3, 2, 1), "offline store": (1, 1, 1)
    }  # fmt: skip
    assert (found.first_party_people, found.first_party_share) == (2, 2 / 3)
    assert [table.total[:4] for table in found.tables()[:2]] == [("All", 5, 3, 2)] * 2


def test_only_what_the_node_knows_by_then(nodes, channels):
    factories.account(channel=channels["app"])
    factories.account(channel=channels["pos"])
    later = factories.account(channel=channels["pos"], at=NOW + dt.timedelta(days=1))
    join(later, at=NOW + dt.timedelta(days=2))

    assert pool.report(node=nodes["d1"], as_of=NOW).total.people == 1
    assert pool.report(node=nodes["d2"], as_of=NOW).total.people == 0
    tomorrow = pool.report(node=nodes["d1"], as_of=NOW + dt.timedelta(days=1))
    assert (tomorrow.total.people, tomorrow.total.joined) == (2, 0)


def test_new_people_by_week(nodes, channels):
    monday = dt.datetime(2026, 1, 11, 16, 0, tzinfo=dt.UTC)  # Monday 12 January, 0:00 in Shanghai
    first = factories.account(channel=channels["app"], at=monday - dt.timedelta(seconds=1))
    factories.account(channel=channels["pos"], member=first.member, at=monday)
    factories.account(channel=channels["pos"], at=monday)

    weeks = dict(pool.report(node=nodes["g"], as_of=NOW).weeks)

    assert len(weeks) == 12
    assert {week: new for week, new in weeks.items() if new} == {
        dt.date(2026, 1, 5): 1,
        dt.date(2026, 1, 12): 1,
    }


def test_an_empty_pool_divides_by_nothing(nodes):
    found = pool.report(node=nodes["g"], as_of=NOW)
    assert (found.total.people, found.first_party_share) == (0, 0.0)
    assert found.tables()[0].total[-1] is None


@pytest.mark.parametrize("seed", range(3))
def test_against_plain_python(nodes, channels, seed):
    dice = random.Random(seed)
    members = []
    for _ in range(40):
        channel = dice.choice(list(channels.values()))
        member = dice.choice(members) if members and dice.random() < 0.5 else None
        account = factories.account(
            channel=channel, member=member, at=NOW - dt.timedelta(days=dice.randrange(50))
        )
        members.append(account.member)
        if dice.random() < 0.3:
            join(account)
    node = nodes[dice.choice(["g", "b1", "s1"])]

    found = pool.report(node=node, as_of=NOW)

    here = [
        a
        for a in Account.objects.select_related("channel", "organization")
        if a.organization.path.startswith(node.path)
    ]
    joined = set(
        Membership.objects.exclude(joined_at=None)
        .values_list("account__member", flat=True)
        .filter(organization__path__startswith=node.path)
    )
    assert (found.total.accounts, found.total.people) == (len(here), len({a.member_id for a in here}))
    assert found.total.joined == len(joined)
    for channel in channels.values():
        own = [a for a in here if a.channel == channel]
        if own:
            assert lines(found.channels)[channel.name][:2] == (len(own), len({a.member_id for a in own}))
