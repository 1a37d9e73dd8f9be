import pytest
from django.contrib.auth.models import User

from campaigns.models import Campaign, Decision
from tags.models import Audience
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db


def _campaign(organization) -> Campaign:
    audience = Audience.objects.create(
        name="Everybody", organization=organization, condition={}, created_at=factories.NOW, count=7
    )
    author, _new = User.objects.get_or_create(username="author")
    return Campaign.objects.create(
        name=f"Summer of {organization.code}", organization=organization, audience=audience, touchpoint="sandbox",
        body="Hello", starts_at=factories.NOW, created_by=author, created_at=factories.NOW,
    )  # fmt: skip


@pytest.fixture
def story():
    nodes = factories.tree()
    app = factories.channel(organization=nodes["d1"])
    return app, {code: _campaign(nodes[code]) for code in ("b1", "d1", "s1", "d2")}


def test_campaigns_and_audiences_are_those_of_the_node_and_below_it(story):
    app, _campaigns = story
    dealer = callers.client(channel=app, scopes="browse")
    assert [row["organization"] for row in dealer.get("/api/v1/campaigns").data["results"]] == ["d1", "s1"]
    rows = dealer.get("/api/v1/audiences").data["results"]
    assert [(row["organization"], row["count"]) for row in rows] == [("d1", 7), ("s1", 7)]


def test_a_campaign_shows_its_decisions_by_outcome(story):
    app, campaigns = story
    for number in range(3):
        member = factories.account(channel=app).member
        Decision.objects.create(
            campaign=campaigns["d1"],
            member=member,
            outcome="unreachable" if number else "no_consent",
            decided_at=factories.NOW,
        )
    dealer = callers.client(channel=app, scopes="browse")
    progress = dealer.get(f"/api/v1/campaigns/{campaigns['d1'].pk}").data["progress"]
    assert (progress["members"], progress["outcomes"]["unreachable"], progress["outcomes"]["no_consent"]) == (
        3,
        2,
        1,
    )


def test_campaigns_elsewhere_and_nowhere_are_not_found(story):
    app, campaigns = story
    dealer = callers.client(channel=app, scopes="browse")
    for number in (campaigns["b1"].pk, campaigns["d2"].pk, 0, 10**17, 10**30, "x"):
        assert dealer.get(f"/api/v1/campaigns/{number}").status_code == 404
