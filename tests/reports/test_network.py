"""Fission, spreaders and the share graph as reports tell them."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import LabelStatement, MemberProfile
from reports.queries import network, referral_tree, sharing, spreaders
from tags.models import Audience, MemberTags
from tests import factories
from tests.tags import world
from tests.tags.network import trees
from tests.tags.network.people import brought_by, planted, refer

pytestmark = pytest.mark.django_db
NOW = world.NOW


@pytest.fixture
def town(db):
    return world.build()


def fission(town, node="g"):
    return network.report(node=town.nodes[node], as_of=NOW)


@pytest.mark.requirement("TAG-072")
def test_ten_seeds_bring_twenty_five(town):
    for count in (3, 3, 3, 3, 3, 2, 2, 2, 2, 2):
        planted(town, trees.generations(count))
    report = fission(town)
    assert (report.seeds, report.brought, report.rate) == (10, 25, 2.5)
    table = report.tables()[0]
    assert table.rows == [(0, 10, 10, 25, 2.5), (1, 25, 0, 0, 0)]


def test_each_level_is_told(town):
    planted(town, trees.generations(10, 25, 40))
    rows = [(level.people, level.brought) for level in fission(town).levels]
    assert rows == [(1, 10), (10, 25), (25, 40), (40, 0)]


@pytest.mark.requirement("TAG-082")
def test_a_guide_begins_the_chain_and_is_shown_as_one(town):
    a, b = world.person(town), world.person(town)
    brought_by(a, role="guide", id="G-7")
    refer(a, b)
    report = fission(town)
    (tree,) = report.trees
    assert (tree.root.role, tree.root.text, tree.root.member) == ("guide", "Guide G-7", None)
    assert (tree.brought, tree.height, tree.pattern) == (2, 2, "chain")
    assert {each.role: (each.number, each.direct, each.all) for each in report.bringers} == {
        "guide": (1, 1, 2),
        "member": (1, 1, 1),
    }
    assert report.tables()[4].rows[0][:2] == ("Guide G-7", "Guide")


def test_group_chats_live_streams_and_members_in_a_role_are_told_apart(town):
    people = [world.person(town) for _each in range(4)]
    brought_by(people[0], role="group", id="wecom:88")
    brought_by(people[1], role="live", id="wecom:88")
    refer(people[0], people[2], role="guide")
    brought_by(people[3], role="booth", id="B")
    roles = {each.role: each.direct for each in fission(town).bringers}
    assert roles == {"group": 1, "live": 1, "guide": 1, "booth": 1}


def test_patterns_are_counted_and_the_key_node_is_named(town):
    planted(town, [-1, 0, 0, 0, 0])
    path = planted(town, [-1, 0, 1, 2, 3])
    report = fission(town)
    assert report.patterns == {"broadcast": 1, "chain": 1, "multi_level": 0, "small": 0}
    assert report.keys[0].person.member == path[2].pk
    assert (report.keys[0].passes, report.keys[0].below, report.keys[0].above) == (4, 2, 2)


def koc(town, recruited=None):
    found = spreaders.report(node=town.group, as_of=NOW, recruited=recruited)
    return [each.person.member for each in found.rows]


@pytest.mark.requirement("TAG-075")
def test_the_planted_key_opinion_consumer_ranks_first(town):
    planted(town, trees.generations(3, 2))
    leader = planted(town, trees.generations(6, 12))[0]
    for _each in range(8):
        brought_by(world.person(town), role="guide", id="G-1")
    found = spreaders.report(node=town.group, as_of=NOW)
    first = found.rows[0]
    assert (first.rank, first.person.member, first.key) == (1, leader.pk, True)
    assert (first.spread, first.direct, first.all) == (12.0, 6, 18)


@pytest.mark.requirement("TAG-076")
def test_the_filter_not_recruited_lists_the_hidden_one_first(town):
    hidden, leader = planted(town, trees.generations(6))[0], planted(town, trees.generations(20))[0]
    LabelStatement.objects.create(
        account=leader.account, source="tag:recruited_koc", labels=["recruited"], stated_at=world.days_ago(1)
    )
    assert koc(town)[:2] == [leader.pk, hidden.pk]
    assert koc(town, recruited=False) == [hidden.pk]
    assert koc(town, recruited=True) == [leader.pk]


def test_the_share_graph_names_its_bridge(town):
    def circle(size):
        friends = [world.person(town) for _each in range(size)]
        for one in friends:
            for other in friends:
                opened(one, other)
        return friends

    def opened(reader, sharer):
        factories.event(account=reader.account, name="share_opened", by=sharer.account.external_id)

    left, bridge, right = circle(4), world.person(town), circle(4)
    opened(bridge, left[0])
    opened(right[0], bridge)
    report = sharing.report(node=town.group, as_of=NOW)
    assert (report.people, report.arrows, report.searches) == (9, 26, None)
    assert report.rows[0].person == bridge.oneid
    assert report.rows[0].betweenness == 16
    assert sorted(report.communities, reverse=True) == report.communities
    assert sum(report.communities) == 9
    assert report.modularity > 0.3


def test_names_are_masked_and_people_of_elsewhere_are_not_named(town):
    _a, b, _c = planted(town, [-1, 0, 1])
    MemberProfile.objects.create(member=b, name="王小明")
    text = fission(town).keys[0].person.text
    assert text.startswith(b.oneid)
    assert "小明" not in text
    here = fission(town, "b1")
    assert here.keys[0].person.text == "somebody not known here"
    assert {each.member for each in (here.keys[0].person, here.trees[0].root)} == {None}
    assert spreaders.report(node=town.nodes["b1"], as_of=NOW).rows == []
    assert spreaders.worth(node=town.nodes["b1"], as_of=NOW, threshold=0).rows == []


@pytest.mark.parametrize(
    ("page", "asked"),
    [("network", {"part": "keys"}), ("network", {"part": "patterns"}), ("spreaders", {"who": "recruited"}),
     ("network_value", {"threshold": "100"}), ("sharing", {}), ("baskets", {"support": "0.1"}), ("alongside", {"article": "S1"})],
)  # fmt: skip
def test_pages_open_with_what_is_chosen(client, town, page, asked):
    planted(town, [-1, 0, 1], bought=500)
    client.force_login(factories.staff(organization=town.group, permissions="members.view_reports"))
    for query in (
        asked,
        asked | {"export": "csv-0"},
        {"who": "?", "threshold": "x", "support": "-", "article": "?"},
    ):
        assert client.get(reverse(f"admin:report_{page}"), query | {"fresh": 1}).status_code == 200


def test_the_page_of_a_member_shows_his_tree(client, town):
    cache.clear()
    a, b, c = planted(town, [-1, 0, 1], bought=100)
    brought_by(a, role="guide", id="G-7")
    client.force_login(factories.staff(superuser=True))
    text = client.get(reverse("admin:members_member_change", args=[a.oneid]), {"tab": "network"}).text
    assert "Guide G-7" in text
    assert "Chain" in text
    assert f"{reverse('admin:members_member_change', args=[b.oneid])}?tab=network" in text
    assert "150.00" in text

    place = referral_tree.of(member=c, read=referral_tree.read(node=town.group, as_of=NOW), node=town.group)
    assert [each.role for each in place.above] == ["guide", "member", "member"]
    assert (place.direct, place.all, place.generations) == (0, 0, [])
    alone = world.person(town)
    page = client.get(reverse("admin:members_member_change", args=[alone.oneid]), {"tab": "network"})
    assert "referral-tree" not in page.text


def test_a_click_gathers_those_of_the_list_recruited_ones_apart(town):
    hidden, recruited = (planted(town, trees.generations(6))[0] for _each in range(2))
    LabelStatement.objects.create(
        account=recruited.account, source="tag:recruited_koc", labels=["yes"], stated_at=NOW
    )
    koc = factories.tag(
        organization=town.group, code="koc", source="model", model="koc", values=["hidden", "recruited"]
    )
    for member, value in zip((hidden, recruited), koc.values.order_by("position"), strict=True):
        MemberTags.objects.create(member=member, values=[value.pk], computed_at=NOW)
    for asked, member in ((False, hidden), (True, recruited)):
        found = spreaders.report(node=town.group, as_of=NOW, recruited=asked)
        (group,) = found.groups().values()
        assert group.people == 1
        assert world.chosen(town, group.condition) == {member.pk}


def test_a_click_says_what_is_missing(client, town, time_machine):
    cache.clear()
    time_machine.move_to(NOW, tick=False)
    planted(town, trees.generations(6))
    client.force_login(
        factories.staff(organization=town.group, permissions="members.view_reports tags.add_audience")
    )
    address = reverse("admin:report_gather", args=["spreaders"]) + "?who=all"
    answer = client.post(address, {"group": "key"}, follow=True)
    assert answer.redirect_chain == [(reverse("admin:report_spreaders") + "?who=all", 302)]
    assert "the tag “koc” is not known" in answer.content.decode()
    assert not Audience.objects.exists()
