"""Activities, coupon templates and campaigns hold fast the tags and audiences that they name."""

import datetime as dt

import pytest

from campaigns.actions import activities, campaigns, lineage
from tags.actions import approvals, audiences
from tags.models import Use
from tags.queries import uses
from tests import factories
from tests.campaigns import offering

pytestmark = pytest.mark.django_db
NOW = factories.NOW
DAY = dt.timedelta(days=1)
EVERYBODY = {"all": []}


@pytest.fixture
def group():
    return factories.organization(code="g")


@pytest.fixture
def vip(group):
    return factories.tag(organization=group, code="vip", values=[("yes", EVERYBODY)])


def crowd(group):
    return audiences.save(name="Crowd", organization=group, condition=EVERYBODY, by=None, now=NOW)


def draft(group, **trigger):
    by = offering.author()
    version = activities.draft(
        organization=group, code="summer", name="Summer", starts_at=NOW + DAY, by=by, now=NOW
    )
    activities.put_offer(version=version, position=1, by=by, now=NOW, **offering.off(**trigger))
    return version


def test_an_activity_uses_the_tags_and_audiences_of_its_offers(group, vip):
    named = crowd(group)
    draft(group, tags=["vip:yes"], audiences=[str(named.pk)])
    assert uses.of_tag(tag=vip) == uses.of_audience(audience=named) == ["the activity “Summer”"]
    with pytest.raises(approvals.Refused, match="“Vip” is used by the activity “Summer”"):
        approvals.retire(tag=vip, by=None, now=NOW)
    with pytest.raises(audiences.Refused, match="used by the activity “Summer”"):
        audiences.delete(audience=named, now=NOW)


def test_an_offer_that_goes_lets_go_of_its_tags(group, vip):
    version = draft(group, tags=["vip:yes"])
    activities.remove_offer(version=version, position=1, by=offering.author(), now=NOW + DAY)
    assert uses.of_tag(tag=vip) == []
    assert Use.objects.get(tag=vip).until == NOW + DAY


def test_an_offer_on_a_retired_tag_is_refused(group, vip):
    approvals.retire(tag=vip, by=None, now=NOW)
    with pytest.raises(activities.Refused, match="tag “vip”: this tag was just retired or deleted"):
        draft(group, tags=["vip:yes"])


def campaign(group, audience):
    by = offering.author()
    return campaigns.draft(
        by=by, now=NOW, name="Hello", organization=group, audience=audience, touchpoint="sandbox", body="Hello",
        starts_at=NOW + DAY,
    )  # fmt: skip


def test_a_campaign_uses_its_audience_until_it_is_stopped(group):
    named = crowd(group)
    made = campaign(group, named)
    assert uses.of_audience(audience=named) == ["the campaign “Hello”"]
    campaigns.submit(campaign=made, by=offering.author(), now=NOW)
    campaigns.approve(campaign=made, by=offering.approver(), now=NOW)
    campaigns.stop(campaign=made, reason="Enough.", by=offering.approver(), now=NOW + DAY)
    assert uses.of_audience(audience=named) == []


def test_a_rebuild_finds_the_same(group, vip):
    draft(group, tags=["vip:yes"])
    campaign(group, crowd(group))
    before = sorted(Use.objects.values_list("by", "key", "since", "until"))
    lineage.rebuild(now=NOW)
    assert sorted(Use.objects.values_list("by", "key", "since", "until")) == before
    Use.objects.all().delete()
    lineage.rebuild(now=NOW)
    assert sorted(Use.objects.values_list("by", "key", "since", "until")) == before


def test_an_activity_that_ended_by_itself_lets_go_at_the_next_rebuild(group, vip):
    offering.published(
        organization=group, code="spring", offers=(offering.off(tags=["vip:yes"]),), ends_at=NOW + 2 * DAY
    )
    lineage.rebuild(now=NOW + DAY)
    assert uses.of_tag(tag=vip) == ["the activity “spring”"]
    lineage.rebuild(now=NOW + 2 * DAY)
    assert uses.of_tag(tag=vip) == []
