"""The report of groups of alike buyers, and the names that staff give them."""

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse

from reports.queries import clusters
from tags.actions import compute, naming
from tags.conditions import moments
from tags.conditions.faults import Fault
from tags.models import MemberTags, ModelRun, TagValue
from tests import factories
from tests.tags import buyers, world
from tests.tags.test_clusters import SIZES, three

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    cache.clear()
    return world.build()


@pytest.fixture
def tag(town):
    return factories.tag(organization=town.group, code="buyer_group", model="clusters", source="model")


@pytest.fixture
def found(town, tag):
    buyers.plant(town, three(np.random.default_rng(1)))
    assert compute.compute(now=world.NOW, tags=["buyer_group"]).error == ""


def mean_buyer(histories):
    """Days since the last order, orders, and what was paid."""
    today = moments.day_of(world.NOW)
    last = [world.days_ago(min(days for days, _amount in history)) for history in histories]
    return [
        np.mean([(today - moments.day_of(at)).days for at in last]),
        np.mean([len(history) for history in histories]),
        np.mean([sum(round(float(amount), 2) for _days, amount in history) for history in histories]),
    ]


@pytest.mark.requirement("REP-048")
def test_three_groups_of_40_35_and_25_with_all_nine_means(town, tag, found):
    report = clusters.report(node=town.group, as_of=world.NOW)
    assert [line.people for line in report.lines] == list(SIZES) == [40, 35, 25]
    histories = three(np.random.default_rng(1))  # as they were planted, in the order of the groups
    means = [mean_buyer(each) for each in (histories[:40], histories[40:75], histories[75:])]
    assert [each[1] for each in means] == [1, 4, 20]
    for line, mean in zip(report.lines, means, strict=True):
        assert [line.recency, line.frequency, float(line.monetary)] == pytest.approx(mean)
    (table,) = report.tables()
    for row, mean in zip(table.rows, means, strict=True):
        assert [float(each) for each in row[3:6]] == pytest.approx(mean)
    assert [row[1:3] for row in table.rows] == [(40, 0.4), (35, 0.35), (25, 0.25)]


def test_a_node_sees_the_members_who_bought_there(town, tag, found):
    assert clusters.report(node=town.nodes["b1"], as_of=world.NOW).lines == []


@pytest.mark.requirement("REP-048")
def test_the_page_shows_sizes_means_and_how_sure_the_groups_are(town, tag, found, admin_client):
    page = admin_client.get(reverse("admin:report_clusters")).content.decode()
    for said in ("group_1", "group_3", "20.0 orders", "Stability", "Silhouette"):
        assert said in page
    assert reverse("admin:tag_names", args=[tag.pk]) in page


def test_the_page_without_groups_says_so(town, admin_client):
    assert "no groups yet" in admin_client.get(reverse("admin:report_clusters")).content.decode()


@pytest.mark.requirement("TAG-084")
def test_a_name_given_by_staff_survives_the_next_fit(town, tag, found, admin_client):
    address = reverse("admin:tag_names", args=[tag.pk])
    assert "35 members" in admin_client.get(address).content.decode()
    admin_client.post(address, {"group_3": "Regulars 常客"})
    buyers.plant(town, three(np.random.default_rng(2))[-25:] * 3)
    assert compute.compute(now=world.NOW, tags=["buyer_group"]).error == ""
    report = clusters.report(node=town.group, as_of=world.NOW)
    assert (report.lines[0].name, report.lines[0].people) == ("Regulars 常客", 100)
    assert ModelRun.objects.filter(tag=tag, state="fitted").count() == 2


@pytest.mark.parametrize("name", ["", "Group of somebody else", "x" * 101])
def test_a_name_that_cannot_be_is_refused(town, tag, found, name):
    TagValue.objects.filter(tag=tag, code="group_2").update(name="Group of somebody else")
    with pytest.raises(Fault):
        naming.name_values(tag=tag, names={"group_1": name}, by=None, now=world.NOW)
    assert TagValue.objects.get(tag=tag, code="group_1").name == "group_1"


def test_who_may_not_change_tags_may_not_name_groups(town, tag, found, client):
    client.force_login(factories.staff(organization=town.group, permissions="tags.view_tag"))
    assert client.get(reverse("admin:tag_names", args=[tag.pk])).status_code == 403
    other = factories.staff(organization=town.nodes["b1"], permissions="tags.change_tag")
    client.force_login(other)
    assert client.get(reverse("admin:tag_names", args=[tag.pk])).status_code == 404


def test_groups_of_another_brand_are_not_shown(town):
    factories.tag(organization=town.nodes["b2"], code="of_b2", model="clusters", source="model")
    assert clusters.report(node=town.nodes["b1"], as_of=world.NOW).tag is None
    assert clusters.report(node=town.group, as_of=world.NOW).tag.code == "of_b2"


def test_a_group_gathers_those_who_bought_at_the_node(town, tag):
    value = TagValue.objects.create(tag=tag, code="group_1", name="Group 1", position=1)
    here, elsewhere = (world.person(town, organization=town.nodes["s1"]) for _number in range(2))
    for member, store in ((here, "s1"), (elsewhere, "s4")):
        factories.order(account=member.account, organization=town.nodes[store])
        MemberTags.objects.create(member=member, values=[value.pk], computed_at=world.NOW)
    (group,) = clusters.report(node=town.nodes["b1"], as_of=world.NOW).groups().values()
    assert group.people == 1
    assert world.chosen(town, group.condition, node="b1") == {here.pk}
