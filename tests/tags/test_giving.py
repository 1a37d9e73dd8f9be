"""Values given by hand: to one member, to a list, to an audience; with a reason and an end, told to the follower."""

import datetime as dt

import pytest

from members.models import Event, LabelStatement
from members.queries import labels, scopes
from tags.actions import audiences, giving
from tags.queries import audiences as whom
from tags.queries import named
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def target(town):
    return factories.tag(
        organization=town.group, code="ac_618", source="strategy", values=["target", "control"]
    )


@pytest.fixture
def staff():
    return factories.staff(superuser=True)


def give(tag, members, staff, *values, **more):
    given = {"values": values or ("target",), "reason": "618 plan", "now": NOW}
    return giving.give(tag=tag, members=members, by=staff, **{**given, **more})


def carried(member, at=NOW) -> list[str]:
    return list(labels.words(member=member, source="tag:ac_618", as_of=at))


def test_a_value_is_given_with_its_reason_its_end_and_an_event(town, target, staff):
    his = world.person(town)
    assert give(target, [his.pk], staff, expires_at=NOW + DAY) == 1
    (kept,) = labels.current(member=his, as_of=NOW)
    assert (kept.source, kept.labels, kept.stated_by, kept.reason) == (
        "tag:ac_618",
        ["target"],
        staff,
        "618 plan",
    )
    assert (carried(his), carried(his, NOW + DAY)) == (["target"], [])
    (event,) = Event.objects.all()
    assert (event.name, event.account_id, event.properties) == (
        "tag.given", his.account.pk, {"tag": "ac_618", "values": ["target"]},
    )  # fmt: skip


def test_giving_again_replaces_and_taking_back_leaves_nothing(town, target, staff):
    his, other = world.person(town), world.person(town)
    give(target, [his.pk], staff, "target")
    give(target, [his.pk], staff, "control", now=NOW + DAY)
    assert carried(his, NOW + DAY) == ["control"]
    back = {"tag": target, "by": staff, "reason": "the plan changed", "now": NOW + 2 * DAY}
    assert giving.take_back(members=[his.pk, other.pk], **back) == 1
    assert carried(his, NOW + 2 * DAY) == []
    assert giving.take_back(members=[his.pk, other.pk], **{**back, "now": NOW + 3 * DAY}) == 0
    assert list(Event.objects.order_by("id").values_list("name", flat=True)) == ["tag.given"] * 2 + [
        "tag.taken_back"
    ]


def test_it_ends_no_later_than_the_tag_itself(town, target, staff):
    target.expires_at = NOW + DAY
    target.save()
    his = world.person(town)
    give(target, [his.pk], staff, expires_at=NOW + 9 * DAY)
    assert LabelStatement.objects.get().expires_at == NOW + DAY
    with pytest.raises(giving.Refused, match="over"):
        give(target, [his.pk], staff, now=NOW + DAY)


def test_a_whole_audience_gets_it_in_a_few_statements(town, target, staff, django_assert_max_num_queries):
    buyers = [world.person(town) for _number in range(30)]
    for each in buyers[:20]:
        factories.order(account=each.account, at=world.days_ago(3))
    factories.account(channel=town.tmall, member=buyers[0], at=NOW)
    audience = audiences.save(
        name="buyers",
        organization=town.group,
        condition={"orders": {"aggregate": "count"}},
        by=staff,
        now=NOW,
    )
    chosen = whom.members(audience=audience, as_of=NOW)
    with django_assert_max_num_queries(6):
        assert give(target, chosen, staff) == 20
    assert [carried(each) for each in buyers] == [["target"]] * 20 + [[]] * 10
    assert LabelStatement.objects.count() == Event.objects.filter(name="tag.given").count() == 20


@pytest.mark.parametrize(
    ("change", "more", "said"),
    [
        ({}, {"reason": "  "}, "Say why"),
        ({}, {"values": ("nope",)}, "has no value nope"),
        ({}, {"values": ("target", "control")}, "Choose one value"),
        ({}, {"values": ()}, "Choose one value"),
        ({}, {"expires_at": NOW}, "day is over"),
        ({"status": "draft"}, {}, "Have it approved"),
        ({"status": "retired", "retired_at": NOW}, {}, "retired"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(town, target, staff, change, more, said):
    for name, value in change.items():
        setattr(target, name, value)
    target.save()
    given = {"values": ("target",), "reason": "618 plan", "now": NOW} | more
    with pytest.raises(giving.Refused, match=said):
        giving.give(tag=target, members=[world.person(town).pk], by=staff, **given)
    assert not LabelStatement.objects.exists()
    assert not Event.objects.exists()


def test_a_list_names_members_by_oneid_or_account_within_reach(town):
    his, brands = world.person(town), world.person(town, channel=town.tmall)
    lines = [
        his.oneid.lower(),
        "",
        f"tmall, {brands.account.external_id}",
        "tmall,nobody",
        "rubbish",
        his.oneid,
    ]
    found = named.members(lines=lines, reach=scopes.EVERYTHING)
    assert found.members == sorted([his.pk, brands.pk])
    assert found.unknown == [(4, "tmall,nobody"), (5, "rubbish")]
    here = named.members(lines=lines, reach=scopes.of_node(town.nodes["b1"]))
    assert (here.members, [place for place, _line in here.unknown]) == ([brands.pk], [1, 4, 5, 6])


def test_a_line_that_no_database_keeps_names_nobody(town):
    found = named.members(lines=["app,\x00", "\x00"], reach=scopes.EVERYTHING)
    assert (found.members, found.unknown) == ([], [(1, "app,\x00"), (2, "\x00")])
